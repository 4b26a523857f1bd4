#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/memory.h"
#include "table.h"
#include "terminal.h"

enum { GAP = 2, NOTE_INDENT = 4 };

struct table {
    size_t columns;
    char **cells; /* heads first, row by row */
    size_t count;
    char **notes; /* of each row that was begun; NULL: none */
    size_t note_count;
};

size_t text_width(const char *utf8)
{
    mbstate_t state = { 0 };
    size_t left = strlen(utf8), width = 0;
    wchar_t c;

    while (left > 0) {
        size_t used = mbrtowc(&c, utf8, left, &state);
        if (used == (size_t)-1 || used == (size_t)-2 || used == 0) {
            state = (mbstate_t){ 0 };
            used = 1;
            width++;
        } else {
            int columns = wcwidth(c);
            width += columns > 0 ? (size_t)columns : 0;
        }
        utf8 += used;
        left -= used;
    }
    return width;
}

struct table *table_new(const char *const *heads)
{
    struct table *table = xcalloc(1, sizeof *table);

    while (heads[table->columns])
        table->columns++;
    for (size_t i = 0; i < table->columns; i++)
        table_add(table, heads[i]);
    return table;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    for (size_t i = 0; i < table->note_count; i++)
        free(table->notes[i]);
    free(table->cells);
    free(table->notes);
    free(table);
}

void table_add(struct table *table, const char *cell)
{
    table->cells = xrealloc(table->cells, (table->count + 1) * sizeof *table->cells);
    table->cells[table->count] = terminal_harmless(cell, false);
    if (table->count++ % table->columns == 0) {
        table->notes =
            xrealloc(table->notes, (table->note_count + 1) * sizeof *table->notes);
        table->notes[table->note_count++] = NULL;
    }
}

void table_note(struct table *table, const char *note)
{
    char **last = &table->notes[table->note_count - 1];

    free(*last);
    *last = *note ? terminal_harmless(note, false) : NULL;
}

static size_t column_width(const struct table *table, size_t column)
{
    size_t widest = 0;

    for (size_t i = column; i < table->count; i += table->columns) {
        size_t width = text_width(table->cells[i]);
        if (width > widest)
            widest = width;
    }
    return widest;
}

void table_print(const struct table *table, FILE *to)
{
    size_t *widths = xcalloc(table->columns, sizeof *widths), behind = 0;

    for (size_t i = 0; i < table->columns; i++)
        widths[i] = column_width(table, i);
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->columns, row = i / table->columns;
        const char *cell = table->cells[i];
        /* Blanks are written before what follows them, so that no line ends in one. */
        if (*cell)
            fprintf(to, "%*s%s", (int)behind, "", cell);
        behind = (*cell ? 0 : behind) + widths[column] - text_width(cell) + GAP;
        if (column + 1 < table->columns && i + 1 < table->count)
            continue;
        fputc('\n', to);
        behind = 0;
        if (table->notes[row])
            fprintf(to, "%*s%s\n", NOTE_INDENT, "", table->notes[row]);
    }
    free(widths);
}
