/* What monitors ask: alive, ready, and figures. */
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "guests.h"
#include "shapes.h"
#include "viewer.h"

void health_live(struct ask *ask)
{
    answer_json(ask, 200, json_pack("{s:b}", "ok", 1));
}

/* ---- ready ----------------------------------------------------------------------------
 */

struct readiness {
    bool answers;
    struct error err;
};

static void touch_catalogue(struct store *store, void *job)
{
    struct readiness *ready = job;
    struct token_row row = { 0 };
    uint8_t nobody[TOKEN_HASH] = { 0 };
    bool found;

    ready->answers = token_by_hash(store, nobody, &row, &found, &ready->err);
    token_row_clear(&row);
}

static void on_touched(struct ask *ask)
{
    struct readiness *ready = ask->job;
    json_t *reasons = json_array(), *health = shape_health(ask->web, NULL);
    json_t *disk = json_object_get(health, "disk");
    int recording = 0, cameras = 0;

    json_unpack(health, "{s:i, s:i}", "recording", &recording, "cameras", &cameras);
    if (!ready->answers)
        json_array_append_new(reasons, json_string(ready->err.text));
    if (json_is_object(disk) && !json_is_true(json_object_get(disk, "ok")))
        json_array_append(reasons, json_object_get(disk, "why"));
    if (recording < cameras)
        json_array_append_new(reasons, json_sprintf(_("%d of %d cameras do not record"),
                                                    cameras - recording, cameras));
    bool fine = json_array_size(reasons) == 0;
    json_decref(health);
    answer_json(ask, fine ? 200 : 503,
                json_pack("{s:b, s:o}", "ok", fine, "reasons", reasons));
}

void health_ready(struct ask *ask)
{
    ask_job(ask, sizeof(struct readiness), NULL);
    ask_desk(ask, ask->web->reads, touch_catalogue, on_touched);
}

/* ---- figures --------------------------------------------------------------------------
 */

static void figure(struct bytes *out, const char *name, const char *type,
                   const char *help, double value)
{
    bytes_format(out, "# HELP kengd_%s %s\n# TYPE kengd_%s %s\nkengd_%s %.17g\n", name,
                 help, name, type, name, value);
}

static void write_viewers(struct bytes *out, struct web *web)
{
    static const char *const kinds[] = { "page", "mp4", "mjpeg", "feed" };
    const struct viewer *viewer;

    bytes_text(out, "# HELP kengd_viewers Streams that are open now\n"
                    "# TYPE kengd_viewers gauge\n");
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        int count = 0;
        LIST_FOREACH(viewer, &web->viewers, next)
        count += strcmp(viewer->kind->name, kinds[i]) == 0;
        bytes_format(out, "kengd_viewers{kind=\"%s\"} %d\n", kinds[i], count);
    }
}

static void write_web(struct bytes *out, struct web *web)
{
    const struct web_counts *counts = &web->counts;

    bytes_text(out,
               "# HELP kengd_answers_total Answers by the first digit of their status\n"
               "# TYPE kengd_answers_total counter\n");
    for (int i = 1; i < STATUS_CLASSES; i++)
        bytes_format(out, "kengd_answers_total{status=\"%dxx\"} %llu\n", i,
                     (unsigned long long)counts->answers[i]);
    write_viewers(out, web);
    figure(out, "connections", "gauge", "Connections open now",
           (double)guests_count(web->guests));
    figure(out, "refused_requests_total", "counter", "Requests that the guard refused",
           (double)counts->refused);
    figure(out, "turned_away_total", "counter", "Connections over a limit",
           (double)counts->turned_away);
    figure(out, "too_late_total", "counter", "Connections over a deadline",
           (double)counts->too_late);
    figure(out, "sent_bytes_total", "counter", "Bytes of streams",
           (double)counts->sent_bytes);
    figure(out, "shed_total", "counter", "Fragments and pictures that slow viewers lost",
           (double)counts->shed);
    figure(out, "kicked_total", "counter", "Viewers that took nothing",
           (double)counts->kicked);
}

static void camera_figure(struct bytes *out, json_t *cameras, const char *key,
                          const char *name, const char *type)
{
    size_t i;
    json_t *camera;

    bytes_format(out, "# TYPE kengd_camera_%s %s\n", name, type);
    json_array_foreach(cameras, i, camera)
    {
        json_t *value = json_object_get(camera, key);
        if (json_is_number(value))
            bytes_format(out, "kengd_camera_%s{camera=\"%s\"} %.17g\n", name,
                         json_string_value(json_object_get(camera, "id")),
                         json_number_value(value));
    }
}

static void write_cameras(struct bytes *out, struct web *web)
{
    const struct settings *set = web->settings;
    json_t *cameras = json_array(), *camera;
    size_t i;

    for (i = 0; i < set->camera_count; i++)
        json_array_append_new(cameras, shape_camera(web, &set->cameras[i]));
    bytes_text(out, "# HELP kengd_camera_up 1 while pictures come\n"
                    "# TYPE kengd_camera_up gauge\n");
    json_array_foreach(cameras, i, camera)
    {
        bytes_format(out, "kengd_camera_up{camera=\"%s\"} %d\n", set->cameras[i].id,
                     shape_records(camera));
    }
    camera_figure(out, cameras, "reconnects", "reconnects_total", "counter");
    camera_figure(out, cameras, "lost_packets", "lost_packets_total", "counter");
    camera_figure(out, cameras, "damaged_frames", "damaged_frames_total", "counter");
    camera_figure(out, cameras, "days", "footage_days", "gauge");
    json_decref(cameras);
}

/* Of each disk, where there are several: "kengd_volume_free_bytes{volume="dia-hai"} 1". */
static void write_volumes(struct bytes *out, const json_t *volumes)
{
    static const char *const keys[] = { "ok", "free_bytes", "size_bytes", "reserve_bytes",
                                        "written_bytes", "dropped", "cameras", "days",
                                        "given_up_level", "live_withheld",
                                        "detection_paused_s", "sub_dropped" };
    size_t n;
    json_t *volume;

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        bytes_format(out, "# TYPE kengd_volume_%s gauge\n", keys[i]);
        json_array_foreach(volumes, n, volume)
        {
            const json_t *value = json_object_get(volume, keys[i]);
            if (json_is_number(value) || json_is_boolean(value))
                bytes_format(out, "kengd_volume_%s{volume=\"%s\"} %.17g\n", keys[i],
                             json_string_value(json_object_get(volume, "id")),
                             json_is_boolean(value) ? json_is_true(value)
                                                    : json_number_value(value));
        }
    }
}

static void write_house(struct bytes *out, struct web *web)
{
    json_t *door = shape_door_health(web), *disk = json_object_get(door, "disk"), *value;
    const char *key;

    figure(out, "uptime_seconds", "gauge", "Since the start",
           (double)(clock_mono_us() - web->started_us) / 1e6);
    if (json_is_boolean(json_object_get(door, "clock_trusted")))
        figure(out, "clock_trusted", "gauge", "1 while the wall clock is synchronised",
               json_is_true(json_object_get(door, "clock_trusted")));
    if (json_is_object(disk)) {
        figure(out, "disk_ok", "gauge", "1 while recordings can be written",
               json_is_true(json_object_get(disk, "ok")));
        json_object_foreach(disk, key, value) if (json_is_number(value))
            bytes_format(out, "# TYPE kengd_disk_%s gauge\nkengd_disk_%s %.17g\n", key,
                         key, json_number_value(value));
        write_volumes(out, json_object_get(disk, "volumes"));
    }
    json_decref(door);
}

void metrics_text(struct ask *ask)
{
    struct bytes text = { 0 };
    struct evbuffer *body = evbuffer_new();

    write_house(&text, ask->web);
    write_cameras(&text, ask->web);
    write_web(&text, ask->web);
    evbuffer_add(body, text.at, text.size);
    bytes_free(&text);
    answer_bytes(ask, 200, "text/plain; version=0.0.4; charset=utf-8", body);
    evbuffer_free(body);
}
