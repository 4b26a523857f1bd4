/* Places in the picture, on the earth and on disks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "reader.h"
#include "value.h"

/* ---- coordinates ---------------------------------------------------------------- */

void read_coordinates(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *node = spot->value;
    struct coordinates *at = to;
    bool is_pair = node->kind == NODE_LIST && node->count == 2 &&
                   node->items[0]->kind == NODE_TEXT && node->items[1]->kind == NODE_TEXT;

    if (node->kind == NODE_REFUSED)
        return;
    at->known = is_pair && value_number(node->items[0]->value, &at->latitude) &&
                value_number(node->items[1]->value, &at->longitude) &&
                fabs(at->latitude) <= 90 && fabs(at->longitude) <= 180;
    if (!at->known)
        spot_fault(r, spot, node,
                   _("this is no place on the earth; write latitude and longitude in "
                     "degrees, for example [21.03, 105.85]"));
}

/* ---- parts of the picture ------------------------------------------------------- */

void read_share(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    char shown[SHOWN_MAX];

    if (spot_wants_text(r, spot, spot->value) && !value_share(spot->value->value, to))
        spot_fault(r, spot, spot->value,
                   _("%s is no part of the picture; write more than 0%% and at most 100%%, "
                     "for example '%s: %s'"),
                   spot_shown(spot, spot->value, shown), spot->row->key,
                   spot->row->example);
}

/* ---- polygons ------------------------------------------------------------------- */

enum { POINTS_MIN = 3, POINTS_MAX = 32 };

static bool read_coordinate(const struct node *node, float *to, bool *in_range)
{
    double number;

    if (node->kind != NODE_TEXT || !value_number(node->value, &number))
        return false;
    *in_range = *in_range && number >= 0 && number <= 1;
    *to = (float)number;
    return true;
}

static bool read_point(struct reader *r, const struct spot *spot, const struct node *node,
                       struct point *to)
{
    bool in_range = true;

    if (node->kind == NODE_REFUSED)
        return false;
    if (node->kind != NODE_LIST || node->count != 2 ||
        !read_coordinate(node->items[0], &to->x, &in_range) ||
        !read_coordinate(node->items[1], &to->y, &in_range)) {
        spot_fault(
            r, spot, node,
            _("a corner is two numbers with a decimal point; write [x, y], for example "
              "[0.25, 0.8]"));
        return false;
    }
    if (!in_range)
        spot_fault(
            r, spot, node,
            _("this corner lies outside the picture; write parts of width and height "
              "from 0 to 1, for example [0.25, 0.8]"));
    return in_range;
}

/* Twice the area of the polygon (shoelace); corners in a wrong order cancel themselves
 * out. */
static double twice_surface(const struct point *points, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++) {
        const struct point *a = &points[i];
        const struct point *b = &points[(i + 1) % count];
        sum += (double)a->x * b->y - (double)b->x * a->y;
    }
    return fabs(sum);
}

void read_corners(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const double least = 0.0001; /* 14 x 14 pixels of a full HD picture, doubled */
    const struct node *node = spot->value;
    bool well = true;

    if (node->kind == NODE_REFUSED)
        return;
    if (node->kind != NODE_LIST || node->count < POINTS_MIN || node->count > POINTS_MAX) {
        spot_fault(
            r, spot, node,
            _("a polygon has %d to %d corners; write for example [[0.1, 0.4], [0.9, "
              "0.4], [0.9, 1]]"),
            POINTS_MIN, POINTS_MAX);
        return;
    }
    struct point *points = xcalloc(node->count, sizeof *points);
    *(struct point **)to = points;
    *count = node->count;
    for (size_t i = 0; i < node->count; i++) {
        struct spot corner = *spot;
        corner.place = (struct place){ &spot->place, NULL, i };
        well = read_point(r, &corner, node->items[i], &points[i]) && well;
    }
    if (well && twice_surface(points, node->count) < least)
        spot_fault(
            r, spot, node,
            _("this polygon encloses nothing; write its corners in the order in which "
              "one walks around it"));
}

/* Its corners alone, or with what else there is to say of it. */
static void read_polygon(struct reader *r, const struct spot *spot, struct polygon *to)
{
    if (spot->value->kind != NODE_MAP || !spot->row->of)
        read_corners(r, spot, &to->points, &to->count);
    else
        read_group_value(r, spot, to);
}

/* Whether the entry of the map has a name, and the first of that name. */
static bool is_new_name(struct reader *r, const struct spot *one, const struct node *map)
{
    const struct node *first;

    if (one->key->kind != NODE_TEXT)
        return false;
    if (!value_is_id(one->key->value)) {
        spot_fault(
            r, one, NULL,
            _("this is no identifier; write only a-z, 0-9 and -, a letter first, at "
              "most 47, for example 'cong-lang'"));
        return false;
    }
    node_find(map, one->key->value, &first);
    if (first != one->key)
        tell_twice(r, one->key, &one->place, first);
    return first == one->key;
}

void read_polygons(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *map = spot->value;

    if (map->kind != NODE_MAP) {
        spot_fault(r, spot, map,
                   _("each polygon needs a name; write for example '%s: %s'"),
                   spot->row->key, spot->row->example);
        return;
    }
    if (!spot_count_fits(r, spot, map->count / 2))
        return;
    struct polygon *list = xcalloc(map->count / 2, sizeof *list);
    for (size_t i = 0; i + 1 < map->count; i += 2) {
        const struct node *key = map->items[i];
        struct spot one = {
            spot->row, key, map->items[i + 1], { &spot->place, key->value, 0 }
        };
        if (!is_new_name(r, &one, map))
            continue;
        memcpy(list[*count].id, key->value, strlen(key->value));
        read_polygon(r, &one, &list[(*count)++]);
    }
    *(struct polygon **)to = list;
}

/* ---- disks ---------------------------------------------------------------------- */

void read_volumes(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *map = spot->value;

    if (map->kind != NODE_MAP) {
        spot_fault(r, spot, map, _("each disk needs a name; write for example '%s: %s'"),
                   spot->row->key, spot->row->example);
        return;
    }
    if (!spot_count_fits(r, spot, map->count / 2))
        return;
    struct volume_settings *list = xcalloc(map->count / 2, sizeof *list);
    *(struct volume_settings **)to = list;
    for (size_t i = 0; i + 1 < map->count; i += 2) {
        const struct node *key = map->items[i];
        struct spot one = {
            spot->row, key, map->items[i + 1], { &spot->place, key->value, 0 }
        };
        if (!is_new_name(r, &one, map))
            continue;
        if (!strcmp(key->value, FIRST_VOLUME)) {
            spot_fault(r, &one, NULL,
                       _("'recordings' is the disk of storage.recordings; give this one "
                         "another name"));
            continue;
        }
        memcpy(list[*count].id, key->value, strlen(key->value));
        read_group_value(r, &one, &list[(*count)++]);
    }
}
