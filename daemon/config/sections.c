#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "reader.h"
#include "value.h"

/* The entries of one SET_MAP section, from all files. */
struct entries {
    struct entry {
        const struct node *key, *value;
    } *list;
    size_t count;
};

static int compare_places(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->key->source != y->key->source)
        return x->key->source->order < y->key->source->order ? -1 : 1;
    if (x->key->line != y->key->line)
        return x->key->line < y->key->line ? -1 : 1;
    return x->key->column < y->key->column ? -1 : x->key->column > y->key->column;
}

static int compare_ids(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->key->value, y->key->value);

    return order != 0 ? order : compare_places(a, b);
}

/* Leaves the first of each identifier, in the order of writing. Sorting in between makes
 * thousands of entries no effort. */
static void drop_repeated(struct reader *r, const struct place *section, struct entries *e)
{
    size_t kept = 0;

    if (e->count == 0)
        return;
    qsort(e->list, e->count, sizeof *e->list, compare_ids);
    for (size_t i = 0; i < e->count; i++) {
        const struct entry *first = kept > 0 ? &e->list[kept - 1] : NULL;
        if (first && strcmp(first->key->value, e->list[i].key->value) == 0) {
            struct place place = { section, e->list[i].key->value, 0 };
            tell_twice(r, e->list[i].key, &place, first->key);
        } else {
            e->list[kept++] = e->list[i];
        }
    }
    e->count = kept;
    qsort(e->list, e->count, sizeof *e->list, compare_places);
}

static void add_entries(struct reader *r, const struct spot *section, struct entries *e)
{
    const struct node *map = section->value;

    if (node_is_empty(map) || map->kind == NODE_REFUSED)
        return;
    if (map->kind != NODE_MAP) {
        spot_fault(r, section, map,
                   _("this must hold entries; write each as 'identifier:' on a line of its own "
                     "below '%s:', without '-', with its settings indented below it"),
                   section->row->key);
        return;
    }
    for (size_t i = 0; i + 1 < map->count; i += 2) {
        const struct node *key = map->items[i];
        struct place place = { &section->place, key->value, 0 };
        if (key->kind != NODE_TEXT)
            continue;
        if (!value_is_id(key->value)) {
            fault_at(r, key, &place,
                     _("this is no identifier; write only a-z, 0-9 and -, a letter first, at "
                       "most 47, for example 'cong-lang'"));
            if (strlen(key->value) >= ID_MAX) {
                r->incomplete = true; /* what refers to it is not wrong for it */
                continue;
            }
        }
        e->list = xrealloc(e->list, (e->count + 1) * sizeof *e->list);
        e->list[e->count++] = (struct entry){ key, map->items[i + 1] };
    }
}

static void collect_entries(struct reader *r, const struct setting *row,
                            struct node *const *trees, size_t count, struct entries *e)
{
    struct place section = { NULL, row->key, 0 };

    for (size_t t = 0; t < count; t++) {
        struct spot spot = { .row = row, .place = section };
        spot.value = node_find(trees[t], row->key, &spot.key);
        if (spot.value)
            add_entries(r, &spot, e);
    }
    drop_repeated(r, &section, e);
    if (e->count > (size_t)row->max) {
        struct place place = { &section, e->list[row->max].key->value, 0 };
        char *what = xformat(_("there are %zu entries; at most %d are possible"), e->count,
                             (int)row->max);
        fault_at(r, e->list[row->max].key, &place, what);
        free(what);
        e->count = (size_t)row->max;
    }
}

/* The objects with their ids, so that others can refer to them before they are read. */
static void allocate_objects(struct settings *set, const struct setting *row,
                             const struct entries *e)
{
    char *objects = xcalloc(e->count, row->size);

    for (size_t i = 0; i < e->count; i++)
        memcpy(objects + i * row->size, e->list[i].key->value, strlen(e->list[i].key->value));
    memcpy((char *)set + row->at, &objects, sizeof objects);
    *(size_t *)((char *)set + row->count_at) = e->count;
}

static void read_objects(struct reader *r, const struct setting *row, const struct entries *e)
{
    struct place section = { NULL, row->key, 0 };
    char *objects;

    memcpy(&objects, (char *)r->set + row->at, sizeof objects);
    for (size_t i = 0; i < e->count; i++) {
        const struct setting entry_row = { .key = e->list[i].key->value, .type = SET_GROUP,
                                           .of = row->of };
        struct spot spot = { &entry_row, e->list[i].key, e->list[i].value,
                             { &section, e->list[i].key->value, 0 } };
        read_group_value(r, &spot, objects + i * row->size);
    }
}

/* Sections that are no maps of objects stand in one file only. */
static void read_section(struct reader *r, const struct setting *row, struct node *const *trees,
                         size_t count)
{
    struct node top = { .kind = NODE_TEXT, .source = trees[0]->source };
    struct spot first = { .row = row, .key = &top, .place = { NULL, row->key, 0 } };

    for (size_t t = 0; t < count; t++) {
        const struct node *key, *value = node_find(trees[t], row->key, &key);
        if (!value)
            continue;
        if (first.value) {
            tell_twice(r, key, &first.place, first.key);
            continue;
        }
        first.key = key;
        first.value = value;
    }
    if (!first.value && r->incomplete)
        return;
    read_group_value(r, &first, r->set);
}

static void check_sections(struct reader *r, const struct node *tree)
{
    if (tree->kind == NODE_TEXT && node_is_empty(tree))
        return;
    if (tree->kind != NODE_MAP) {
        r->incomplete = true;
        fault_add(r->faults, tree->source, tree->line, tree->column, xstrdup(""),
                  _("the file must begin with sections; write for example 'cameras:'"));
        return;
    }
    for (size_t i = 0; i + 1 < tree->count; i += 2) {
        const struct node *key = tree->items[i], *first = NULL;
        if (key->kind != NODE_TEXT)
            continue;
        struct place place = { NULL, key->value, 0 };
        if (!setting_find(settings_table, key->value)) {
            tell_unknown(r, settings_table, key, &place);
            continue;
        }
        node_find(tree, key->value, &first);
        if (first != key)
            tell_twice(r, key, &place, first);
    }
}

void read_trees(struct reader *r, struct node *const *trees, size_t count)
{
    struct entries entries[ROWS_MAX] = { 0 };

    for (size_t t = 0; t < count; t++)
        check_sections(r, trees[t]);
    for (const struct setting *row = settings_table; row->key; row++) {
        if (row->type != SET_MAP)
            continue;
        collect_entries(r, row, trees, count, &entries[row - settings_table]);
        allocate_objects(r->set, row, &entries[row - settings_table]);
    }
    for (const struct setting *row = settings_table; row->key; row++) {
        struct entries *e = &entries[row - settings_table];
        if (row->type == SET_MAP)
            read_objects(r, row, e);
        else
            read_section(r, row, trees, count);
        free(e->list);
    }
}
