#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "mqtt.h"
#include "outbox.h"
#include "pack.h"
#include "parts.h"
#include "push_crypt.h"
#include "told.h"
#include "uplink.h"

enum {
    IN_FLIGHT_MOST = 24, /* targets at once, of all channels */
    OF_CHANNEL_MOST = 8, /* so that a channel that hangs leaves room for the others */
    FIRST_AGAIN_US = 2000000,
    LAST_AGAIN_US = 300000000,
    LOOK_US = 30000000, /* clocks may be set, keys replaced */
};

/* A target that is busy, or rests after a failure. */
struct box {
    struct box *next;
    struct outbox *outbox;
    const struct channel_kind *kind;
    struct parcel *parcel; /* NULL: nothing is on its way */
    int64_t sent_us;       /* monotonic */
    int failures;
    int64_t rests_until_us; /* monotonic */
    char *channel, *recipient, *target;
};

struct outbox {
    struct duty *duty;
    struct ways ways;
    struct uplink *uplink;
    struct timer *timer;
    struct box *boxes;
    struct settled *settled; /* receipts that are not written down yet */
    bool at_desk, again, tidies;
};

/* ---- boxes ------------------------------------------------------------------------------ */

static struct box *box_of(struct outbox *outbox, const struct outbox_target *to)
{
    for (struct box *box = outbox->boxes; box; box = box->next)
        if (strcmp(box->channel, to->channel) == 0 &&
            strcmp(box->recipient, to->recipient) == 0 &&
            strcmp(box->target, to->target) == 0)
            return box;
    return NULL;
}

static void box_free(struct box *box)
{
    parcel_free(box->parcel);
    free(box->channel);
    free(box->recipient);
    free(box->target);
    free(box);
}

/* Those that are well and idle need not be remembered. */
static void drop_idle(struct outbox *outbox)
{
    struct box **at = &outbox->boxes;

    while (*at) {
        struct box *box = *at;
        if (box->parcel || box->failures > 0) {
            at = &box->next;
            continue;
        }
        *at = box->next;
        box_free(box);
    }
}

/* Doubled each time, and spread: a thousand phones do not come back in one second. */
static int64_t rest_us(int failures, int64_t said_us)
{
    int64_t us = FIRST_AGAIN_US;
    uint16_t spread = (uint16_t)((uint64_t)clock_mono_us() * 40503 >> 8);

    for (int i = 1; i < failures && us < LAST_AGAIN_US; i++)
        us *= 2;
    us = us < LAST_AGAIN_US ? us : LAST_AGAIN_US;
    us += us * spread / UINT16_MAX / 4;
    return us > said_us ? us : said_us;
}

/* ---- the way to the internet ------------------------------------------------------------- */

/* What came of it, on_reach() has heard. */
static void on_dialled(void *arg, const struct courier_answer *answer) {}

static void on_reach(void *arg, const char *url, bool answered)
{
    struct outbox *outbox = arg;
    char ask[UPLINK_URL_MAX];

    told_of_uplink(outbox->duty,
                   uplink_heard(outbox->uplink, url, answered, clock_mono_us(), ask));
    if (*ask)
        courier_send(outbox->ways.courier,
                     &(struct courier_order){ .url = ask,
                                              .dials = true,
                                              .guarded = strncmp(ask, "https", 5) == 0 },
                     on_dialled, NULL);
}

void outbox_reached(struct outbox *outbox, const char *url, bool answered)
{
    if (outbox)
        on_reach(outbox, url, answered);
}

/* ---- receipts --------------------------------------------------------------------------- */

static void on_receipt(void *arg, const struct receipt *receipt)
{
    struct box *box = arg;
    struct outbox *outbox = box->outbox;
    struct settled *settled = xcalloc(1, sizeof *settled);

    settled->parcel = box->parcel;
    settled->receipt = *receipt;
    settled->took_us = clock_mono_us() - box->sent_us;
    settled->next = outbox->settled;
    outbox->settled = settled;
    box->parcel = NULL;
    if (receipt->result == RECEIPT_AGAIN) {
        box->failures++;
        box->rests_until_us =
            clock_mono_us() + rest_us(box->failures, receipt->after_us);
        if (box->failures == 1)
            log_warning("alert not delivered yet", "channel=%s recipient=%s why='%s'",
                        box->channel, box->recipient, receipt->detail);
    } else {
        if (box->failures > 0 && receipt->result == RECEIPT_TAKEN)
            log_info("alerts are delivered again", "channel=%s recipient=%s", box->channel,
                     box->recipient);
        box->failures = 0;
        box->rests_until_us = 0;
    }
    told_of_channel(outbox->duty, box->channel, box->recipient, receipt);
    outbox_poke(outbox);
}

/* ---- rounds: what came is written down, what is due is packed ------------------------------- */


static void refuse_target(struct round *round, const struct box *box)
{
    round->busy =
        xrealloc(round->busy, (round->busy_count + 1) * sizeof *round->busy);
    round->busy[round->busy_count++] =
        (struct outbox_target){ .channel = xstrdup(box->channel),
                                .recipient = xstrdup(box->recipient),
                                .target = xstrdup(box->target) };
}

static void round_fill(struct outbox *outbox, struct round *round)
{
    int64_t now_us = clock_mono_us();
    size_t flying = 0;

    for (struct box *box = outbox->boxes; box; box = box->next) {
        if (!box->parcel && box->rests_until_us <= now_us)
            continue;
        refuse_target(round, box);
        flying += box->parcel != NULL;
        for (size_t i = 0; box->parcel && i < CHANNELS_MOST; i++)
            if (channel_at(i) == box->kind)
                round->flying[i]++;
    }
    round->room = flying < IN_FLIGHT_MOST ? IN_FLIGHT_MOST - flying : 0;
    round->of_channel_most = OF_CHANNEL_MOST;
    round->late_us = outbox->ways.set->channels.late_us;
    round->tidies = outbox->tidies;
    outbox->tidies = false;
    round->settled = outbox->settled;
    outbox->settled = NULL;
}

static void launch(struct outbox *outbox, struct parcel *parcel)
{
    const struct outbox_target *to = &parcel->part.to;
    struct box *box = box_of(outbox, to);

    if (!box) {
        box = xcalloc(1, sizeof *box);
        *box = (struct box){ .outbox = outbox,
                             .kind = channel_find(to->channel),
                             .channel = xstrdup(to->channel),
                             .recipient = xstrdup(to->recipient),
                             .target = xstrdup(to->target),
                             .next = outbox->boxes };
        outbox->boxes = box;
    }
    box->parcel = parcel;
    box->sent_us = clock_mono_us();
    enum language before = text_use(outbox->ways.set->site.language);
    box->kind->send(&outbox->ways, parcel, on_receipt, box);
    text_use(before);
}

static void set_timer(struct outbox *outbox, int64_t next_wall_us)
{
    int64_t wait_us = LOOK_US, now_us = clock_mono_us();

    if (next_wall_us > 0 && next_wall_us - clock_wall_us() < wait_us)
        wait_us = next_wall_us - clock_wall_us();
    for (struct box *box = outbox->boxes; box; box = box->next)
        if (!box->parcel && box->rests_until_us - now_us < wait_us)
            wait_us = box->rests_until_us - now_us;
    timer_after(outbox->timer, wait_us > 0 ? wait_us : 1);
}

static void on_round_done(void *arg)
{
    struct round *round = arg;
    struct duty *duty = round->errand.duty;
    struct outbox *outbox = duty->outbox;

    errand_tell(&round->errand);
    if (outbox) {
        outbox->at_desk = false;
        if (round->failed) { /* nothing is lost: it is written down with the next round */
            struct settled **last = &round->settled;
            while (*last)
                last = &(*last)->next;
            *last = outbox->settled;
            outbox->settled = round->settled;
            round->settled = NULL;
        }
        for (size_t i = 0; i < round->parcel_count; i++) {
            launch(outbox, round->parcels[i]);
            round->parcels[i] = NULL;
        }
        drop_idle(outbox);
        if (round->failed)
            timer_after(outbox->timer, FIRST_AGAIN_US);
        else
            set_timer(outbox, round->next_us);
        /* One that fills its room may have left something. */
        if (outbox->again || (outbox->settled && !round->failed))
            outbox_poke(outbox);
    }
    errand_end(&round->errand);
    round_free(round);
}

void outbox_poke(struct outbox *outbox)
{
    if (!outbox)
        return;
    if (outbox->at_desk) {
        outbox->again = true;
        return;
    }
    struct round *round = xcalloc(1, sizeof *round);
    round_fill(outbox, round);
    outbox->again = false;
    if (errand_ask(outbox->duty, &round->errand, round_job, on_round_done)) {
        outbox->at_desk = true;
        return;
    }
    outbox->settled = round->settled;
    round->settled = NULL;
    round_free(round);
    timer_after(outbox->timer, FIRST_AGAIN_US);
}

void outbox_hurry(struct outbox *outbox)
{
    for (struct box *box = outbox ? outbox->boxes : NULL; box; box = box->next)
        box->rests_until_us = 0;
    outbox_poke(outbox);
}

/* ---- our key for phones ---------------------------------------------------------------------- */

static void open_vapid(struct outbox *outbox)
{
    struct error err = { .kind = ERR_NONE };
    struct vapid *now = vapid_open(outbox->ways.set->paths.state, &err);

    if (!now) {
        log_error("phones cannot be woken", "why='%s'", err.text);
        return;
    }
    bool same = outbox->ways.vapid && strcmp(vapid_public(outbox->ways.vapid),
                                             vapid_public(now)) == 0;
    vapid_free(outbox->ways.vapid);
    outbox->ways.vapid = now;
    if (!same)
        flag_stale_subscriptions(outbox->duty, vapid_public(now));
}

static void on_timer(void *arg)
{
    struct outbox *outbox = arg;

    open_vapid(outbox);
    outbox->tidies = true;
    outbox_poke(outbox);
}

/* ---- life ---------------------------------------------------------------------------------- */

struct ways *outbox_ways(struct outbox *outbox)
{
    return &outbox->ways;
}

struct outbox *outbox_open(struct duty *duty)
{
    struct outbox *outbox = xcalloc(1, sizeof *outbox);

    outbox->duty = duty;
    outbox->uplink = uplink_new();
    outbox->ways = (struct ways){ .duty = duty,
                                  .loop = duty->loop,
                                  .set = settings_ref(duty->set),
                                  .courier = courier_open(duty->loop, on_reach, outbox) };
    outbox->timer = timer_new(duty->loop, on_timer, outbox);
    outbox->ways.mqtt = mqtt_open(&outbox->ways);
    timer_after(outbox->timer, 1);
    return outbox;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_mqtt(const struct settings *a, const struct settings *b)
{
    return same_text(a->channels.mqtt.host, b->channels.mqtt.host) &&
           a->channels.mqtt.port == b->channels.mqtt.port &&
           same_text(a->channels.mqtt.user, b->channels.mqtt.user) &&
           same_text(a->channels.mqtt.password, b->channels.mqtt.password) &&
           same_text(a->channels.mqtt.prefix, b->channels.mqtt.prefix) &&
           a->channels.mqtt.tls == b->channels.mqtt.tls &&
           a->camera_count == b->camera_count;
}

void outbox_reload(struct outbox *outbox)
{
    const struct settings *before = outbox->ways.set;

    outbox->ways.set = settings_ref(outbox->duty->set);
    if (!same_mqtt(before, outbox->ways.set)) {
        struct mqtt *gone = outbox->ways.mqtt;
        outbox->ways.mqtt = NULL;
        mqtt_close(gone);
        outbox->ways.mqtt = mqtt_open(&outbox->ways);
    }
    settings_unref(before);
    open_vapid(outbox);
    outbox_hurry(outbox);
}

void outbox_close(struct outbox *outbox)
{
    if (!outbox)
        return;
    courier_close(outbox->ways.courier);
    mqtt_close(outbox->ways.mqtt);
    receipts_forget(&outbox->ways);
    timer_free(outbox->timer);
    while (outbox->boxes) {
        struct box *box = outbox->boxes;
        outbox->boxes = box->next;
        box_free(box);
    }
    settled_free(outbox->settled);
    vapid_free(outbox->ways.vapid);
    uplink_free(outbox->uplink);
    settings_unref(outbox->ways.set);
    free(outbox);
}
