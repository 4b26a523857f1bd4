#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "origin.h"
#include "rtp.h"

/* How long is waited for others before the only one is taken: a camera that still sends
 * an older session's pictures does so all the time. Longer where that is likely, because
 * what was told has not come, the connection before was mixed, or the only one was heard
 * there too (some cameras have one SSRC for ever). Then, for one of
 * several to fall silent. */
#define HOLD_US        SECONDS_US(1)
#define HOLD_LONGER_US SECONDS_US(2)
#define HOLD_MOST_US   SECONDS_US(3)
#define SILENT_US      MILLIS_US(500)
/* After a stall everybody looks silent but the one whose packet comes first: it is so
 * only when others have sent so many pictures since. */
enum { SILENT_PICTURES = 5 };
enum { HOLD_BYTES = 4 << 20 };

/* RTP-Info may be this far off: packets were lost, or it tells of the next. */
enum { NEAR_PACKETS = 64, NEAR_S = 1 };

/* Ours has ended when it is silent for this, and for as long as it ever was, while so
 * many pictures of one stranger came in a row. */
#define TAKE_OVER_US SECONDS_US(1)
enum { TAKE_OVER = 5 };

/* So often one of ours came behind a stranger's in this time: a change of source has no
 * such returns, or over UDP a few; and who sends a stray packet now and then is not
 * opened anew for it. */
enum { MIXED_RETURNS = 8 };
#define MIXED_US SECONDS_US(5)

enum { SENDERS = 4, BEFORE = 16 };

struct sender {
    uint32_t ssrc;
    uint8_t type;
    int64_t first_us, last_us;
    int last_picture; /* of the lane's count */
    uint16_t first_sequence;
    uint32_t first_time;
};

struct lane {
    bool expected;
    uint8_t type;
    uint32_t clock;
    struct origin_hint hint;
    struct sender senders[SENDERS]; /* until one is chosen */
    int sender_count;
    int pictures; /* of all of them: packets of another sender or stamp than before */
    uint32_t picture_ssrc, picture_time;
    bool chosen;
    uint32_t ours;
    uint8_t ours_type;
    int64_t ours_us, longest_us; /* when it was heard last; its longest silence */
    uint32_t stranger;
    uint8_t stranger_type;
    uint32_t stranger_time;
    int strangers; /* pictures in a row */
    int returns;
    int64_t returns_us; /* since when they are counted */
};

struct origin {
    origin_fn *fn;
    void *arg;
    int64_t *foreign;
    struct lane lanes[TRACKS];
    uint32_t
        before[BEFORE]; /* heard on the connection before, or before PLAY on this one */
    int before_count;
    uint32_t heard[BEFORE]; /* on this one */
    int heard_count;
    bool was_mixed, mixed, settled;
    struct bytes held;
};

struct record {
    int64_t us;
    uint32_t size;
    int32_t track;
};

struct origin *origin_new(origin_fn *fn, void *arg, int64_t *foreign)
{
    struct origin *o = xcalloc(1, sizeof *o);

    o->fn = fn;
    o->arg = arg;
    o->foreign = foreign;
    return o;
}

void origin_free(struct origin *o)
{
    if (!o)
        return;
    bytes_free(&o->held);
    free(o);
}

static bool is_among(const uint32_t *all, int count, uint32_t ssrc)
{
    for (int i = 0; i < count; i++)
        if (all[i] == ssrc)
            return true;
    return false;
}

static void remember(uint32_t *all, int *count, uint32_t ssrc)
{
    if (*count < BEFORE && !is_among(all, *count, ssrc))
        all[(*count)++] = ssrc;
}

void origin_open(struct origin *o)
{
    memcpy(o->before, o->heard, sizeof o->before);
    o->before_count = o->heard_count;
    o->heard_count = 0;
    o->was_mixed = o->mixed;
    o->mixed = o->settled = false;
    memset(o->lanes, 0, sizeof o->lanes);
    bytes_free(&o->held);
}

void origin_early(struct origin *o, const uint8_t *bytes, size_t size)
{
    struct rtp_packet p;

    if (rtp_read(bytes, size, &p))
        remember(o->before, &o->before_count, p.ssrc);
}

void origin_expect(struct origin *o, int track, uint8_t type, uint32_t clock)
{
    struct lane *lane = &o->lanes[track];

    lane->expected = true;
    lane->type = type;
    lane->clock = clock;
}

/* ---- who is ours ---- */

static bool is_told(const struct lane *lane, const struct sender *s)
{
    const struct origin_hint *h = &lane->hint;

    if (s->type != lane->type)
        return false;
    if (h->has_ssrc && s->ssrc == h->ssrc)
        return true;
    if (h->has_sequence)
        return abs((int16_t)(s->first_sequence - h->sequence)) <= NEAR_PACKETS;
    return h->has_time &&
           llabs((int32_t)(s->first_time - h->time)) <= (int64_t)NEAR_S * lane->clock;
}

void origin_hint(struct origin *o, int track, const struct origin_hint *hint)
{
    struct origin_hint *h = &o->lanes[track].hint;

    if (hint->has_ssrc) {
        h->has_ssrc = true;
        h->ssrc = hint->ssrc;
    }
    h->has_sequence |= hint->has_sequence;
    h->has_time |= hint->has_time;
    h->sequence = hint->has_sequence ? hint->sequence : h->sequence;
    h->time = hint->has_time ? hint->time : h->time;
}

static void note_sender(struct lane *lane, const struct rtp_packet *p, int64_t us)
{
    lane->pictures += p->ssrc != lane->picture_ssrc || p->time != lane->picture_time;
    lane->picture_ssrc = p->ssrc;
    lane->picture_time = p->time;
    for (int i = 0; i < lane->sender_count; i++) {
        if (lane->senders[i].ssrc == p->ssrc && lane->senders[i].type == p->type) {
            lane->senders[i].last_us = us;
            lane->senders[i].last_picture = lane->pictures;
            return;
        }
    }
    if (lane->sender_count == SENDERS)
        return;
    lane->senders[lane->sender_count++] = (struct sender){
        .ssrc = p->ssrc,
        .type = p->type,
        .first_us = us,
        .last_us = us,
        .last_picture = lane->pictures,
        .first_sequence = p->sequence,
        .first_time = p->time,
    };
}

static bool has_right_type(const struct origin *o, const struct lane *lane,
                           const struct sender *s, int64_t us)
{
    return s->type == lane->type;
}

static bool is_new(const struct origin *o, const struct lane *lane,
                   const struct sender *s, int64_t us)
{
    return !is_among(o->before, o->before_count, s->ssrc);
}

static bool goes_on(const struct origin *o, const struct lane *lane,
                    const struct sender *s, int64_t us)
{
    return us - s->last_us < SILENT_US ||
           lane->pictures - s->last_picture < SILENT_PICTURES;
}

typedef bool speaks_for(const struct origin *o, const struct lane *lane,
                        const struct sender *s, int64_t us);

/* Leaves those it speaks for, if there are any. */
static void narrow(const struct origin *o, const struct lane *lane, bool in[SENDERS],
                   speaks_for *speaks, int64_t us)
{
    bool left[SENDERS] = { false };
    int count = 0;

    for (int i = 0; i < lane->sender_count; i++)
        count += left[i] = in[i] && speaks(o, lane, &lane->senders[i], us);
    if (count > 0)
        memcpy(in, left, sizeof left);
}

/* The only one, or NULL; then `last` is the one that began last. */
static const struct sender *the_only(const struct origin *o, const struct lane *lane,
                                     int64_t us, const struct sender **last)
{
    static speaks_for *const all[] = { has_right_type, is_new, goes_on };
    bool in[SENDERS] = { true, true, true, true };
    int count = 0;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        narrow(o, lane, in, all[i], us);
    *last = NULL;
    for (int i = 0; i < lane->sender_count; i++) {
        count += in[i];
        if (in[i])
            *last = &lane->senders[i];
    }
    return count == 1 ? *last : NULL;
}

/* NULL: not known yet. */
static const struct sender *choose(struct origin *o, const struct lane *lane, int64_t us)
{
    const struct origin_hint *h = &lane->hint;
    bool doubtful = o->was_mixed || h->has_ssrc || h->has_sequence || h->has_time ||
                    (lane->sender_count == 1 && !is_new(o, lane, &lane->senders[0], us));
    const struct sender *only, *last;
    int64_t age_us;
    bool full = o->held.size > HOLD_BYTES;

    for (int i = 0; i < lane->sender_count; i++)
        if (is_told(lane, &lane->senders[i]))
            return &lane->senders[i];
    age_us = us - lane->senders[0].first_us;
    if (age_us < (doubtful ? HOLD_LONGER_US : HOLD_US) && !full)
        return NULL;
    only = the_only(o, lane, us, &last);
    if (only || (age_us < HOLD_MOST_US && !full))
        return only;
    o->mixed = true;
    return o->settled ? last : NULL;
}

static void begin(struct lane *lane, uint32_t ssrc, uint8_t type, int64_t us)
{
    lane->chosen = true;
    lane->ours = ssrc;
    lane->ours_type = type;
    lane->ours_us = us;
    lane->longest_us = 0;
    lane->strangers = 0;
}

static bool try_to_choose(struct origin *o, struct lane *lane, int64_t us)
{
    const struct sender *s = lane->sender_count > 0 ? choose(o, lane, us) : NULL;

    if (s)
        begin(lane, s->ssrc, s->type, s->first_us);
    return s != NULL;
}

/* ---- packets ---- */

static bool is_stranger(const struct lane *lane, const struct rtp_packet *p)
{
    return p->ssrc != lane->ours || p->type != lane->ours_type;
}

/* Whether the stranger is ours from now on. */
static bool takes_over(struct lane *lane, const struct rtp_packet *p, int64_t us)
{
    bool same = lane->strangers > 0 && lane->stranger == p->ssrc &&
                lane->stranger_type == p->type;

    lane->strangers = same ? lane->strangers + (p->time != lane->stranger_time) : 1;
    lane->stranger = p->ssrc;
    lane->stranger_type = p->type;
    lane->stranger_time = p->time;
    return lane->strangers >= TAKE_OVER &&
           us - lane->ours_us >= TAKE_OVER_US + lane->longest_us;
}

static void note_return(struct origin *o, struct lane *lane, int64_t us)
{
    if (lane->stranger_type != lane->ours_type)
        return; /* of another payload type: no other session's */
    if (lane->returns == 0 || us - lane->returns_us > MIXED_US) {
        lane->returns = 0;
        lane->returns_us = us;
    }
    if (++lane->returns >= MIXED_RETURNS)
        o->mixed = true;
}

static void judge(struct origin *o, int track, const struct rtp_packet *p,
                  const uint8_t *bytes, size_t size, int64_t us)
{
    struct lane *lane = &o->lanes[track];

    if (is_stranger(lane, p)) {
        ++*o->foreign;
        if (!takes_over(lane, p, us))
            return;
        begin(lane, p->ssrc, p->type, us);
    }
    if (lane->strangers > 0)
        note_return(o, lane, us);
    lane->strangers = 0;
    if (us - lane->ours_us > lane->longest_us)
        lane->longest_us = us - lane->ours_us;
    lane->ours_us = us;
    o->fn(o->arg, track, bytes, size, us);
}

static void hold(struct origin *o, int track, const uint8_t *bytes, size_t size,
                 int64_t us)
{
    struct record r = { .us = us, .size = (uint32_t)size, .track = track };

    bytes_add(&o->held, &r, sizeof r);
    bytes_add(&o->held, bytes, size);
}

/* Sound goes with the pictures: what was not told by then is the last that began. */
static void choose_sound(struct origin *o, int64_t us)
{
    struct lane *sound = &o->lanes[TRACK_AUDIO];

    if (sound->sender_count > 0 && !try_to_choose(o, sound, us)) {
        const struct sender *last = &sound->senders[sound->sender_count - 1];

        begin(sound, last->ssrc, last->type, last->first_us);
    }
}

static void let_go(struct origin *o)
{
    struct bytes held = o->held;
    struct record r;
    struct rtp_packet p;

    o->held = (struct bytes){ 0 };
    for (size_t at = 0; at < held.size; at += sizeof r + r.size) {
        memcpy(&r, held.at + at, sizeof r);
        const uint8_t *bytes = held.at + at + sizeof r;

        if (rtp_read(bytes, r.size, &p))
            judge(o, r.track, &p, bytes, r.size, r.us);
    }
    bytes_free(&held);
}

void origin_take(struct origin *o, int track, const uint8_t *bytes, size_t size,
                 int64_t us)
{
    struct lane *lane = &o->lanes[track], *video = &o->lanes[TRACK_VIDEO];
    bool waited = !video->chosen;
    struct rtp_packet p;

    if (!lane->expected || !rtp_read(bytes, size, &p))
        return;
    remember(o->heard, &o->heard_count, p.ssrc);
    if (!lane->chosen)
        note_sender(lane, &p, us);
    if (waited) {
        hold(o, track, bytes, size, us);
        if (!try_to_choose(o, video, us))
            return;
        choose_sound(o, us);
        let_go(o);
    } else if (lane->chosen || try_to_choose(o, lane, us)) {
        judge(o, track, &p, bytes, size, us);
    }
}

bool origin_is_mixed(const struct origin *o)
{
    return o->mixed;
}

void origin_settle(struct origin *o)
{
    o->settled = true;
}
