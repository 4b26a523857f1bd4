#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "core/secret.h"
#include "load.h"
#include "reader.h"
#include "tree.h"

enum { FILES_MAX = 200 };

/* The files of one run and what stands in them. */
struct load {
    struct source *sources[FILES_MAX + 1];
    struct node *trees[FILES_MAX + 1];
    size_t count;
    struct fault_list faults;
};

static char *absolute(const char *file)
{
    char here[PATH_MAX];

    if (*file == '/' || !getcwd(here, sizeof here))
        return xstrdup(file);
    return xformat("%s/%s", here, file);
}

static char *dir_of(const char *file)
{
    const char *slash = strrchr(file, '/');

    if (!slash)
        return xstrdup(".");
    return slash == file ? xstrdup("/") : xstrndup(file, (size_t)(slash - file));
}

/* A file without anything in it; load_bytes() fills it. */
static struct source *load_source(struct load *load, const char *file)
{
    struct source *source = xcalloc(1, sizeof *source);
    char *whole = absolute(file);

    *source = (struct source){ .name = xstrdup(file),
                               .dir = dir_of(whole),
                               .order = (int)load->count,
                               .broken_line = INT_MAX };
    free(whole);
    struct node *nothing = node_new(NODE_TEXT, source, 0, 0);
    nothing->value = xstrdup("");
    load->sources[load->count] = source;
    load->trees[load->count] = nothing;
    load->count++;
    return source;
}

static void load_bytes(struct load *load, const void *bytes, size_t size)
{
    size_t last = load->count - 1;
    struct node *tree = tree_read(load->sources[last], bytes, size, &load->faults);

    if (!tree)
        return;
    node_free(load->trees[last]);
    load->trees[last] = tree;
}

/* One byte more than allowed is enough to know that a file is too large. */
static bool read_file_bytes(int fd, struct bytes *to)
{
    struct stat facts;
    ssize_t got;

    if (fstat(fd, &facts) != 0)
        return false;
    if (!S_ISREG(facts.st_mode)) {
        errno = S_ISDIR(facts.st_mode) ? EISDIR : EINVAL;
        return false;
    }
    /* At once, so that no copies of what it holds are left behind by growing. */
    bytes_reserve(to, FILE_BYTES_MAX + 1);
    while (to->size <= FILE_BYTES_MAX) {
        got = read(fd, to->at + to->size, FILE_BYTES_MAX + 1 - to->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        to->size += (size_t)got;
    }
    return true;
}

static void load_file(struct load *load, const char *file)
{
    struct source *source = load_source(load, file);
    struct bytes bytes = { 0 };
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd >= 0 && read_file_bytes(fd, &bytes))
        load_bytes(load, bytes.at, bytes.size);
    else
        fault_add_syntax(&load->faults, source, 0, 0, _("the file cannot be read: %s"),
                         reason_text(errno));
    if (fd >= 0)
        close(fd);
    secret_wipe(bytes.at, bytes.size);
    bytes_free(&bytes);
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);

    return length > tail && strcmp(name + length - tail, end) == 0;
}

static int is_part(const struct dirent *entry)
{
    return entry->d_name[0] != '.' &&
           (ends_with(entry->d_name, ".yaml") || ends_with(entry->d_name, ".yml"));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_part(struct load *load, const char *file)
{
    if (load->count > FILES_MAX)
        return;
    if (load->count == FILES_MAX) {
        fault_add_syntax(&load->faults, load_source(load, file), 0, 0,
                         _("there are more than %d files; join some"), FILES_MAX);
        return;
    }
    if (ends_with(file, ".yaml")) {
        load_file(load, file);
        return;
    }
    fault_add_syntax(&load->faults, load_source(load, file), 0, 0,
                     _("only files that end in .yaml are read; rename it"));
}

static void load_parts(struct load *load, const char *main_file)
{
    char *dir = dir_of(main_file), *parts = xformat("%s/conf.d", dir);
    struct dirent **entries;
    int count = scandir(parts, &entries, is_part, by_name);

    if (count < 0 && errno != ENOENT && errno != ENOTDIR)
        fault_add_syntax(&load->faults, load_source(load, parts), 0, 0,
                         _("the directory cannot be read: %s"), reason_text(errno));
    for (int i = 0; i < count; i++) {
        char *file = strcmp(dir, ".") == 0 && !strchr(main_file, '/')
                         ? xformat("conf.d/%s", entries[i]->d_name)
                         : xformat("%s/%s", parts, entries[i]->d_name);
        load_part(load, file);
        free(file);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    free(parts);
    free(dir);
}

/* Reads the trees, hands the faults over and frees all but the snapshot. */
static const struct settings *load_end(struct load *load, struct faults *faults)
{
    struct settings *set = xcalloc(1, sizeof *set);
    struct reader reader = { .set = set, .faults = &load->faults };

    atomic_init(&set->refs, 1);
    set->file = absolute(load->sources[0]->name);
    for (size_t i = 0; i < load->count; i++)
        settings_add_file(set, absolute(load->sources[i]->name));
    for (size_t i = 0; i < load->count; i++)
        reader.incomplete = reader.incomplete || load->sources[i]->broken_line != INT_MAX;
    read_trees(&reader, load->trees, load->count);
    check_across(&reader, load->trees, load->count);
    fault_list_hand_over(&load->faults, faults);
    for (size_t i = 0; i < load->count; i++) {
        node_free(load->trees[i]);
        free(load->sources[i]->name);
        free(load->sources[i]->dir);
        free(load->sources[i]);
    }
    if (faults->count == 0)
        return set;
    settings_unref(set);
    return NULL;
}

const struct settings *settings_load(const char *file, struct faults *faults)
{
    struct load load = { 0 };

    load_file(&load, file);
    load_parts(&load, file);
    return load_end(&load, faults);
}

const struct settings *settings_read_memory(const char *file, const void *bytes,
                                            size_t size, struct faults *faults)
{
    struct load load = { 0 };

    load_source(&load, file);
    load_bytes(&load, bytes, size);
    return load_end(&load, faults);
}
