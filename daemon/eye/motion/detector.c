#include "detector.h"

#include <libavutil/log.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "analysis.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "debug.h"
#include "decode.h"
#include "own_time.h"
#include "schedule.h"
#include "telling.h"
#include "view.h"
#include "zones.h"

/* A process that dies costs its successor at most so much of what was learned. */
#define VIEW_MEMORY_US SECONDS_US(300)

/* Where nobody detects a keyframe is decoded for the view so often: a frozen or covered one is
 * told after minutes. */
#define VIEW_LOOK_US MILLIS_US(1800)

struct detector {
    struct motion_setup setup;
    struct tuning set;
    struct motion_listener listener;
    void *arg;
    struct motion_counts counts;

    struct own_time time;

    struct parameters *parameters; /* the decoder's */
    struct decoder *decoder;       /* NULL: none yet, or these parameters are unusable */
    bool blind;                    /* the latter, and it was logged */
    struct schedule *schedule;
    struct analysis *analysis; /* NULL: no picture yet */
    int width, height;         /* of its pictures */

    struct activity activity;
    struct telling telling;

    struct view *view; /* NULL: nobody asks */
    enum view_kind told;
    int64_t viewed_us; /* when nobody detects: the last look */
    int64_t told_us; /* when its memory was handed over */

    bool wanted, pictured;
    int64_t pictured_us;

    struct debug_sheet *sheet; /* NULL: nobody looks on */
    int64_t shown_us;          /* the picture of the last view */

    bool key_seen;
    int64_t key_us; /* the newest one's */
};

/* One packet on its way through the decoder. */
struct passage {
    struct detector *d;
    const struct held *packet;
    struct look look;
    float futility;
    struct sight *sight;
};

static void give_picture(struct detector *d, const AVFrame *picture, int64_t at_us)
{
    int size[2];

    if (!d->wanted ||
        (d->pictured && at_us - d->pictured_us < d->set.picture_us &&
         d->pictured_us - at_us < SECONDS_US(10))) /* farther back: time has leapt */
        return;
    d->pictured = true;
    d->pictured_us = at_us;
    if (telling_draw(&d->telling, picture, size))
        d->listener.on_picture(d->arg, d->telling.jpeg.at, d->telling.jpeg.size, at_us + d->time.wall_us,
                               size[0], size[1]);
}

/* False: the picture cannot be looked at. */
static bool fit_analysis(struct detector *d, const AVFrame *picture)
{
    struct grid grid;

    if (d->analysis && d->width == picture->width && d->height == picture->height)
        return true;
    if (!grid_fit(&grid, picture->width, picture->height))
        return false;
    analysis_free(d->analysis);
    telling_forget_portrait(&d->telling);
    d->analysis = analysis_new(&d->set, &d->setup, &grid);
    d->width = picture->width;
    d->height = picture->height;
    return true;
}

static void note_activity(struct detector *d, int64_t at_us)
{
    uint8_t bits[MOTION_ACTIVITY_BYTES] = { 0 };

    analysis_activity(d->analysis, at_us, bits);
    activity_add(&d->activity, at_us + d->time.wall_us, bits, d->listener.on_activity, d->arg);
}

/* What was learned is handed over now and then, and with each change. */
static void watch_view(struct detector *d, const AVFrame *picture, bool key, int64_t at_us)
{
    uint8_t memory[VIEW_MEMORY];

    if (!d->view)
        return;
    enum view_kind kind =
        view_look(d->view, analysis_grid(d->analysis), analysis_measured(d->analysis),
                  decoded_colour(picture), key, at_us);
    if (kind == d->told && at_us - d->told_us < VIEW_MEMORY_US && at_us >= d->told_us)
        return;
    d->told = kind;
    d->told_us = at_us;
    d->listener.on_view(d->arg, kind, memory, view_remember(d->view, memory));
}

static void show(struct detector *d, const struct analysis_view *seen, float futility,
                 int64_t at_us)
{
    int64_t since_us = at_us - d->shown_us;

    if (!d->sheet || (since_us >= 0 && since_us < d->set.analysis_us / 2))
        return;
    d->shown_us = at_us;
    debug_draw(d->sheet, d->analysis, seen, at_us);
    d->sheet->view.at_us = at_us + d->time.wall_us;
    d->sheet->view.watching = schedule_is_watching(d->schedule);
    d->sheet->view.futility = futility;
    d->listener.on_debug(d->arg, &d->sheet->view);
}

static void look_at(struct passage *p, const AVFrame *picture, int64_t at_us)
{
    struct detector *d = p->d;
    struct analysis_view view;
    struct luma luma;

    if (!decoded_luma(picture, &luma) || !fit_analysis(d, picture))
        return;
    d->counts.analysed++;
    if (!schedule_is_watching(d->schedule))
        analysis_remember(d->analysis); /* the schedule may lead back to before it */
    analysis_look(d->analysis, &luma, at_us, p->futility, &view);
    watch_view(d, picture, p->packet->key && at_us == p->packet->at_us, at_us);
    p->sight->looked = true;
    p->sight->looked_us = at_us;
    p->sight->candidates = view.candidates;
    p->sight->followed = view.followed;
    p->sight->suspicion = view.suspicion;
    p->sight->largest = view.largest;
    note_activity(d, at_us);
    p->sight->confirmed |= telling_see(&d->telling, d->analysis, picture, at_us);
    show(d, &view, p->futility, at_us);
    give_picture(d, picture, at_us);
}

static void on_decoded(void *arg, AVFrame *picture, int64_t at_us)
{
    struct passage *p = arg;
    bool own = p->look.own && at_us == p->packet->at_us;

    if (own || at_us >= p->look.from_us)
        look_at(p, picture, at_us);
}

static void decode(void *arg, const struct held *packet, struct look look, float futility,
                   struct sight *sight)
{
    struct detector *d = arg;
    struct passage p = { d, packet, look, futility, sight };

    if (!d->decoder)
        return;
    d->counts.decoded++;
    decoder_packet(d->decoder, packet, look.own || packet->at_us >= look.from_us, on_decoded, &p);
}

static void leap(void *arg, bool back)
{
    struct detector *d = arg;

    if (d->decoder)
        decoder_flush(d->decoder);
    if (back && d->analysis)
        analysis_go_back(d->analysis);
}

static int at_most(int count, size_t room)
{
    return count < (int)room ? count : (int)room;
}

static void take_setup(struct detector *d, const struct motion_setup *setup)
{
    d->setup = *setup;
    d->setup.zone_count = at_most(setup->zone_count, COUNT_OF(setup->zones));
    d->setup.mask_count = at_most(setup->mask_count, COUNT_OF(setup->masks));
    d->set = tuning_for(setup->sensitivity);
    d->set.smallest_share = zones_smallest(&d->setup, d->set.usual_share);
}

struct detector *detector_new(const struct motion_setup *setup,
                              const struct motion_listener *listener, void *arg)
{
    static const struct schedule_eye eye = { .decode = decode, .leap = leap };
    struct detector *d = xcalloc(1, sizeof *d);

    /* A camera's faults are no lines of ours, and libavutil's writer asks the terminal
     * for its colours, which the sandbox forbids. */
    av_log_set_level(AV_LOG_QUIET);
    take_setup(d, setup);
    d->listener = *listener;
    d->arg = arg;
    d->telling = (struct telling){ .setup = &d->setup,
                                   .set = &d->set,
                                   .time = &d->time,
                                   .listener = &d->listener,
                                   .arg = arg };
    telling_open(&d->telling);
    d->schedule = schedule_new(&d->set, &eye, setup->watch_all, d);
    if (setup->view.on)
        d->view = view_new(&setup->view);
    return d;
}

void detector_free(struct detector *d)
{
    if (!d)
        return;
    schedule_free(d->schedule);
    decoder_close(d->decoder);
    parameters_unref(d->parameters);
    analysis_free(d->analysis);
    telling_close(&d->telling);
    view_free(d->view);
    free(d->sheet);
    free(d);
}

void detector_break(struct detector *d)
{
    own_time_end_run(&d->time);
    activity_pass(&d->activity, INT64_MAX, d->listener.on_activity, d->arg);
    schedule_break(d->schedule);
    if (d->decoder)
        decoder_flush(d->decoder);
    if (d->analysis)
        analysis_drop_trails(d->analysis);
    telling_end(&d->telling);
}

void detector_change(struct detector *d, const struct motion_setup *setup)
{
    telling_end(&d->telling);
    take_setup(d, setup);
    if (d->analysis)
        analysis_change(d->analysis);
    if (!d->setup.detect)
        schedule_break(d->schedule);
}

void detector_want_pictures(struct detector *d, bool wanted)
{
    d->wanted = wanted;
    d->pictured = false;
    if (wanted || d->setup.detect || d->view)
        return;
    /* Nothing will be decoded for a while: a decoder of 1080p holds 11 MB. */
    decoder_close(d->decoder);
    d->decoder = NULL;
    parameters_unref(d->parameters);
    d->parameters = NULL;
}

void detector_want_debug(struct detector *d, bool wanted)
{
    if (wanted && !d->sheet)
        d->sheet = xcalloc(1, sizeof *d->sheet);
    if (wanted)
        return;
    free(d->sheet);
    d->sheet = NULL;
}

static bool same_parameters(const struct parameters *a, const struct parameters *b)
{
    return a == b || (a && a->codec == b->codec && a->size == b->size &&
                      memcmp(a->bytes, b->bytes, a->size) == 0);
}

static void fit_decoder(struct detector *d, struct held *packet)
{
    struct error err = { 0 };

    if (same_parameters(d->parameters, packet->parameters))
        return;
    schedule_break(d->schedule);
    decoder_close(d->decoder);
    parameters_unref(d->parameters);
    d->parameters = parameters_ref(packet->parameters);
    d->decoder = decoder_open(d->parameters, &err);
    if (!d->decoder && !d->blind)
        log_warning("motion is blind", "why='%s'", err.text);
    d->blind = !d->decoder;
}

/* Unfiltered pictures drift through a GOP; little through a short one, as the last was,
 * but in H.265 enough to look like motion. */
static void choose_filter(struct detector *d, const struct held *key)
{
    bool drifts_little = d->parameters->codec == CODEC_H264 && d->key_seen &&
                         key->at_us - d->key_us <= d->set.short_gop_us;

    d->key_seen = true;
    d->key_us = key->at_us;
    if (d->decoder)
        decoder_leave_out_filter(d->decoder, drifts_little);
}

static void on_key_decoded(void *arg, AVFrame *picture, int64_t at_us)
{
    struct detector *d = arg;
    struct analysis_view view;
    struct luma luma;

    if (d->view && decoded_luma(picture, &luma) && fit_analysis(d, picture)) {
        d->counts.analysed++;
        d->viewed_us = at_us;
        analysis_look(d->analysis, &luma, at_us, 0, &view);
        watch_view(d, picture, true, at_us);
    }
    give_picture(d, picture, at_us);
}

static bool is_due(int64_t before_us, int64_t now_us, int64_t every_us)
{
    return now_us < before_us || now_us - before_us >= every_us;
}

/* Nobody detects: a keyframe is decoded when a picture of it is wanted, or now and then for
 * the watch on the view. */
static void picture_only(struct detector *d, struct held *packet)
{
    bool wanted = d->wanted && (!d->pictured || packet->at_us - d->pictured_us >= d->set.picture_us);
    bool due = wanted || (d->view && is_due(d->viewed_us, packet->at_us, VIEW_LOOK_US));

    if (due && d->decoder && packet->key && !packet->damaged) {
        d->counts.decoded++;
        decoder_flush(d->decoder);
        decoder_packet(d->decoder, packet, true, on_key_decoded, d);
    }
    held_free(packet);
}

void detector_packet(struct detector *d, struct held *packet)
{
    if (!own_time_is_sane(packet)) {
        held_free(packet);
        return;
    }
    if (own_time_breaks(&d->time, packet))
        detector_break(d);
    own_time_place(&d->time, packet);
    fit_decoder(d, packet);
    if (packet->key)
        choose_filter(d, packet);
    if (!d->setup.detect) {
        picture_only(d, packet);
        return;
    }
    schedule_packet(d->schedule, packet);
    activity_pass(&d->activity, d->time.newest_us + d->time.wall_us, d->listener.on_activity,
                  d->arg);
    telling_go_on(&d->telling, d->analysis);
    d->counts.events = d->telling.events.number;
}

const struct motion_counts *detector_counts(const struct detector *d)
{
    return &d->counts;
}
