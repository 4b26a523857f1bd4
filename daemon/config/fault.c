#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/error.h"
#include "core/memory.h"
#include "fault.h"

/* Nobody mends more in one sitting, and a file of rubbish must not fill the memory. */
enum { FAULTS_MAX = 200 };

struct fault_row {
    struct fault fault;
    int order;
    size_t nth; /* keeps the order of finding where places are equal */
};

static void clear_fault(struct fault *fault)
{
    free(fault->file);
    free(fault->path);
    free(fault->what);
}

/* Faults travel in JSON. File names, and texts that were cut, may be anything. */
static char *only_utf8(char *sentence)
{
    if (!text_is_utf8(sentence, strlen(sentence)))
        for (char *p = sentence; *p; p++)
            if ((unsigned char)*p >= 0x80)
                *p = '?';
    return sentence;
}

static void add(struct fault_list *list, const char *file, int order, int line,
                int column, char *path, char *what)
{
    struct fault_row *row;

    if (list->count >= FAULTS_MAX && order != INT_MAX) {
        list->more++;
        free(path);
        free(what);
        return;
    }
    list->rows = xrealloc(list->rows, (list->count + 1) * sizeof *list->rows);
    row = &list->rows[list->count];
    *row = (struct fault_row){ .order = order, .nth = list->count };
    row->fault = (struct fault){ .file = only_utf8(xstrdup(file)),
                                 .line = line,
                                 .column = column,
                                 .path = only_utf8(path),
                                 .what = only_utf8(what) };
    list->count++;
}

static char *format_all(const char *format, va_list args)
{
    char *what;

    if (vasprintf(&what, format, args) < 0)
        abort();
    return what;
}

void fault_add(struct fault_list *list, const struct source *source, int line, int column,
               char *path, const char *format, ...)
{
    va_list args;

    if (line >= source->broken_line) {
        free(path);
        return;
    }
    va_start(args, format);
    char *what = format_all(format, args);
    va_end(args);
    add(list, source->name, source->order, line, column, path, what);
}

/* What was told of the part that is now known to be broken follows from that. */
static void drop_below(struct fault_list *list, const struct source *source)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        struct fault_row *row = &list->rows[i];
        if (row->order != source->order || row->fault.line < source->broken_line) {
            list->rows[kept++] = *row;
            continue;
        }
        clear_fault(&row->fault);
    }
    list->count = kept;
}

void fault_add_syntax(struct fault_list *list, struct source *source, int line,
                      int column, const char *format, ...)
{
    bool first = source->broken_line == INT_MAX;
    va_list args;

    if (line < source->broken_line)
        source->broken_line = line;
    if (!first)
        return;
    drop_below(list, source);
    va_start(args, format);
    char *what = format_all(format, args);
    va_end(args);
    add(list, source->name, source->order, line, column, xstrdup(""), what);
}

static int compare_rows(const void *a, const void *b)
{
    const struct fault_row *x = a, *y = b;

    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->fault.line != y->fault.line)
        return x->fault.line < y->fault.line ? -1 : 1;
    if (x->fault.column != y->fault.column)
        return x->fault.column < y->fault.column ? -1 : 1;
    return x->nth < y->nth ? -1 : 1;
}

void fault_list_hand_over(struct fault_list *list, struct faults *to)
{
    *to = (struct faults){ 0 };
    if (list->more > 0)
        add(list, list->rows[0].fault.file, INT_MAX, 0, 0, xstrdup(""),
            xformat(_("there are %zu more faults; mend these first"), list->more));
    if (list->count > 0) {
        qsort(list->rows, list->count, sizeof *list->rows, compare_rows);
        to->list = xcalloc(list->count, sizeof *to->list);
    }
    for (size_t i = 0; i < list->count; i++)
        to->list[i] = list->rows[i].fault;
    to->count = list->count;
    free(list->rows);
    *list = (struct fault_list){ 0 };
}

char *faults_text(const struct faults *faults)
{
    struct bytes out = { 0 };

    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *f = &faults->list[i];
        bytes_text(&out, f->file);
        if (f->line > 0)
            bytes_format(&out, ":%d:%d", f->line, f->column);
        if (*f->path)
            bytes_format(&out, ": %s", f->path);
        bytes_format(&out, ": %s\n", f->what);
    }
    return bytes_take(&out);
}

void faults_free(struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        clear_fault(&faults->list[i]);
    free(faults->list);
    *faults = (struct faults){ 0 };
}

const char *reason_text(int error_number)
{
    switch (error_number) {
    case ENOENT:
        return _("it does not exist");
    case EACCES:
    case EPERM:
        return _("this user may not read it");
    case EISDIR:
        return _("it is a directory");
    case ENOTDIR:
        return _("a part of its path is no directory");
    case EINVAL:
        return _("it is no ordinary file");
    }
    return error_of_system(error_number);
}
