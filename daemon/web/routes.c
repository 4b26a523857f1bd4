#include <string.h>

#include "core/memory.h"
#include "inside.h"

#define GET    EVHTTP_REQ_GET
#define POST   EVHTTP_REQ_POST
#define DELETE EVHTTP_REQ_DELETE

/* Every address there is. One without a row does not exist; one whose right is forgotten is
 * nobody's. */
const struct route routes[] = {
    { GET, "/", RIGHT_OPEN, SCOPE_NONE, page_root },
    { GET, "/screen", RIGHT_OPEN, SCOPE_NONE, page_screen },
    { GET, "/phone", RIGHT_OPEN, SCOPE_NONE, page_phone },
    { GET, "/console", RIGHT_OPEN, SCOPE_NONE, page_console },
    { GET, "/enter", RIGHT_OPEN, SCOPE_NONE, page_enter },
    { GET, "/pair", RIGHT_OPEN, SCOPE_NONE, page_pair },
    { GET, "/shared", RIGHT_OPEN, SCOPE_NONE, page_shared },
    { GET, "/sw.js", RIGHT_OPEN, SCOPE_NONE, page_worker },
    { GET, "/ui/{file}", RIGHT_OPEN, SCOPE_NONE, page_file },
    { GET, "/healthz", RIGHT_OPEN, SCOPE_NONE, health_live },
    { GET, "/readyz", RIGHT_PROBE, SCOPE_NONE, health_ready },
    { GET, "/metrics", RIGHT_PROBE, SCOPE_NONE, metrics_text },
    { POST, "/api/session", RIGHT_OPEN, SCOPE_NONE, session_open },
    { DELETE, "/api/session", RIGHT_OPEN, SCOPE_NONE, session_end },

    { POST, "/api/pair", RIGHT_OPEN, SCOPE_NONE, pairing_redeem },
    { POST, "/api/pairings", RIGHT_PAIR, SCOPE_NONE, pairing_new },
    { POST, "/api/screens/code", RIGHT_OPEN, SCOPE_NONE, screen_code },
    { GET, "/api/screens", RIGHT_PAIR, SCOPE_NONE, screens_list },
    { POST, "/api/screens/approve", RIGHT_PAIR, SCOPE_NONE, screen_approve },
    { GET, "/api/devices", RIGHT_VIEW, SCOPE_NONE, devices_get },
    { DELETE, "/api/devices/{id}", RIGHT_VIEW, SCOPE_ROW, device_delete },

    { GET, "/api/site", RIGHT_VIEW, SCOPE_NONE, site_get },
    { GET, "/api/people", RIGHT_ANSWER, SCOPE_NONE, people_list },
    { GET, "/api/areas", RIGHT_VIEW, SCOPE_NONE, areas_list },
    { GET, "/api/cameras", RIGHT_VIEW, SCOPE_NONE, cameras_list },
    { GET, "/api/cameras/{id}", RIGHT_VIEW, SCOPE_CAMERA, camera_get },
    { GET, "/api/cameras/{id}/latest.jpg", RIGHT_VIEW, SCOPE_CAMERA, still_latest },
    { GET, "/api/cameras/{id}/live.mp4", RIGHT_VIEW, SCOPE_CAMERA, mp4_live },
    { GET, "/api/cameras/{id}/live.mjpeg", RIGHT_VIEW, SCOPE_CAMERA, mjpeg_live },
    { GET, "/api/live", RIGHT_VIEW, SCOPE_NONE, live_open },
    { GET, "/api/feed", RIGHT_VIEW, SCOPE_NONE, feed_open },

    { GET, "/api/cameras/{id}/recordings", RIGHT_PLAYBACK, SCOPE_FOOTAGE,
      recordings_list },
    { GET, "/api/cameras/{id}/playback.m3u8", RIGHT_PLAYBACK, SCOPE_FOOTAGE,
      playlist_get },
    { GET, "/api/cameras/{id}/fragments", RIGHT_PLAYBACK, SCOPE_FOOTAGE, fragments_list },
    { GET, "/api/cameras/{id}/activity", RIGHT_PLAYBACK, SCOPE_FOOTAGE, activity_get },
    { GET, "/api/cameras/{id}/clip.mp4", RIGHT_PLAYBACK, SCOPE_FOOTAGE, clip_get },
    { GET, "/api/cameras/{id}/live.m3u8", RIGHT_VIEW, SCOPE_CAMERA, live_playlist },
    { GET, "/api/segments/{id}.mp4", RIGHT_VIEW, SCOPE_ROW, segment_bytes },

    { GET, "/api/events", RIGHT_VIEW, SCOPE_NONE, events_get_list },
    { GET, "/api/events/{id}", RIGHT_VIEW, SCOPE_ROW, event_get_one },
    { GET, "/api/events/{id}/snapshot.jpg", RIGHT_VIEW, SCOPE_ROW, event_snapshot },
    { GET, "/api/events/{id}/clip.mp4", RIGHT_VIEW, SCOPE_ROW, event_clip },
    { POST, "/api/events/{id}/share", RIGHT_ANSWER, SCOPE_ROW, event_share },
    { POST, "/api/events/{id}/passed", RIGHT_ANSWER, SCOPE_ROW, event_passed },
    { POST, "/api/shared", RIGHT_OPEN, SCOPE_NONE, shared_get },
    { GET, "/api/shared/{id}/snapshot.jpg", RIGHT_OPEN, SCOPE_ROW, shared_snapshot },
    { GET, "/api/shared/{id}/clip.mp4", RIGHT_OPEN, SCOPE_ROW, shared_clip },
    { GET, "/api/alerts", RIGHT_VIEW, SCOPE_NONE, alerts_get_list },
    { GET, "/api/alerts/{id}", RIGHT_VIEW, SCOPE_ROW, alert_get_one },
    { POST, "/api/alerts/{id}/acknowledge", RIGHT_ANSWER, SCOPE_ROW, alert_acknowledge },
    { POST, "/api/alerts/{id}/false-alarm", RIGHT_ANSWER, SCOPE_ROW, alert_false_alarm },
    { POST, "/api/alerts/{id}/resolve", RIGHT_ANSWER, SCOPE_ROW, alert_resolve },
    { POST, "/api/alerts/{id}/delivered", RIGHT_VIEW, SCOPE_ROW, alert_delivered },
    { POST, "/api/alarm", RIGHT_RAISE, SCOPE_NONE, alarm_raise },

    { POST, "/api/exports", RIGHT_EXPORT, SCOPE_NONE, export_start },
    { GET, "/api/exports", RIGHT_EXPORT, SCOPE_NONE, export_list },
    { GET, "/api/exports/{id}", RIGHT_EXPORT, SCOPE_ROW, export_get_one },
    { GET, "/api/exports/{id}.zip", RIGHT_EXPORT, SCOPE_ROW, export_package },
    { GET, "/api/export-key", RIGHT_EXPORT, SCOPE_NONE, export_key },

    { GET, "/api/push", RIGHT_VIEW, SCOPE_NONE, push_get },
    { POST, "/api/push", RIGHT_VIEW, SCOPE_NONE, push_subscribe },
    { DELETE, "/api/push", RIGHT_VIEW, SCOPE_NONE, push_end },
    { POST, "/api/push/test", RIGHT_VIEW, SCOPE_NONE, push_test },
    { GET, "/api/mutes", RIGHT_VIEW, SCOPE_NONE, mutes_list },
    { POST, "/api/mute", RIGHT_ANSWER, SCOPE_NONE, mute_begin },
    { DELETE, "/api/mutes/{id}", RIGHT_ANSWER, SCOPE_ROW, mute_stop },
    { GET, "/p/{id}", RIGHT_OPEN, SCOPE_NONE, picture_by_link },
    { POST, "/api/holds", RIGHT_EXPORT, SCOPE_NONE, hold_add },
    { GET, "/api/holds", RIGHT_EXPORT, SCOPE_NONE, hold_list },
    { DELETE, "/api/holds/{id}", RIGHT_EXPORT, SCOPE_ROW, hold_release },

    { GET, "/api/access-log", RIGHT_MANAGE, SCOPE_NONE, access_log_list },
    { GET, "/api/access-log/looks", RIGHT_PAIR, SCOPE_NONE, access_looks_list },
    { GET, "/api/control/status", RIGHT_CONTROL, SCOPE_NONE, control_status },
    { POST, "/api/control/cameras/{id}/learn", RIGHT_CONTROL, SCOPE_CAMERA,
      control_learn },
    { POST, "/api/control/reload", RIGHT_CONTROL, SCOPE_NONE, control_reload },
    { POST, "/api/control/tokens", RIGHT_CONTROL, SCOPE_NONE, control_token_new },
    { GET, "/api/control/tokens", RIGHT_CONTROL, SCOPE_NONE, control_tokens },
    { DELETE, "/api/control/tokens/{id}", RIGHT_CONTROL, SCOPE_NONE,
      control_token_revoke },
    { POST, "/api/control/logins", RIGHT_CONTROL, SCOPE_NONE, control_logins },
    { GET, "/api/control/explain", RIGHT_CONTROL, SCOPE_NONE, control_explain },
    { POST, "/api/control/screens/approve", RIGHT_CONTROL, SCOPE_NONE, screen_approve },
    { POST, "/api/control/test-alert", RIGHT_CONTROL, SCOPE_NONE, control_test_alert },
    { GET, "/api/control/access-log", RIGHT_CONTROL, SCOPE_NONE, control_access_verify },
    { GET, "/api/control/backup", RIGHT_CONTROL, SCOPE_NONE, control_backup },
    { POST, "/api/control/scrub", RIGHT_CONTROL, SCOPE_NONE, control_scrub },
    { POST, "/api/control/rebuild", RIGHT_CONTROL, SCOPE_NONE, control_rebuild },
    { POST, "/api/control/clock/trust", RIGHT_CONTROL, SCOPE_NONE, control_clock_trust },
};
const size_t route_count = COUNT_OF(routes);

enum { ID_BYTES = 64 };

static size_t id_length(const char *path)
{
    return strspn(path,
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
}

/* A file's path: names that begin with a letter or digit, so no hidden files. */
static size_t file_length(const char *path)
{
    size_t length = id_length(path);

    while (length > 0 && (path[length] == '.' || path[length] == '/')) {
        size_t more = id_length(path + length + 1);
        if (more == 0)
            return 0;
        length += 1 + more;
    }
    return length;
}

bool route_fits(const char *pattern, const char *path, char arg[ROUTE_ARG_MAX])
{
    arg[0] = 0;
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        bool file = pattern[1] == 'f';
        size_t length = file ? file_length(path) : id_length(path);
        if (length == 0 || length > (file ? ROUTE_ARG_MAX - 1 : ID_BYTES))
            return false;
        memcpy(arg, path, length);
        arg[length] = 0;
        path += length;
        pattern = strchr(pattern, '}') + 1;
    }
    return !*path;
}

const struct route *route_find(enum evhttp_cmd_type method, const char *path,
                               char arg[ROUTE_ARG_MAX], bool *other_method)
{
    enum evhttp_cmd_type wanted = method == EVHTTP_REQ_HEAD ? EVHTTP_REQ_GET : method;

    *other_method = false;
    for (size_t i = 0; i < route_count; i++) {
        if (!route_fits(routes[i].pattern, path, arg))
            continue;
        if (routes[i].method == wanted)
            return &routes[i];
        *other_method = true;
    }
    return NULL;
}
