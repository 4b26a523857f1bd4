/* Lists, references and polygons. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nearest.h"
#include "reader.h"
#include "value.h"

/* A single value counts as a list of one. */
static size_t items_of(const struct node *const *value, const struct node *const **items)
{
    if ((*value)->kind != NODE_LIST) {
        *items = value;
        return 1;
    }
    *items = (const struct node *const *)(*value)->items;
    return (*value)->count;
}

/* The spot of one item, so that its path tells which. */
static struct spot item_spot(const struct spot *list, const struct node *item, size_t index)
{
    struct spot spot = *list;

    spot.value = item;
    if (list->value->kind == NODE_LIST)
        spot.place = (struct place){ &list->place, NULL, index };
    return spot;
}

static bool count_fits(struct reader *r, const struct spot *spot, size_t count)
{
    if (count == 0)
        spot_fault(r, spot, spot->value, _("the list is empty; write for example '%s: %s'"),
                   spot->row->key, spot->row->example);
    else if (count > (size_t)spot->row->max)
        spot_fault(r, spot, spot->value, _("the list has %zu entries; at most %d are possible"),
                   count, (int)spot->row->max);
    else
        return true;
    return false;
}

/* ---- references ---------------------------------------------------------------------- */

static const struct area *find_area(struct reader *r, const struct spot *spot)
{
    const struct node *node = spot->value;
    char shown[SHOWN_MAX];

    if (!spot_wants_text(r, spot, node))
        return NULL;
    const struct area *area = settings_find_area(r->set, node->value);
    if (area || r->incomplete)
        return area;
    struct nearest near = nearest_to(node->value);
    for (size_t i = 0; i < r->set->area_count; i++)
        nearest_show(&near, r->set->areas[i].id);
    spot_shown(spot, node, shown);
    if (near.word)
        spot_fault(r, spot, node, _("there is no area %s; '%s' may be meant"), shown, near.word);
    else
        spot_fault(r, spot, node, _("there is no area %s; write it below 'areas:', or one that "
                                    "stands there"),
                   shown);
    return NULL;
}

void read_area(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    *(const struct area **)to = find_area(r, spot);
}

void read_areas(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *const *items;
    size_t n = items_of(&spot->value, &items);

    if (!count_fits(r, spot, n))
        return;
    const struct area **areas = xcalloc(n, sizeof *areas);
    for (size_t i = 0; i < n; i++) {
        struct spot item = item_spot(spot, items[i], i);
        const struct area *area = find_area(r, &item);
        bool twice = false;
        for (size_t k = 0; k < *count; k++)
            twice = twice || areas[k] == area;
        if (area && twice)
            spot_fault(r, &item, items[i], _("this stands in the list already; take it out"));
        else if (area)
            areas[(*count)++] = area;
    }
    *(const struct area ***)to = areas;
}

/* ---- listening ----------------------------------------------------------------------- */

void read_listen(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *const *items;
    size_t n = items_of(&spot->value, &items);
    char shown[SHOWN_MAX];
    bool loopback;

    if (!count_fits(r, spot, n))
        return;
    char **list = xcalloc(n, sizeof *list);
    for (size_t i = 0; i < n; i++) {
        struct spot item = item_spot(spot, items[i], i);
        bool twice = false;
        if (items[i]->kind != NODE_TEXT) {
            if (items[i]->kind != NODE_REFUSED)
                spot_fault(r, &item, items[i],
                           _("this is no address; write IP address and port in quotes, for "
                             "example \"0.0.0.0:8443\" or \"[::]:8443\""));
            continue;
        }
        for (size_t k = 0; k < *count; k++)
            twice = twice || strcmp(list[k], items[i]->value) == 0;
        if (!value_listen(items[i]->value, &loopback))
            spot_fault(r, &item, items[i],
                       _("%s is no address to listen on; write IP address and port, for example "
                         "\"127.0.0.1:8080\", \"0.0.0.0:8443\" or \"[::]:8443\""),
                       spot_shown(spot, items[i], shown));
        else if (twice)
            spot_fault(r, &item, items[i], _("this stands in the list already; take it out"));
        else
            list[(*count)++] = xstrdup(items[i]->value);
    }
    *(char ***)to = list;
}

/* ---- polygons ------------------------------------------------------------------------ */

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
        spot_fault(r, spot, node,
                   _("a corner is two numbers with a decimal point; write [x, y], for example "
                     "[0.25, 0.8]"));
        return false;
    }
    if (!in_range)
        spot_fault(r, spot, node,
                   _("this corner lies outside the picture; write parts of width and height "
                     "from 0 to 1, for example [0.25, 0.8]"));
    return in_range;
}

/* Twice the area of the polygon (shoelace); corners in a wrong order cancel themselves out. */
static double twice_surface(const struct polygon *polygon)
{
    double sum = 0;

    for (size_t i = 0; i < polygon->count; i++) {
        const struct point *a = &polygon->points[i];
        const struct point *b = &polygon->points[(i + 1) % polygon->count];
        sum += (double)a->x * b->y - (double)b->x * a->y;
    }
    return fabs(sum);
}

static void read_polygon(struct reader *r, const struct spot *spot, struct polygon *to)
{
    const double least = 0.0001; /* 14 x 14 pixels of a full HD picture, doubled */
    const struct node *node = spot->value;
    bool well = true;

    if (node->kind == NODE_REFUSED)
        return;
    if (node->kind != NODE_LIST || node->count < POINTS_MIN || node->count > POINTS_MAX) {
        spot_fault(r, spot, node,
                   _("a polygon has %d to %d corners; write for example [[0.1, 0.4], [0.9, "
                     "0.4], [0.9, 1]]"),
                   POINTS_MIN, POINTS_MAX);
        return;
    }
    to->points = xcalloc(node->count, sizeof *to->points);
    to->count = node->count;
    for (size_t i = 0; i < node->count; i++) {
        struct spot corner = *spot;
        corner.place = (struct place){ &spot->place, NULL, i };
        well = read_point(r, &corner, node->items[i], &to->points[i]) && well;
    }
    if (well && twice_surface(to) < least)
        spot_fault(r, spot, node,
                   _("this polygon encloses nothing; write its corners in the order in which "
                     "one walks around it"));
}

void read_polygons(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *map = spot->value;
    const struct node *first;

    if (map->kind != NODE_MAP) {
        spot_fault(r, spot, map, _("each polygon needs a name; write for example '%s: %s'"),
                   spot->row->key, spot->row->example);
        return;
    }
    if (!count_fits(r, spot, map->count / 2))
        return;
    struct polygon *list = xcalloc(map->count / 2, sizeof *list);
    for (size_t i = 0; i + 1 < map->count; i += 2) {
        const struct node *key = map->items[i];
        struct spot one = { spot->row, key, map->items[i + 1], { &spot->place, key->value, 0 } };
        if (key->kind != NODE_TEXT)
            continue;
        if (!value_is_id(key->value)) {
            spot_fault(r, &one, NULL,
                       _("this is no identifier; write only a-z, 0-9 and -, a letter first, at "
                         "most %d, for example 'cong-lang'"),
                       ID_MAX - 1);
            continue;
        }
        node_find(map, key->value, &first);
        if (first != key) {
            tell_twice(r, key, &one.place, first);
            continue;
        }
        memcpy(list[*count].id, key->value, strlen(key->value));
        read_polygon(r, &one, &list[(*count)++]);
    }
    *(struct polygon **)to = list;
}
