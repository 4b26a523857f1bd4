/*
 * The JSON objects of docs/http.md. Every function returns a new reference.
 * Thread: loop only.
 */
#pragma once
#include "inside.h"
#include "rights.h"

/* Whether pictures of the CAMERA come, good or not. */
bool shape_records(const json_t *camera);

json_t *shape_time(int64_t us);       /* 0: null */
/* `before` of the list's next page, exact; null: there is none. */
json_t *shape_next(size_t count, size_t limit, int64_t last_us);
json_t *shape_text(const char *text); /* NULL: null */
json_t *shape_camera(struct web *web, const struct camera_settings *camera);
/* Zones or masks as they are configured. */
json_t *shape_polygons(const struct polygon *list, size_t count);
json_t *shape_way(const struct way *way); /* [[x, y, ms], ...] */
json_t *shape_event(const struct settings *set, const struct event_row *event);
/* `deliveries` may be NULL: none. */
json_t *shape_alert(const struct settings *set, const struct alert_row *alert,
                    const struct delivery_list *deliveries);
json_t *shape_me(const struct who *who);
/* Counts only the cameras that `who` may see; NULL: all. */
json_t *shape_health(struct web *web, const struct who *who);

/* What the admin sees of a door's health; {} when it says nothing. */
json_t *shape_door_health(struct web *web);

/* Where people reach this kengd: the configured address, else the first that it listens on,
 * by the machine's name when that is every address. The caller frees. */
char *web_address(const struct settings *set);
