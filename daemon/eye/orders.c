#include "orders.h"

#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"

static void copy_polygons(const struct camera_polygon *from, int count,
                          struct motion_polygon *to)
{
    _Static_assert(sizeof to->points == sizeof from->points, "as many points");
    for (int i = 0; i < count; i++) {
        memcpy(to[i].id, from[i].id, sizeof to[i].id);
        memcpy(to[i].points, from[i].points, sizeof to[i].points);
        to[i].count = from[i].count;
        to[i].smallest = from[i].smallest;
        to[i].largest = from[i].largest;
        to[i].stays_us = MILLIS_US(from[i].stays_ms);
    }
}

struct motion_setup orders_setup(const struct motion_orders *orders)
{
    struct motion_setup set = { .detect = orders->detect,
                                .sensitivity = orders->sensitivity,
                                .zone_count = orders->zone_count,
                                .mask_count = orders->mask_count };

    _Static_assert(COUNT_OF(set.zones) == LINK_POLYGONS, "as many polygons");
    copy_polygons(orders->zones, orders->zone_count, set.zones);
    copy_polygons(orders->masks, orders->mask_count, set.masks);
    return set;
}
