/*
 * What comes from a camera goes: fragments -> stream -> {recorder, live}, motion -> duty.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/condition.h"
#include "camera.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "motion_events.h"
#include "record/activity_log.h"

/* For a recorder that begins anew at a reload, and for a viewer, who begins at the last keyframe
 * (kept however old it is). What waits for a slow disk is in the recorder's own queue, so that
 * more here would only be memory: a quarter of a megabyte a second and camera. */
enum { REMEMBER_S = 3, REMEMBER_BYTES = 8 << 20 };

struct camera {
    const struct camera_rooms rooms;
    const struct settings *began_with; /* what recorder and watch were started with */
    const struct settings *set;        /* what is in force; the camera in it is the same */
    const struct camera_settings *settings;
    struct stream *streams[CHANNELS];
    struct stream *debug; /* its pictures are what the detector sees */
    struct recorder *recorder;
    struct camera_watch *watch;
    struct activity_log *moved;
    struct motion_events *events;
    struct follower *event_pictures; /* while an event waits for one */
    int64_t moved_us; /* the newest second with motion; 0: none yet */
    enum sacrifice given_up;
};

/* For the recording on a slow disk other things are given up, and come back. */
static void follow_sacrifice(struct camera *cam)
{
    enum sacrifice now = recorder_sacrifice(cam->recorder), before = cam->given_up;

    if (now == before)
        return;
    cam->given_up = now;
    for (int i = 0; i < CHANNELS; i++)
        stream_hold_viewers(cam->streams[i], now >= SACRIFICE_LIVE);
    /* Where only events are recorded, without detection nothing would be. */
    camera_watch_pause_motion(cam->watch, now >= SACRIFICE_DETECTION &&
                                              cam->settings->record != RECORD_EVENTS);
    if (now >= SACRIFICE_SUB && before < SACRIFICE_SUB)
        stream_break(cam->streams[CHANNEL_SUB]);
}

static void on_fragment(void *arg, enum channel channel, const struct fragment *frag)
{
    struct camera *cam = arg;

    follow_sacrifice(cam);
    if (cam->given_up >= SACRIFICE_LIVE)
        recorder_gave_up(cam->recorder, SACRIFICE_LIVE, stream_viewers(cam->streams[channel]));
    if (channel == CHANNEL_SUB && cam->given_up >= SACRIFICE_SUB) {
        recorder_gave_up(cam->recorder, SACRIFICE_SUB, 1);
        fragment_unref(frag);
        return;
    }
    stream_publish(cam->streams[channel], frag);
}

static void on_break(void *arg, enum channel channel)
{
    struct camera *cam = arg;

    stream_break(cam->streams[channel]);
}

static void on_picture(void *arg, enum channel channel, const struct picture *picture)
{
    struct camera *cam = arg;

    stream_publish_picture(cam->streams[channel], picture);
}

static void on_debug(void *arg, const struct picture *view)
{
    struct camera *cam = arg;

    stream_publish_picture(cam->debug, view);
}

static void on_motion(void *arg, const struct motion_report *motion,
                      const struct picture *snapshot)
{
    struct camera *cam = arg;

    recorder_event(cam->recorder, motion->start_us, motion->phase != MOTION_ENDED);
    motion_events_own(cam->events, motion, snapshot);
    picture_unref(snapshot);
}

/* Tampering is told with the camera's health; the other kinds start events. */
static void on_detected(void *arg, enum detected kind, bool on)
{
    struct camera *cam = arg;
    const struct detection_health *detection = camera_watch_detection(cam->watch);

    bool moves = detection->on[DETECTED_MOTION] || detection->on[DETECTED_HUMAN] ||
                 detection->on[DETECTED_VEHICLE];

    if (kind == DETECTED_TAMPER) {
        cam->rooms.on_health(cam->rooms.arg, cam);
        return;
    }
    recorder_event(cam->recorder, clock_wall_us(), moves);
    motion_events_camera(cam->events, moves);
}

static void on_detection(void *arg, const struct detection_health *health)
{
    struct camera *cam = arg;

    motion_events_heard(cam->events, !strcmp(health->state, "on"));
    cam->rooms.on_health(cam->rooms.arg, cam);
}

static void on_activity(void *arg, const struct motion_second *second)
{
    struct camera *cam = arg;
    struct active_second active = { .at_us = second->second_us };

    _Static_assert(sizeof active.cells == sizeof second->cells, "one grid");
    memcpy(active.cells, second->cells, sizeof active.cells);
    activity_log_add(cam->moved, &active);
    cam->moved_us = second->second_us;
}

/* Why there is no video, in the words of a gap. */
static enum gap_cause cause_of(const struct camera_health *health)
{
    static const struct { const char *reason; enum gap_cause cause; } causes[] = {
        { "wrong_password", GAP_LOGIN }, { "login_pause", GAP_LOGIN },
        { "no_answer", GAP_NETWORK },    { "unknown_host", GAP_NETWORK },
        { "no_route", GAP_NETWORK },     { "silent", GAP_NETWORK },
    };

    for (size_t i = 0; i < COUNT_OF(causes); i++)
        if (!strcmp(causes[i].reason, health->reason_code))
            return causes[i].cause;
    return GAP_CAMERA;
}

enum { KEY_MAX = sizeof "camera/" + ID_MAX };

static const char *condition_key(const struct camera_settings *camera, char to[KEY_MAX])
{
    snprintf(to, KEY_MAX, "camera/%s", camera->id);
    return to;
}

/* A camera that is not well is told of as motion is, when that lasts. While it connects
 * nothing is known of it. */
static void tell_condition(const struct camera *cam, const struct camera_health *health)
{
    char key[KEY_MAX], texts[LANGUAGES][sizeof health->reason];
    struct condition condition = {
        .key = condition_key(cam->settings, key),
        .camera = cam->settings,
        .severity = SEVERITY_WARNING,
        .grace_us = cam->set->alerts.health.camera_us,
    };

    if (health->state == CAMERA_RECORDING)
        duty_condition_over(cam->rooms.duty, key);
    if (health->state == CAMERA_RECORDING || health->state == CAMERA_CONNECTING)
        return;
    for (int i = 0; i < LANGUAGES; i++) {
        camera_watch_reason(cam->watch, (enum language)i, texts[i], sizeof texts[i]);
        condition.texts[i] = texts[i];
    }
    duty_condition_lasts(cam->rooms.duty, &condition);
}

static void on_health(void *arg, const struct camera_health *health)
{
    struct camera *cam = arg;

    if (!camera_state_records(health->state)) {
        recorder_explain(cam->recorder, cause_of(health), health->reason);
        motion_events_lost(cam->events);
        recorder_event(cam->recorder, clock_wall_us(), false);
    }
    tell_condition(cam, health);
    cam->rooms.on_health(cam->rooms.arg, cam);
}

static const struct camera_listener listener = {
    .on_fragment = on_fragment,
    .on_break = on_break,
    .on_picture = on_picture,
    .on_debug = on_debug,
    .on_motion = on_motion,
    .on_activity = on_activity,
    .on_health = on_health,
    .on_detected = on_detected,
    .on_detection = on_detection,
};

/* Pictures are made by the channel that the detector looks at. */
static enum channel looked_at(const struct camera *cam)
{
    return cam->settings->sub_url ? CHANNEL_SUB : CHANNEL_MAIN;
}

static void on_pictures_wanted(void *arg, bool wanted)
{
    struct camera *cam = arg;

    camera_watch_want_pictures(cam->watch, looked_at(cam), wanted);
}

static void on_debug_wanted(void *arg, bool wanted)
{
    struct camera *cam = arg;

    camera_watch_want_debug(cam->watch, wanted);
    if (!wanted)
        stream_break(cam->debug); /* the next one is not shown what was */
}

/* ---- pictures for the events --------------------------------------------------------- */

static const struct picture *latest_picture(void *arg)
{
    return camera_picture(arg);
}

static void on_event_picture(void *arg, const struct picture *picture)
{
    struct camera *cam = arg;

    motion_events_picture(cam->events, picture);
}

static void want_event_picture(void *arg, bool wanted)
{
    struct camera *cam = arg;

    follower_stop(cam->event_pictures);
    cam->event_pictures =
        wanted ? stream_follow_pictures(cam->streams[looked_at(cam)], on_event_picture, cam)
               : NULL;
}

/* ---- life ---------------------------------------------------------------------------- */

struct camera *camera_start(const struct camera_rooms *rooms, const struct settings *set,
                            const struct camera_settings *settings)
{
    struct camera *cam = xcalloc(1, sizeof *cam);

    memcpy((void *)&cam->rooms, rooms, sizeof *rooms);
    cam->began_with = settings_ref(set);
    cam->set = settings_ref(set);
    cam->settings = settings;
    for (int i = 0; i < CHANNELS; i++)
        cam->streams[i] = stream_new(settings->id, SECONDS_US(REMEMBER_S), REMEMBER_BYTES);
    cam->debug = stream_new(settings->id, 0, 0);
    struct motion_events_hooks hooks = { latest_picture, want_event_picture, cam };
    cam->events = motion_events_new(rooms->loop, rooms->duty, settings, &hooks);
    cam->recorder = recorder_start(rooms->storage, settings, cam->streams[CHANNEL_MAIN]);
    cam->moved = activity_log_start(rooms->loop, rooms->records, settings->id);
    cam->watch = camera_watch_start(rooms->watch, set, settings, &listener, cam);
    stream_on_pictures_wanted(cam->streams[looked_at(cam)], on_pictures_wanted, cam);
    stream_on_pictures_wanted(cam->debug, on_debug_wanted, cam);
    return cam;
}

void camera_stop(struct camera *cam)
{
    if (!cam)
        return;
    motion_events_free(cam->events); /* it may still want a picture of the watch */
    camera_watch_stop(cam->watch);
    activity_log_stop(cam->moved);
    recorder_stop(cam->recorder);
    for (int i = 0; i < CHANNELS; i++)
        stream_free(cam->streams[i]);
    stream_free(cam->debug);
    settings_unref(cam->set);
    settings_unref(cam->began_with);
    free(cam);
}

/* The camera's own detection may be another, or none, now. */
static void follow_detection(struct camera *cam)
{
    const struct detection_health *detection = camera_watch_detection(cam->watch);
    bool heard = detection && !strcmp(detection->state, "on");

    if (!heard)
        motion_events_camera(cam->events, false);
    motion_events_heard(cam->events, heard);
    cam->rooms.on_health(cam->rooms.arg, cam);
}

void camera_keep(struct camera *cam, const struct settings *set,
                 const struct camera_settings *settings)
{
    const struct settings *before = cam->set;

    cam->set = settings_ref(set);
    cam->settings = settings;
    camera_watch_keep(cam->watch, set, settings);
    motion_events_keep(cam->events, settings);
    follow_detection(cam);
    settings_unref(before);
}

const struct camera_settings *camera_settings_of(const struct camera *cam)
{
    return cam->settings;
}

struct stream *camera_stream(struct camera *cam, bool sub)
{
    if (sub && !cam->settings->sub_url)
        return NULL;
    return cam->streams[sub ? CHANNEL_SUB : CHANNEL_MAIN];
}

struct stream *camera_debug_stream(struct camera *cam)
{
    return cam->debug;
}

const struct camera_health *camera_health_of(const struct camera *cam)
{
    return camera_watch_health(cam->watch);
}

void camera_learn_view(struct camera *cam)
{
    camera_watch_forget_view(cam->watch);
}

const struct picture *camera_picture(struct camera *cam)
{
    return stream_picture(cam->streams[looked_at(cam)]);
}

static json_t *time_json(int64_t us)
{
    char text[TIME_TEXT_MAX];

    return us ? json_string(time_text(us, text)) : json_null();
}

static json_t *channel_json(const struct camera *cam, enum channel channel)
{
    const struct channel_facts *facts = &camera_watch_health(cam->watch)->channels[channel];
    const struct init *init = stream_init(cam->streams[channel]);

    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:f, s:f, s:I, s:f, s:b, s:s}", "transport",
                     facts->transport, "codec", facts->codec, "codecs", init ? init->codecs : "", "width", facts->width,
                     "height", facts->height, "fps", facts->fps, "declared_fps",
                     facts->declared_fps, "bits_per_s", (json_int_t)facts->bits_per_s, "gop_s",
                     facts->gop_s, "b_frames", facts->reorder > 0, "audio", facts->audio);
}

static json_t *advice_json(const struct camera *cam)
{
    struct camera_advice advice[CAMERA_ADVICE_MAX];
    size_t count = camera_watch_advice(cam->watch, advice);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "code", advice[i].code, "text",
                                              advice[i].text));
    return list;
}

/* Seconds that the camera's clock is before ours; null where it tells none. */
static json_t *clock_json(const struct channel_facts *main)
{
    return main->clock_known ? json_real((double)main->clock_ahead_ms / 1000) : json_null();
}

/* null: the camera's own detection is not listened to. */
static json_t *detection_json(const struct camera *cam)
{
    const struct detection_health *d = camera_watch_detection(cam->watch);

    if (!d)
        return json_null();
    json_t *offset = d->clock_known ? json_real((double)d->clock_offset_us / 1e6)
                                    : json_null();
    return json_pack("{s:s, s:s, s:o, s:o, s:I, s:I, s:b, s:b, s:b, s:b}", "state", d->state,
                     "reason_code", d->reason_code, "since", time_json(d->since_us),
                     "clock_offset_s", offset, "events", (json_int_t)d->events, "left_out",
                     (json_int_t)d->left_out, "motion", d->on[DETECTED_MOTION], "human",
                     d->on[DETECTED_HUMAN], "vehicle", d->on[DETECTED_VEHICLE], "tamper",
                     d->on[DETECTED_TAMPER]);
}

json_t *camera_json(const struct camera *cam)
{
    const struct camera_health *health = camera_watch_health(cam->watch);
    char reason[sizeof health->reason];

    camera_watch_reason(cam->watch, text_language(), reason, sizeof reason);

    return json_pack("{s:s, s:o, s:s, s:s, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "state",
                     camera_state_word(health->state), "since", time_json(health->since_us),
                     "reason_code", health->reason_code, "reason", reason, "last_frame",
                     time_json(health->last_frame_us), "reconnects",
                     (json_int_t)health->reconnects, "lost_packets",
                     (json_int_t)health->lost_packets, "damaged_frames",
                     (json_int_t)health->damaged_frames, "last_motion",
                     time_json(cam->moved_us), "clock_ahead_s",
                     clock_json(&health->channels[CHANNEL_MAIN]), "advice", advice_json(cam),
                     "main",
                     channel_json(cam, CHANNEL_MAIN), "sub",
                     cam->settings->sub_url ? channel_json(cam, CHANNEL_SUB) : json_null(),
                     "onvif", detection_json(cam));
}
