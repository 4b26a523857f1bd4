#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "nearest.h"
#include "reader.h"

static read_fn *const readers[SETTING_TYPES] = {
    [SET_TEXT] = read_text,         [SET_BOOL] = read_bool,
    [SET_INT] = read_int,           [SET_DURATION] = read_duration,
    [SET_AMOUNT] = read_amount,     [SET_WORD] = read_word,
    [SET_CHOICE] = read_choice,     [SET_HOURS] = read_hours,
    [SET_ZONE] = read_zone,         [SET_CAMERA_URL] = read_camera_url,
    [SET_WEB_URL] = read_web_url,   [SET_PHONE] = read_phone,
    [SET_FINGERPRINT] = read_fingerprint,
    [SET_PATH] = read_path,         [SET_FILE] = read_file,
    [SET_SECRET] = read_secret,     [SET_AREA] = read_area,
    [SET_AREAS] = read_areas,       [SET_LISTEN] = read_listen,
    [SET_POLYGONS] = read_polygons, [SET_CORNERS] = read_corners,
    [SET_SHARE] = read_share,       [SET_WEEK] = read_week,
    [SET_NIGHT] = read_night,       [SET_COORDINATES] = read_coordinates,
    [SET_DAYS] = read_days,         [SET_VOLUMES] = read_volumes,
    [SET_HOLIDAYS] = read_holidays, [SET_HOOK_URL] = read_hook_url,
    [SET_HOST] = read_form,         [SET_EMAIL] = read_form,
    [SET_TOPIC] = read_form,        [SET_CONTACT] = read_form,
    [SET_ADDRESSES] = read_addresses,
};

/* ---- places and faults ---------------------------------------------------------- */

static void add_path(const struct place *place, struct bytes *to)
{
    char key[80]; /* of an unknown one, which may be long */

    if (place->up)
        add_path(place->up, to);
    if (!place->key) {
        bytes_format(to, "[%zu]", place->index);
        return;
    }
    snprintf(key, sizeof key, "%s", place->key);
    text_cut_utf8(key);
    bytes_format(to, "%s%s", to->size > 0 ? "." : "", key);
}

char *place_path(const struct place *place)
{
    struct bytes path = { 0 };

    add_path(place, &path);
    return bytes_take(&path);
}

void fault_at(struct reader *r, const struct node *at, const struct place *place,
              const char *what)
{
    fault_add(r->faults, at->source, at->line, at->column, place_path(place), "%s", what);
}

void spot_fault(struct reader *r, const struct spot *spot, const struct node *at,
                const char *format, ...)
{
    char *what;
    va_list args;

    va_start(args, format);
    if (vasprintf(&what, format, args) < 0)
        abort();
    va_end(args);
    fault_at(r, at ? at : spot->key, &spot->place, what);
    free(what);
}

const char *spot_shown(const struct spot *spot, const struct node *node,
                       char to[SHOWN_MAX])
{
    if (spot->row->secret) {
        *to = 0;
        return to;
    }
    bool whole = strlen(node->value) < SHOWN_MAX - 8;
    char start[SHOWN_MAX - 8];
    snprintf(start, sizeof start, "%s", node->value);
    text_cut_utf8(start);
    snprintf(to, SHOWN_MAX, "'%s%s'", start, whole ? "" : "…");
    return to;
}

bool spot_wants_text(struct reader *r, const struct spot *spot, const struct node *node)
{
    const struct setting *row = spot->row;
    const char *example = row->example ? row->example : "";

    if (node->kind == NODE_REFUSED)
        return false;
    if (node->kind != NODE_TEXT) {
        spot_fault(r, spot, node,
                   _("this must be a single value; write for example '%s: %s'"), row->key,
                   example);
        return false;
    }
    return true;
}

/* ---- defaults ------------------------------------------------------------------- */

static void read_one(struct reader *r, const struct spot *spot, void *object)
{
    const struct setting *row = spot->row;
    char *base = object;

    readers[row->type](r, spot, base + row->at, (size_t *)(base + row->count_at));
}

static const char *last_part(const char *path, size_t length)
{
    const char *slash = memrchr(path, '/', length);

    return slash ? slash + 1 : path;
}

/* systemd gives several directories with colons between them, in an order of its own: ours
 * has the name of the fallback, /srv/kengd/state for example; else it is the only one. */
static char *directory_of_variable(const struct setting *row)
{
    const char *value = row->variable ? getenv(row->variable) : NULL;
    const char *name = row->fallback ? last_part(row->fallback, strlen(row->fallback)) : "";

    if (!value || *value != '/')
        return NULL;
    for (const char *at = value; *at; at += strspn(at, ":")) {
        size_t length = strcspn(at, ":");
        const char *part = last_part(at, length);
        if (strlen(name) == (size_t)(at + length - part) &&
            !strncmp(part, name, strlen(name)))
            return xstrndup(at, length);
        at += length;
    }
    return strchr(value, ':') ? NULL : xstrdup(value);
}

static void read_default(struct reader *r, const struct setting *row,
                         const struct place *place, const struct node *owner,
                         void *object)
{
    char *from_variable = directory_of_variable(row);
    const char *written = from_variable ? from_variable : row->fallback;
    char value[128];
    struct node node = {
        .kind = NODE_TEXT, .quoted = true, .value = value, .source = owner->source
    };
    struct spot spot = { .row = row, .key = owner, .value = &node, .place = *place };

    if (written) {
        node.value = xstrdup(written);
        read_one(r, &spot, object);
        free(node.value);
    }
    free(from_variable);
}

/* ---- maps ----------------------------------------------------------------------- */

void tell_unknown(struct reader *r, const struct setting *table, const struct node *key,
                  const struct place *place)
{
    struct nearest near = nearest_to(key->value);
    struct bytes known = { 0 };

    for (const struct setting *row = table; row->key; row++) {
        nearest_show(&near, row->key);
        bytes_format(&known, "%s%s", known.size > 0 ? ", " : "", row->key);
    }
    char *list = bytes_take(&known);
    char *what =
        near.word ? xformat(_("this setting is not known; '%s' may be meant"), near.word)
                  : xformat(_("this setting is not known; known here are: %s"), list);
    fault_at(r, key, place, what);
    free(what);
    free(list);
}

void tell_twice(struct reader *r, const struct node *key, const struct place *place,
                const struct node *first)
{
    char *what =
        first->source == key->source
            ? xformat(_("this is given twice, first in line %d; keep one of the two"),
                      first->line)
            : xformat(_("this is given twice, first in %s, line %d; keep one of the two"),
                      first->source->name, first->line);

    fault_at(r, key, place, what);
    free(what);
}

static void tell_missing(struct reader *r, const struct setting *row,
                         const struct place *place, const struct node *owner)
{
    char *what =
        xformat(_("this is missing; write for example '%s: %s'"), row->key, row->example);

    fault_at(r, owner, place, what);
    free(what);
}

static void read_group(struct reader *r, const struct setting *table,
                       const struct node *owner, const struct node *map,
                       const struct place *place, void *object);

void read_group_value(struct reader *r, const struct spot *spot, void *object)
{
    const struct setting *row = spot->row;
    const struct node *value = spot->value;

    if (value && value->kind == NODE_TEXT && !node_is_empty(value) && row->shortcut) {
        struct node key = { .kind = NODE_TEXT,
                            .value = (char *)row->shortcut,
                            .line = value->line,
                            .column = value->column,
                            .source = value->source };
        struct node *items[] = { &key, (struct node *)value };
        struct node map = {
            .kind = NODE_MAP, .items = items, .count = 2, .source = value->source
        };
        read_group(r, row->of, spot->key, &map, &spot->place, object);
        return;
    }
    if (value && value->kind != NODE_MAP && !node_is_empty(value)) {
        if (value->kind != NODE_REFUSED)
            spot_fault(r, spot, value,
                       _("this must hold settings; write each on a line of its own below "
                         "'%s:', indented, as 'key: value'"),
                       row->key);
        return;
    }
    read_group(r, row->of, spot->key, value && value->kind == NODE_MAP ? value : NULL,
               &spot->place, object);
}

static void read_setting(struct reader *r, const struct spot *spot, void *object)
{
    const struct setting *row = spot->row;

    if (row->on_at)
        *(bool *)((char *)object + row->on_at) = true;
    if (row->type == SET_GROUP)
        read_group_value(r, spot, object);
    else if (node_is_empty(spot->value))
        spot_fault(r, spot, NULL, _("this has no value; write for example '%s: %s'"),
                   row->key, row->example);
    else if (spot->value->kind != NODE_REFUSED)
        read_one(r, spot, object);
}

/* Settings that were not written. `owner`: the key under which they would stand. */
static void read_absent(struct reader *r, const struct setting *row,
                        const struct node *owner, bool may_follow,
                        const struct place *place, void *object)
{
    struct spot spot = { .row = row, .key = owner, .place = { place, row->key, 0 } };

    if (row->type == SET_GROUP)
        read_group_value(r, &spot, object);
    else if (row->required && !may_follow)
        tell_missing(r, row, &spot.place, owner);
    else if (!row->required)
        read_default(r, row, &spot.place, owner, object);
}

static void read_group(struct reader *r, const struct setting *table,
                       const struct node *owner, const struct node *map,
                       const struct place *place, void *object)
{
    const struct node *seen[ROWS_MAX] = { 0 };

    for (size_t i = 0; map && i + 1 < map->count; i += 2) {
        const struct node *key = map->items[i];
        if (key->kind != NODE_TEXT)
            continue;
        const struct setting *row = setting_find(table, key->value);
        struct spot spot = { row, key, map->items[i + 1], { place, key->value, 0 } };
        if (!row) {
            if (spot.value->kind != NODE_REFUSED)
                tell_unknown(r, table, key, &spot.place);
            continue;
        }
        assert(row - table < ROWS_MAX);
        if (seen[row - table]) {
            tell_twice(r, key, &spot.place, seen[row - table]);
            continue;
        }
        seen[row - table] = key;
        read_setting(r, &spot, object);
    }
    for (const struct setting *row = table; row->key; row++)
        if (!seen[row - table])
            read_absent(r, row, owner, map && map->cut, place, object);
}
