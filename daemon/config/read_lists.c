/* Lists, references and polygons. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nearest.h"
#include "reader.h"
#include "value.h"

size_t items_of(const struct node *const *value, const struct node *const **items)
{
    if ((*value)->kind != NODE_LIST) {
        *items = value;
        return 1;
    }
    *items = (const struct node *const *)(*value)->items;
    return (*value)->count;
}

struct spot item_spot(const struct spot *list, const struct node *item,
                             size_t index)
{
    struct spot spot = *list;

    spot.value = item;
    if (list->value->kind == NODE_LIST)
        spot.place = (struct place){ &list->place, NULL, index };
    return spot;
}

bool spot_count_fits(struct reader *r, const struct spot *spot, size_t count)
{
    if (count == 0)
        spot_fault(r, spot, spot->value,
                   _("the list is empty; write for example '%s: %s'"), spot->row->key,
                   spot->row->example);
    else if (count > (size_t)spot->row->max)
        spot_fault(r, spot, spot->value,
                   _("the list has %zu entries; at most %d are possible"), count,
                   (int)spot->row->max);
    else
        return true;
    return false;
}

/* ---- references ----------------------------------------------------------------- */

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
        spot_fault(r, spot, node, _("there is no area %s; '%s' may be meant"), shown,
                   near.word);
    else
        spot_fault(r, spot, node,
                   _("there is no area %s; write it below 'areas:', or one that "
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

    if (!spot_count_fits(r, spot, n))
        return;
    const struct area **areas = xcalloc(n, sizeof *areas);
    for (size_t i = 0; i < n; i++) {
        struct spot item = item_spot(spot, items[i], i);
        const struct area *area = find_area(r, &item);
        bool twice = false;
        for (size_t k = 0; k < *count; k++)
            twice = twice || areas[k] == area;
        if (area && twice)
            spot_fault(r, &item, items[i],
                       _("this stands in the list already; take it out"));
        else if (area)
            areas[(*count)++] = area;
    }
    *(const struct area ***)to = areas;
}

/* ---- listening ------------------------------------------------------------------ */

void read_listen(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *const *items;
    size_t n = items_of(&spot->value, &items);
    char shown[SHOWN_MAX];
    bool loopback;

    if (!spot_count_fits(r, spot, n))
        return;
    char **list = xcalloc(n, sizeof *list);
    for (size_t i = 0; i < n; i++) {
        struct spot item = item_spot(spot, items[i], i);
        bool twice = false;
        if (items[i]->kind != NODE_TEXT) {
            if (items[i]->kind != NODE_REFUSED)
                spot_fault(
                    r, &item, items[i],
                    _("this is no address; write IP address and port in quotes, for "
                      "example \"0.0.0.0:8443\" or \"[::]:8443\""));
            continue;
        }
        for (size_t k = 0; k < *count; k++)
            twice = twice || strcmp(list[k], items[i]->value) == 0;
        if (!value_listen(items[i]->value, &loopback))
            spot_fault(
                r, &item, items[i],
                _("%s is no address to listen on; write IP address and port, for example "
                  "\"127.0.0.1:8080\", \"0.0.0.0:8443\" or \"[::]:8443\""),
                spot_shown(spot, items[i], shown));
        else if (twice)
            spot_fault(r, &item, items[i],
                       _("this stands in the list already; take it out"));
        else
            list[(*count)++] = xstrdup(items[i]->value);
    }
    *(char ***)to = list;
}

/* ---- the week ------------------------------------------------------------------- */

void read_week(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *const *items;
    size_t n = items_of(&spot->value, &items);
    char shown[SHOWN_MAX];

    if (!spot_count_fits(r, spot, n))
        return;
    struct week_hours *list = xcalloc(n, sizeof *list);
    for (size_t i = 0; i < n; i++) {
        struct spot item = item_spot(spot, items[i], i);
        if (!spot_wants_text(r, &item, items[i]))
            continue;
        if (value_week(items[i]->value, &list[*count]))
            (*count)++;
        else
            spot_fault(r, &item, items[i],
                       _("%s are no hours of the week; write days and hours, for example "
                         "'mon-fri 18:00-06:00' or '18:00-06:00'"),
                       spot_shown(&item, items[i], shown));
    }
    *(struct week_hours **)to = list;
}
