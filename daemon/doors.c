/* What the web room may ask of the rest of kengd, and what it is told of cameras. */
#include <unistd.h>

#include "backup/backup.h"
#include "core/clock.h"
#include "inside.h"

static struct stream *door_stream(void *arg, const char *camera, bool sub)
{
    struct camera *cam = kengd_find_camera(arg, camera);

    return cam ? camera_stream(cam, sub) : NULL;
}

static struct stream *door_debug(void *arg, const char *camera)
{
    struct camera *cam = kengd_find_camera(arg, camera);

    return cam ? camera_debug_stream(cam) : NULL;
}

static json_t *door_camera(void *arg, const char *camera)
{
    struct camera *cam = kengd_find_camera(arg, camera);

    return cam ? camera_json(cam) : NULL;
}

static json_t *door_health(void *arg)
{
    struct kengd *k = arg;
    struct volume_state all;

    storage_state(k->storage, &all);
    return json_pack("{s:s, s:i, s:I, s:b, s:b, s:o, s:o, s:o}", "version", KENGD_VERSION,
                     "pid", (int)getpid(), "uptime_s",
                     (json_int_t)((clock_mono_us() - k->started_us) / 1000000),
                     "clock_trusted", clock_is_trusted(), "clock_said",
                     k->clock_said && clock_is_trusted() && !clock_is_synchronised(),
                     "disk", disks_json(k), "rebuild", comparison_json(&all.compared),
                     "check", checking_json(&all.checking));
}

static void on_learn(void *arg, const char *camera)
{
    struct camera *found = kengd_find_camera(arg, camera);

    if (found)
        camera_learn_view(found);
}

static void door_login_failed(void *arg, const char *place, int mark)
{
    struct kengd *k = arg;

    watch_login_failed(k->watch, place, mark);
}

struct web_doors doors_of(struct kengd *k)
{
    return (struct web_doors){
        .arg = k,
        .stream = door_stream,
        .debug = door_debug,
        .camera = door_camera,
        .health = door_health,
        .answer = door_answer,
        .raise = door_raise,
        .test = door_test,
        .delivered = door_delivered,
        .export_start = door_export_start,
        .export_permille = door_export_permille,
        .export_key = door_export_key,
        .holds = door_holds,
        .hold_add = door_hold_add,
        .hold_release = door_hold_release,
        .rebuild = door_rebuild,
        .scrub = door_scrub,
        .backup = backup_gather,
        .clock_trust = door_clock_trust,
        .mute = door_mute,
        .explain = door_explain,
        .has_channel = duty_has_channel,
        .push_key = door_push_key,
        .login_failed = door_login_failed,
        .phone_ready = door_phone_ready,
        .learn = on_learn,
        .reload = kengd_reload,
    };
}
