#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "inside.h"
#include "media/mp4.h"
#include "wire/debug_link.h"

/* A run's first moment may lie so far back (the camera sent a burst, kengd was busy) and
 * so far ahead (another thread read the clock a moment later). Else it is not believed.
 */
#define BEHIND_US SECONDS_US(10)
#define AHEAD_US  SECONDS_US(2)

/* Within a run decode times follow the monotonic clock, so that a wall clock that is set
 * does not touch them. Beyond these a process invents them. */
#define RUN_BEHIND_US SECONDS_US(60)
#define RUN_AHEAD_US  SECONDS_US(5)

/* A last picture is taken to last as long as the one before it; beyond this no camera
 * plays. */
#define LONG_US SECONDS_US(60)

/* What overlaps the fragment before by more goes into a file of its own. */
#define OVERLAP_US SECONDS_US(1)

static bool is_believed(int64_t us, int64_t now)
{
    return us >= now - BEHIND_US && us <= now + AHEAD_US;
}

bool take_init(struct channel_watch *ch, const struct wire_header *h, const uint8_t *body)
{
    size_t text = 1 + (size_t)body[0];
    int64_t now = clock_wall_us();
    struct error err;

    if (text >= h->size)
        return false;
    struct init *init = mp4_read_init(body + text, h->size - text, &err);
    if (!init) {
        log_error("an init segment cannot be", "camera=%s why='%s'", ch->cam->camera->id,
                  err.text);
        return false;
    }
    init->run_us = is_believed(h->time_us, now) ? h->time_us : now;
    init->clock_trusted = clock_is_trusted();
    init_unref(ch->init);
    ch->init = init;
    ch->any = false;
    ch->run_mono_us = clock_mono_us();
    return true;
}

/* NULL: it follows the one before it, in time. */
static const char *what_is_wrong(const struct channel_watch *ch,
                                 const struct mp4_fragment *read, int64_t dts_us)
{
    int64_t ahead = dts_us - (clock_mono_us() - ch->run_mono_us);

    if (ch->any && read->dts <= ch->last_dts)
        return "a step back in time";
    if (ahead > RUN_AHEAD_US || ahead < -RUN_BEHIND_US)
        return "a time that is not now";
    return mp4_us(read->duration, ch->init->timescale) > LONG_US ? "longer than a minute"
                                                                 : NULL;
}

bool take_fragment(struct channel_watch *ch, const struct wire_header *h)
{
    struct fragment *frag = ch->cam->fragment;
    struct mp4_fragment read;
    struct error err;
    const char *wrong = NULL;

    if (!mp4_read_fragment(frag->init, frag->bytes, frag->size, &read, &err))
        wrong = err.text;
    else
        wrong = what_is_wrong(ch, &read, mp4_us(read.dts, frag->init->timescale));
    if (wrong) {
        log_error("a fragment cannot be", "camera=%s why='%s'", ch->cam->camera->id,
                  wrong);
        return false;
    }
    int64_t dts_us = mp4_us(read.dts, frag->init->timescale);
    if (ch->any && dts_us < ch->run_end_us - OVERLAP_US &&
        !child_grants(ch->cam, RATION_RUNS))
        return false;
    frag->dts = read.dts;
    frag->start_us = frag->init->run_us + dts_us;
    frag->duration_us = mp4_us(read.duration, frag->init->timescale);
    frag->keyframe = read.keyframe;
    frag->damaged = h->flags & WIRE_DAMAGED;
    ch->any = true;
    ch->last_dts = read.dts;
    ch->run_end_us = dts_us + frag->duration_us;

    ch->cam->fragment = NULL;
    if (ch->number == CHANNEL_MAIN) {
        health_saw_picture(&ch->cam->health);
        if (!camera_state_records(ch->cam->health.is.state))
            camera_look(ch->cam);
    }
    ch->cam->listener->on_fragment(ch->cam->arg, ch->number, frag);
    return true;
}

void take_broken(struct channel_watch *ch)
{
    bool was = ch->init != NULL;

    init_unref(ch->init);
    ch->init = NULL;
    if (ch->number == CHANNEL_MAIN)
        health_broke_off(&ch->cam->health);
    if (was)
        ch->cam->listener->on_break(ch->cam->arg, ch->number);
}

/* Width and height out of the frame header (ITU-T T.81, B.2.2). False: not a JPEG. */
static bool read_jpeg_size(const uint8_t *at, size_t size, uint16_t *width,
                           uint16_t *height)
{
    size_t i = 2;

    if (size < 4 || at[0] != 0xff || at[1] != 0xd8)
        return false;
    while (i + 9 <= size && at[i] == 0xff) {
        uint8_t marker = at[i + 1];
        size_t length = (size_t)at[i + 2] << 8 | at[i + 3];
        if (marker == 0xff) {
            i++;
            continue;
        }
        bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
                     marker != 0xc8 && marker != 0xcc;
        if (frame) {
            *height = (uint16_t)(at[i + 5] << 8 | at[i + 6]);
            *width = (uint16_t)(at[i + 7] << 8 | at[i + 8]);
            return *width > 0 && *height > 0;
        }
        if (length < 2)
            return false;
        i += 2 + length;
    }
    return false;
}

/* What was seen some seconds before it was decided keeps its time, unless that is wild.
 */
static int64_t picture_time(int64_t told_us, int64_t now)
{
    return told_us >= now - SECONDS_US(600) && told_us <= now + AHEAD_US ? told_us : now;
}

bool take_picture(struct channel_watch *ch, const struct wire_header *h)
{
    struct camera_watch *cam = ch->cam;
    struct picture *picture = cam->picture;
    int64_t now = clock_wall_us();

    if (!read_jpeg_size(picture->bytes, picture->size, &picture->width, &picture->height))
        return false;
    cam->picture = NULL;
    picture->at_us = picture_time(h->time_us, now);
    if (h->flags & WIRE_SNAPSHOT) {
        picture_unref(cam->snapshot);
        cam->snapshot = picture;
    } else {
        cam->listener->on_picture(cam->arg, ch->number, picture);
    }
    return true;
}

/* What comes when nobody looks any more was still on its way. */
bool take_debug(struct channel_watch *ch, const struct wire_header *h)
{
    struct camera_watch *cam = ch->cam;
    struct picture *view = cam->picture;

    if (!link_check_debug(view->bytes, view->size, NULL))
        return false;
    cam->picture = NULL;
    view->at_us = picture_time(h->time_us, clock_wall_us());
    view->width = view->bytes[0];
    view->height = view->bytes[1];
    if (cam->debug_wanted)
        cam->listener->on_debug(cam->arg, view);
    else
        picture_unref(view);
    return true;
}

bool take_motion(struct channel_watch *ch, const uint8_t *body, size_t size)
{
    struct camera_watch *cam = ch->cam;
    struct picture *snapshot = cam->snapshot;
    int64_t now = clock_wall_us();
    struct camera_motion in;

    if (!link_read_motion(body, size, &in, NULL) ||
        (in.phase == CAMERA_MOTION_BEGAN && !child_grants(cam, RATION_EVENTS)))
        return false;
    struct motion_report out = { .phase = (enum motion_phase)in.phase,
                                 .number = in.number,
                                 .start_us = picture_time(in.start_us, now),
                                 .at_us = picture_time(in.at_us, now),
                                 .decided_us = picture_time(in.decided_us, now),
                                 .score = in.score,
                                 .way = in.way };
    _Static_assert((int)MOTION_MOVED == (int)CAMERA_MOTION_MOVED, "one order");
    _Static_assert(sizeof out.zone == sizeof in.zone, "as long");
    memcpy(out.box, in.box, sizeof out.box);
    memcpy(out.zone, in.zone, sizeof out.zone);
    cam->snapshot = NULL;
    cam->listener->on_motion(cam->arg, &out, snapshot);
    return true;
}

bool take_view(struct channel_watch *ch, const uint8_t *body, size_t size)
{
    static const char *const codes[CAMERA_VIEW_KINDS] = {
        [CAMERA_VIEW_WELL] = NULL,
        [CAMERA_VIEW_FROZEN] = REASON_FROZEN,
        [CAMERA_VIEW_DARK] = REASON_DARK,
        [CAMERA_VIEW_FLAT] = REASON_FLAT,
        [CAMERA_VIEW_BLURRED] = REASON_BLURRED,
        [CAMERA_VIEW_TURNED] = REASON_TURNED
    };
    struct camera_watch *cam = ch->cam;
    struct camera_view in;

    if (!link_read_view(body, size, &in, NULL))
        return false;
    if (in.memory_size)
        memcpy(cam->view_memory, in.memory, in.memory_size);
    cam->view_memory_size = in.memory_size;
    health_sees(&cam->health, codes[in.kind]);
    camera_look(cam);
    return true;
}

bool take_activity(struct channel_watch *ch, const struct wire_header *h,
                   const uint8_t *body)
{
    int64_t now = clock_wall_us();
    struct motion_second out = { .second_us = h->time_us - h->time_us % SECONDS_US(1) };

    _Static_assert(sizeof out.cells == LINK_ACTIVITY, "as many cells");
    if (!link_read_activity(body, h->size, out.cells, NULL))
        return false;
    if (picture_time(out.second_us, now) == out.second_us) /* else the clock was set */
        ch->cam->listener->on_activity(ch->cam->arg, &out);
    return true;
}
