#include "core/clock.h"
#include "ration.h"

/* One of a kind adds up in `each_us`, and at most `burst` of them. A camera sends at most
 * some 2 MB/s a channel, 60 fragments if each picture is a keyframe, a new run when it
 * connects or changes its parameter sets, and an event begins 5 s after the last one at
 * the earliest. */
static const struct {
    int64_t each_us, burst;
    const char *what;
} rations[] = {
    [RATION_KIB] = { 122, 96 << 10, "bytes" }, /* 8 MiB/s */
    [RATION_MEDIA] = { MILLIS_US(5), 2000, "fragments and pictures" },
    [RATION_RUNS] = { SECONDS_US(1), 60, "new runs" },
    [RATION_EVENTS] = { SECONDS_US(4), 20, "events" },
    [RATION_REPORTS] = { MILLIS_US(500), 20, "reports of motion" },
    [RATION_SECONDS] = { MILLIS_US(900), 60, "seconds with motion" },
    [RATION_DEBUGS] = { MILLIS_US(100), 30, "debug views" },
    [RATION_WORDS] = { MILLIS_US(100), 100, "messages" },
};

void ration_begin(struct ration *r, int64_t now_us)
{
    r->at_us = now_us;
    for (int i = 0; i < RATION_KINDS; i++)
        r->saved_us[i] = rations[i].burst * rations[i].each_us;
}

static void save(struct ration *r, int64_t now_us)
{
    int64_t passed_us = now_us - r->at_us;

    for (int i = 0; i < RATION_KINDS && passed_us > 0; i++) {
        int64_t most_us = rations[i].burst * rations[i].each_us;
        int64_t room_us = most_us - r->saved_us[i];
        r->saved_us[i] += passed_us < room_us ? passed_us : room_us;
    }
    r->at_us = now_us;
}

const char *ration_take(struct ration *r, enum ration_kind kind, int64_t count,
                        int64_t now_us)
{
    int64_t cost_us = count * rations[kind].each_us;

    save(r, now_us);
    if (cost_us > r->saved_us[kind])
        return rations[kind].what;
    r->saved_us[kind] -= cost_us;
    return NULL;
}

static enum ration_kind kind_of(enum wire_kind kind)
{
    switch (kind) {
    case WIRE_FRAGMENT:
    case WIRE_JPEG:
        return RATION_MEDIA;
    case WIRE_INIT:
        return RATION_RUNS;
    case WIRE_MOTION:
        return RATION_REPORTS;
    case WIRE_ACTIVITY:
        return RATION_SECONDS;
    case WIRE_DEBUG:
        return RATION_DEBUGS;
    default:
        return RATION_WORDS;
    }
}

const char *ration_message(struct ration *r, const struct wire_header *h, int64_t now_us)
{
    const char *what = ration_take(r, kind_of((enum wire_kind)h->kind), 1, now_us);

    return what ? what : ration_take(r, RATION_KIB, (h->size + 1023) / 1024, now_us);
}
