/*
 * Which packets are decoded, and which of their pictures are looked at:
 *   keyframe   decoded and looked at; the rest of its GOP waits undecoded
 *   suspicion  everything is decoded and looked at 5 times a second, beginning with the
 *              GOP before, at most 4 s (back-decode); back to keyframes 1.5 s after
 *              the last thing that was seen twice, 1 s after one seen once, 0.5 s after
 *              mere suspicion (which lasts 1.5 s at most): drops and insects are
 *              gone by then
 *   probe      no look for 4 s (a long GOP): what waits is decoded, its last picture
 *              looked at
 *   futility   0..2, + 0.34 for each suspicion that came to nothing, x 0.4 for one that
 *              did; makes the next one harder and from 0.6 on saves the back-decode,
 *              unless what is seen is large
 *   damage     a GOP with lost packets is left alone from there on, unless nothing was
 *              looked at for 10 s: smears look like motion
 * Memory: the packets of the GOP before and of this one, at most 8 MiB together.
 * Thread: the detector's. Times: microseconds of the detector's own time.
 */
#pragma once
#include "held.h"
#include "tuning.h"

struct schedule;

/* Which pictures that come out of a packet are wanted. */
struct look {
    bool own;        /* its own, whatever the time */
    int64_t from_us; /* any from here on */
};

/* What came of it; zero before. */
struct sight {
    bool looked;       /* at a picture at all */
    int64_t looked_us; /* time of the last one */
    int candidates;    /* on it */
    bool followed;     /* one of them was seen before */
    float largest;     /* part of it that the largest covers */
    bool suspicion;
    bool confirmed; /* a confirmed trail was seen */
};

/* The eye that the schedule opens. */
struct schedule_eye {
    void (*decode)(void *arg, const struct held *packet, struct look look, float futility,
                   struct sight *sight);
    /* The next packet is a keyframe out of turn: an older one, or (`back` false)
     * now's. */
    void (*leap)(void *arg, bool back);
};

/* `all`: everything is decoded always, as if suspicion never ended. */
struct schedule *schedule_new(const struct tuning *set, const struct schedule_eye *eye,
                              bool all, void *arg);
void schedule_free(struct schedule *s);

/* Takes the packet over. */
void schedule_packet(struct schedule *s, struct held *packet);

/* What was received before does not belong to what comes: forgets packets, not
 * futility. */
void schedule_break(struct schedule *s);

float schedule_futility(const struct schedule *s);
bool schedule_is_watching(const struct schedule *s); /* all is decoded */
size_t schedule_bytes(const struct schedule *s);
