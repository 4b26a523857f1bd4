#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "intake.h"
#include "parameters.h"
#include "reports.h"
#include "run.h"
#include "timeline.h"

struct lane {
    struct track track;
    struct rtp_source source;
    struct timeline time;
};

struct intake {
    intake_fn *on_packet;
    void *arg;
    struct session_counts *counts;
    struct lane lanes[TRACKS];

    struct unit unit;
    uint32_t unit_time;    /* RTP stamp of the unit being joined */
    uint32_t ended_time;   /* of the unit before, */
    bool ended_by_marker;  /* which ended with a marker just now */
    bool markers_lie;      /* they stand on every NAL: only a new stamp ends a unit */
    struct bytes new_sets; /* that came since the last keyframe, for the next */
    bool damaged;          /* something is lost since the last keyframe */
    int unreadable;
    int64_t video_us;
    struct reports reports;
    struct run run;

    struct aac_joiner aac;
    bool audio_timed; /* the audio's timeline has begun in this run */
    bool audio_damaged;
    int64_t audio_dts; /* the last that was handed on in this run */
    int64_t audio_us;  /* arrival of the RTP packet being taken apart */
};

struct intake *intake_new(intake_fn *on_packet, void *arg, struct session_counts *counts)
{
    struct intake *in = xcalloc(1, sizeof *in);

    in->on_packet = on_packet;
    in->arg = arg;
    in->counts = counts;
    for (int i = 0; i < TRACKS; i++)
        timeline_forget(&in->lanes[i].time);
    in->lanes[TRACK_AUDIO].time.follows = true;
    return in;
}

void intake_free(struct intake *in)
{
    if (!in)
        return;
    unit_free(&in->unit);
    bytes_free(&in->new_sets);
    bytes_free(&in->aac.part);
    free(in);
}

/* ---- what comes ---- */

static bool is_same(const struct track *a, const struct track *b)
{
    return a->codec == b->codec && a->clock == b->clock && a->channels == b->channels &&
           a->parameters_size == b->parameters_size &&
           memcmp(a->parameters, b->parameters, a->parameters_size) == 0;
}

static void open_lane(struct lane *lane, const struct sdp_track *now)
{
    unsigned version = lane->track.version;
    bool same = is_same(&lane->track, &now->track);

    if (lane->track.clock != now->track.clock)
        timeline_forget(&lane->time);
    lane->track = now->track;
    lane->track.version = version + !same;
    lane->source = (struct rtp_source){ 0 };
}

void intake_open(struct intake *in, const struct sdp *sdp)
{
    for (int i = 0; i < TRACKS; i++) {
        open_lane(&in->lanes[i], &sdp->tracks[i]);
        reports_forget(&in->reports, i);
    }
    unit_clear(&in->unit);
    in->new_sets.size = 0;
    in->unit.codec = sdp->tracks[TRACK_VIDEO].track.codec;
    in->aac.format = sdp->tracks[TRACK_AUDIO].aac;
    in->aac.want = 0;
    in->run.on = in->damaged = in->ended_by_marker = false;
    in->markers_lie = false;
    in->video_us = 0;
    in->unreadable = 0;
}

void intake_tracks(const struct intake *in, struct track out[TRACKS])
{
    for (int i = 0; i < TRACKS; i++)
        out[i] = in->lanes[i].track;
}

int64_t intake_video_us(const struct intake *in)
{
    return in->video_us;
}

int intake_unreadable(const struct intake *in)
{
    return in->unreadable;
}

/* ---- video ---- */

static int64_t us_in_video(const struct intake *in, int64_t pts)
{
    return us_of(pts, in->lanes[TRACK_VIDEO].track.clock);
}

static void begin_run(struct intake *in, int64_t us)
{
    struct lane *video = &in->lanes[TRACK_VIDEO];

    timeline_begin(&video->time, video->track.clock, parameters_reorder(&video->track),
                   in->unit_time, us, 0);
    run_begin(&in->run, us, us_in_video(in, video->time.begin));
    in->audio_timed = false;
    in->audio_dts = INT64_MIN;
}

static void hand_on_unit(struct intake *in, int64_t us)
{
    struct lane *video = &in->lanes[TRACK_VIDEO];
    bool key = in->unit.key;
    struct packet packet;
    struct stamp stamp;
    int64_t jumps;

    if (key && !parameters_are_complete(&video->track)) {
        in->unreadable++;
        return;
    }
    if (key && (!in->run.on || video->time.broken || run_wall_has_stepped(&in->run)))
        begin_run(in, us);
    if (!in->run.on)
        return;
    if (key) {
        in->damaged = false;
        in->unreadable = 0;
    }
    jumps = video->time.jumps;
    timeline_take(&video->time, in->unit_time, us, &stamp);
    in->counts->clock_jumps += video->time.jumps - jumps;
    in->counts->video_frames++;
    in->counts->key_frames += key;
    packet = (struct packet){
        .which = TRACK_VIDEO,
        .track = &video->track,
        .run = in->run.number,
        .pts = stamp.pts,
        .dts = stamp.dts,
        .arrived_us = us,
        .wall_us = run_wall_us(&in->run, us_in_video(in, stamp.pts)),
        .key = key,
        .damaged = in->damaged,
        .bytes = in->unit.bytes.at,
        .size = in->unit.bytes.size,
    };
    in->on_packet(in->arg, &packet);
}

/* Other parameter sets hold from a keyframe on (H.264 7.4.1.2.1, H.265 7.4.2.4.2): the
 * pictures before it are still decoded with the old ones. */
static void take_sets(struct intake *in, const struct unit *unit)
{
    struct track *track = &in->lanes[TRACK_VIDEO].track;

    if (in->new_sets.size + unit->sets.size > PARAMETERS_MAX)
        in->new_sets.size = 0;
    bytes_add(&in->new_sets, unit->sets.at, unit->sets.size);
    if (in->new_sets.size == 0 || (in->run.on && !unit->key))
        return;
    parameters_merge(track, in->new_sets.at, in->new_sets.size);
    in->new_sets.size = 0;
}

static void end_unit(struct intake *in, int64_t us)
{
    struct unit *unit = &in->unit;

    unit_end_nal(unit);
    take_sets(in, unit);
    if (unit->broken) {
        in->counts->damaged_frames++;
        in->damaged = true;
    } else {
        in->video_us = us;
        hand_on_unit(in, us);
    }
    unit_clear(unit);
}

/* Packets are missing before this one: the picture that was being joined lacks its end,
 * or the one that begins may lack its beginning. */
static void note_hole(struct intake *in, uint32_t time, int64_t us)
{
    struct unit *unit = &in->unit;

    in->damaged = true;
    in->ended_by_marker = false;
    if (unit->has_picture || unit->nal_open) {
        unit->broken = unit->has_picture = true;
        if (time == in->unit_time)
            return;
        end_unit(in, us);
    } else if (time != in->unit_time) {
        unit->bytes.size = 0; /* what stood before a picture that is in the hole */
    }
    unit->after_hole = true;
}

static void forget_source(struct intake *in)
{
    unit_clear(&in->unit);
    in->run.on = in->ended_by_marker = false;
    in->damaged = true;
    timeline_forget(&in->lanes[TRACK_VIDEO].time);
    reports_forget(&in->reports, TRACK_VIDEO);
}

static void take_video(struct intake *in, const struct rtp_packet *p,
                       enum rtp_verdict verdict, int64_t us)
{
    struct unit *unit = &in->unit;
    bool is_h264 = unit->codec == CODEC_H264;

    if (verdict == RTP_NEW_SOURCE)
        forget_source(in);
    if (verdict == RTP_AFTER_HOLE)
        note_hole(in, p->time, us);
    if (unit->has_picture && p->time != in->unit_time) {
        end_unit(in, us);
    } else if (in->ended_by_marker && p->time == in->ended_time) {
        /* A marker, and then more of the same picture: no end was meant. */
        enum slice slice =
            is_h264 ? h264_slice(p->payload, p->size) : h265_slice(p->payload, p->size);

        if (slice == SLICE_LATER)
            in->markers_lie = unit->broken = true;
    }
    in->unit_time = p->time;
    if (is_h264)
        h264_take(unit, p->payload, p->size);
    else
        h265_take(unit, p->payload, p->size);
    in->ended_by_marker = false;
    if (p->marker && unit->has_picture && !unit->nal_open && !in->markers_lie) {
        end_unit(in, us);
        in->ended_by_marker = true;
        in->ended_time = p->time;
    }
}

/* ---- audio ---- */

/* Where the first audio of a run belongs: as long after the run's begin as it came. */
static void begin_audio(struct intake *in, uint32_t rtp_time)
{
    struct lane *audio = &in->lanes[TRACK_AUDIO];
    int64_t at_us = in->audio_us - in->run.us + in->run.pts_us;

    timeline_begin(&audio->time, audio->track.clock, 0, rtp_time, in->audio_us,
                   ticks_of(at_us, audio->track.clock));
    in->audio_timed = true;
}

static void on_audio_frame(void *arg, uint32_t rtp_time, const uint8_t *bytes,
                           size_t size)
{
    struct intake *in = arg;
    struct lane *audio = &in->lanes[TRACK_AUDIO];
    struct packet packet;
    struct stamp stamp;
    int64_t jumps;

    if (!in->run.on)
        return;
    if (!in->audio_timed)
        begin_audio(in, rtp_time);
    jumps = audio->time.jumps;
    timeline_take(&audio->time, rtp_time, in->audio_us, &stamp);
    in->counts->clock_jumps += audio->time.jumps - jumps;
    if (stamp.late || stamp.dts <= in->audio_dts)
        return;
    in->audio_dts = stamp.dts;
    packet = (struct packet){
        .which = TRACK_AUDIO,
        .track = &audio->track,
        .run = in->run.number,
        .pts = stamp.pts,
        .dts = stamp.dts,
        .arrived_us = in->audio_us,
        .wall_us = run_wall_us(&in->run, us_of(stamp.pts, audio->track.clock)),
        .key = true,
        .damaged = in->audio_damaged,
        .bytes = bytes,
        .size = size,
    };
    in->on_packet(in->arg, &packet);
    in->audio_damaged = false;
}

static void take_audio(struct intake *in, const struct rtp_packet *p,
                       enum rtp_verdict verdict, int64_t us)
{
    bool hole = verdict != RTP_NEXT;

    in->audio_damaged |= hole;
    in->audio_us = us;
    if (verdict == RTP_NEW_SOURCE) {
        timeline_forget(&in->lanes[TRACK_AUDIO].time);
        reports_forget(&in->reports, TRACK_AUDIO);
        in->audio_timed = false;
    }
    if (in->lanes[TRACK_AUDIO].track.codec == CODEC_AAC)
        aac_take(&in->aac, p, hole, on_audio_frame, in);
    else if (g711_is_frame(p))
        on_audio_frame(in, p->time, p->payload, p->size);
}

/* ---- RTP and RTCP ---- */

void intake_rtp(struct intake *in, int which, const uint8_t *bytes, size_t size,
                int64_t us)
{
    struct lane *lane = &in->lanes[which];
    int64_t lost = lane->source.lost;
    enum rtp_verdict verdict;
    struct rtp_packet p;

    if (lane->track.codec == CODEC_NONE || !rtp_read(bytes, size, &p))
        return;
    verdict = rtp_admit(&lane->source, &p);
    in->counts->lost_packets += lane->source.lost - lost;
    if (verdict == RTP_REPEATED)
        return;
    in->counts->packets++;
    if (which == TRACK_VIDEO)
        take_video(in, &p, verdict, us);
    else
        take_audio(in, &p, verdict, us);
}

/* Reports only advise how audio lies beside video: they never move video, and audio not
 * far (cameras that stall, or whose clock is set, send wrong ones). */
static void compare_reports(struct intake *in)
{
    const struct lane *video = &in->lanes[TRACK_VIDEO];
    struct lane *audio = &in->lanes[TRACK_AUDIO];
    int64_t apart_us, video_us;

    if (!reports_are_of_one_moment(&in->reports, &apart_us))
        return;
    video_us = us_in_video(
        in, timeline_at(&video->time, in->reports.of[TRACK_VIDEO].last.rtp_time));
    if (llabs(video_us - us_in_video(in, video->time.now)) > SECONDS_US(REPORTS_APART_S))
        return;
    timeline_advise(&audio->time, in->reports.of[TRACK_AUDIO].last.rtp_time,
                    ticks_of(video_us + apart_us, audio->track.clock));
}

void intake_rtcp(struct intake *in, int which, const uint8_t *bytes, size_t size)
{
    const struct lane *lane = &in->lanes[which];
    struct rtcp_report report;

    if (!rtcp_read(bytes, size, &report) || !lane->source.has_ssrc ||
        report.ssrc != lane->source.ssrc)
        return;
    reports_take(&in->reports, which, &report);
    if (in->run.on && in->audio_timed)
        compare_reports(in);
}

bool intake_clock_ahead_us(const struct intake *in, int64_t *ahead_us)
{
    return reports_clock_ahead_us(&in->reports, ahead_us);
}

double intake_declared_fps(const struct intake *in)
{
    const struct track *video = &in->lanes[TRACK_VIDEO].track;

    return video->codec == CODEC_NONE ? 0 : parameters_fps(video);
}

int intake_reorder(const struct intake *in)
{
    const struct lane *video = &in->lanes[TRACK_VIDEO];

    return video->track.codec == CODEC_NONE ? 0 : video->time.reorder;
}

void intake_doubt(struct intake *in)
{
    in->damaged = true;
    in->unit.broken |= in->unit.has_picture || in->unit.nal_open;
}
