#include "watch/orders.h"

#include <stdio.h>
#include <string.h>

static void copy_polygons(const struct polygon *from, size_t count,
                          struct camera_polygon *to, int *to_count)
{
    *to_count = 0;
    for (size_t i = 0; i < count && i < LINK_POLYGONS; i++) {
        struct camera_polygon *at = &to[(*to_count)++];
        snprintf(at->id, sizeof at->id, "%s", from[i].id);
        at->smallest = from[i].smallest;
        at->largest = from[i].largest;
        at->stays_ms = (int)(from[i].stays_us / 1000);
        for (size_t k = 0; k < from[i].count && k < LINK_POINTS; k++) {
            at->points[k][0] = from[i].points[k].x;
            at->points[k][1] = from[i].points[k].y;
            at->count = (int)k + 1;
        }
    }
}

void motion_orders_at(const struct settings *set, const struct motion_settings *motion,
                         int64_t wall_us, struct motion_orders *to)
{
    struct motion_now now = motion_at(set, motion, wall_us);

    memset(to, 0, sizeof *to);
    to->detect = now.on && motion->source != MOTION_SOURCE_CAMERA;
    to->sensitivity = now.sensitivity >= 1 && now.sensitivity <= 5 ? now.sensitivity : 3;
    copy_polygons(now.zones, now.zone_count, to->zones, &to->zone_count);
    copy_polygons(motion->masks, motion->mask_count, to->masks, &to->mask_count);
}
