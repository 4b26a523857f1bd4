#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "pack.h"
#include "parts.h"

void parcel_free(struct parcel *parcel)
{
    if (!parcel)
        return;
    for (size_t i = 0; i < parcel->count; i++) {
        struct delivery_list one = { .rows = &parcel->letters[i].delivery, .count = 1 };
        free(one.rows->recipient);
        free(one.rows->channel);
        free(one.rows->target);
        free(one.rows->what);
        free(one.rows->camera);
        alert_row_clear(&parcel->letters[i].alert);
    }
    free(parcel->letters);
    free(parcel->part.to.channel);
    free(parcel->part.to.recipient);
    free(parcel->part.to.target);
    device_row_clear(&parcel->device);
    settings_unref(parcel->set);
    free(parcel);
}

void settled_free(struct settled *settled)
{
    while (settled) {
        struct settled *next = settled->next;
        parcel_free(settled->parcel);
        free(settled);
        settled = next;
    }
}

void round_free(struct round *round)
{
    settled_free(round->settled);
    for (size_t i = 0; i < round->busy_count; i++) {
        free(round->busy[i].channel);
        free(round->busy[i].recipient);
        free(round->busy[i].target);
    }
    free(round->busy);
    for (size_t i = 0; i < round->parcel_count; i++)
        parcel_free(round->parcels[i]);
    free(round->parcels);
    free(round);
}

/* ---- receipts ---------------------------------------------------------------------------- */

static bool write_attempt(struct store *store, const struct settled *settled,
                          struct error *err)
{
    static const char *const results[] = {
        [RECEIPT_TAKEN] = "taken",
        [RECEIPT_AGAIN] = "again",
        [RECEIPT_REFUSED] = "refused",
        [RECEIPT_GONE] = "gone",
        [RECEIPT_STALE] = "stale",
    };
    const struct parcel *parcel = settled->parcel;
    struct attempt_row row = { .delivery = parcel->letters[0].delivery.id,
                               .together = parcel->sum.count,
                               .at_us = clock_wall_us(),
                               .took_us = settled->took_us,
                               .result = results[settled->receipt.result],
                               .code = settled->receipt.code };

    memcpy(row.detail, settled->receipt.detail, sizeof row.detail);
    return attempt_insert(store, &row, err);
}

static bool write_gone(struct store *store, const struct parcel *parcel, int64_t now_us,
                       struct error *err)
{
    if (!outbox_abandon(store, &parcel->part.to, now_us, err))
        return false;
    if (parcel->device.push != PUSH_WORKS)
        return true;
    log_warning("phone cannot be woken any more", "device=%lld recipient=%s",
                (long long)parcel->device.id, parcel->part.to.recipient);
    return device_set_push(store, parcel->device.id, PUSH_GONE, now_us, err);
}

/* What is for the phone waits until it has subscribed anew. */
static bool write_stale(struct store *store, const struct parcel *parcel, int64_t now_us,
                        struct error *err)
{
    log_warning("phone is asked to subscribe again", "device=%lld recipient=%s",
                (long long)parcel->device.id, parcel->part.to.recipient);
    return device_set_push(store, parcel->device.id, PUSH_STALE, now_us, err);
}

static bool write_receipt(struct store *store, const struct settled *settled,
                          struct error *err)
{
    const struct parcel *parcel = settled->parcel;
    int64_t now_us = clock_wall_us();
    struct delivery_row tried;

    if (!write_attempt(store, settled, err))
        return false;
    switch (settled->receipt.result) {
    case RECEIPT_TAKEN:
        return outbox_settle(store, &parcel->part, DELIVERY_DELIVERED, now_us, err);
    case RECEIPT_REFUSED:
        return outbox_settle(store, &parcel->part, DELIVERY_GIVEN_UP, now_us, err);
    case RECEIPT_GONE:
        return write_gone(store, parcel, now_us, err);
    case RECEIPT_STALE:
        if (!write_stale(store, parcel, now_us, err))
            return false;
        break;
    case RECEIPT_AGAIN:
        break;
    }
    tried = parcel->letters[0].delivery;
    tried.tries++;
    tried.at_us = now_us;
    return delivery_update(store, &tried, err);
}

/* ---- packing ------------------------------------------------------------------------------ */

static bool is_busy(const struct round *round, const struct outbox_target *to)
{
    for (size_t i = 0; i < round->busy_count; i++)
        if (strcmp(round->busy[i].channel, to->channel) == 0 &&
            strcmp(round->busy[i].recipient, to->recipient) == 0 &&
            strcmp(round->busy[i].target, to->target) == 0)
            return true;
    return false;
}

static bool fill(struct parcel *parcel, struct store *store, struct delivery_list *list,
                 struct error *err)
{
    bool found;

    parcel->letters = xcalloc(list->count, sizeof *parcel->letters);
    for (size_t i = 0; i < list->count; i++) {
        struct letter *letter = &parcel->letters[i];
        letter->delivery = list->rows[i];
        list->rows[i] = (struct delivery_row){ 0 };
        parcel->count = i + 1;
        if (!alert_get(store, letter->delivery.alert, &letter->alert, &found, err))
            return false;
    }
    if (strcmp(parcel->part.to.channel, "push") != 0)
        return true;
    return device_get(store, strtoll(parcel->part.to.target, NULL, 10), &parcel->device,
                      &found, err);
}

/* What of the target comes first: what is fresh, one by one where a person is woken; then
 * what was to wait; then what is late, the newest first. */
static bool take_part(const struct channel_kind *kind, struct store *store,
                      struct parcel *parcel, struct delivery_list *list, struct error *err)
{
    struct outbox_part *part = &parcel->part;

    for (int pick = PICK_FRESH; pick <= PICK_LATE; pick++) {
        size_t most = kind->digests && pick == PICK_FRESH ? 1 : kind->letters;
        part->pick = (enum outbox_pick)pick;
        if (!outbox_take(store, part, most, list, err))
            return false;
        if (list->count == 0) {
            delivery_list_free(list);
            continue;
        }
        int64_t first = list->rows[0].id, last = list->rows[list->count - 1].id;
        part->from_id = first < last ? first : last;
        part->to_id = first < last ? last : first;
        parcel->sum.count = (int64_t)list->count;
        if (!kind->digests || pick == PICK_FRESH)
            return true;
        if (!outbox_sum(store, part, &parcel->sum, err))
            return false;
        part->from_id = 0;
        part->to_id = parcel->sum.last_id;
        parcel->is_digest = parcel->sum.count > 1;
        return true;
    }
    return true;
}

static bool pack(struct round *round, struct store *store, const struct outbox_target *to,
                 const struct channel_kind *kind, struct error *err)
{
    int64_t now_us = clock_wall_us();
    struct parcel *parcel = xcalloc(1, sizeof *parcel);
    struct delivery_list list = { 0 };

    parcel->set = settings_ref(round->errand.set);
    parcel->part = (struct outbox_part){ .to = { .channel = xstrdup(to->channel),
                                                 .recipient = xstrdup(to->recipient),
                                                 .target = xstrdup(to->target) },
                                         .now_us = now_us,
                                         .late_before_us = now_us - round->late_us };
    bool well = take_part(kind, store, parcel, &list, err) &&
                (list.count == 0 || fill(parcel, store, &list, err));
    delivery_list_free(&list);
    if (!well || parcel->count == 0 || parcel->device.push == PUSH_STALE) {
        parcel_free(parcel);
        return well;
    }
    round->parcels =
        xrealloc(round->parcels, (round->parcel_count + 1) * sizeof *round->parcels);
    round->parcels[round->parcel_count++] = parcel;
    return true;
}

static bool pack_all(struct round *round, struct store *store, struct error *err)
{
    struct outbox_targets targets;
    bool well = outbox_targets(store, clock_wall_us(), &targets, &round->next_us, err);

    for (size_t i = 0; well && i < targets.count; i++) {
        const struct channel_kind *kind = channel_find(targets.rows[i].channel);
        if (!kind || is_busy(round, &targets.rows[i]))
            continue;
        size_t at = 0;
        while (channel_at(at) != kind)
            at++;
        if (round->parcel_count >= round->room ||
            round->flying[at] >= round->of_channel_most)
            continue;
        round->flying[at]++;
        well = pack(round, store, &targets.rows[i], kind, err);
    }
    outbox_targets_free(&targets);
    return well;
}

static bool round_in(struct errand *errand, struct store *store, void *arg,
                     struct error *err)
{
    struct round *round = arg;
    int64_t now_us = clock_wall_us(), gone = 0;

    for (struct settled *s = round->settled; s; s = s->next)
        if (!write_receipt(store, s, err))
            return false;
    if (round->tidies && !outbox_give_up(store, now_us - errand->set->channels.give_up_us,
                                          now_us, &gone, err))
        return false;
    if (gone > 0)
        log_warning("deliveries given up", "count=%lld", (long long)gone);
    return pack_all(round, store, err);
}

void round_job(struct store *store, void *arg)
{
    struct round *round = arg;
    struct error err;

    round->failed = !errand_commit(&round->errand, store, round_in, round, &err);
    if (!round->failed)
        return;
    log_error("deliveries not written down", "why='%s'", err.text);
    for (size_t i = 0; i < round->parcel_count; i++)
        parcel_free(round->parcels[i]);
    round->parcel_count = 0;
}

/* ---- our key has changed ------------------------------------------------------------------- */

struct flagging {
    struct errand errand; /* first */
    char *vapid;
    int64_t count;
};

static bool flag_in(struct errand *errand, struct store *store, void *arg,
                    struct error *err)
{
    struct flagging *flagging = arg;

    return devices_flag_stale(store, flagging->vapid, clock_wall_us(), &flagging->count,
                              err);
}

static void flag_job(struct store *store, void *arg)
{
    struct flagging *flagging = arg;
    struct error err;

    if (!errand_commit(&flagging->errand, store, flag_in, flagging, &err))
        log_error("phones not asked to subscribe again", "why='%s'", err.text);
    else if (flagging->count > 0)
        log_warning("our key for phones has changed", "phones=%lld what_now='they are "
                    "asked to subscribe again'", (long long)flagging->count);
}

static void on_flagged(void *arg)
{
    struct flagging *flagging = arg;

    errand_tell(&flagging->errand);
    errand_end(&flagging->errand);
    free(flagging->vapid);
    free(flagging);
}

void flag_stale_subscriptions(struct duty *duty, const char *vapid)
{
    struct flagging *flagging = xcalloc(1, sizeof *flagging);

    flagging->vapid = xstrdup(vapid);
    if (errand_ask(duty, &flagging->errand, flag_job, on_flagged))
        return;
    free(flagging->vapid);
    free(flagging);
}
