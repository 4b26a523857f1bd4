/* How a phone is woken: its subscription, and our key for it. */
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/memory.h"
#include "shapes.h"
#include "store/device_rows.h"

struct push_work {
    int64_t token; /* of who asks */
    struct device_row device;
    struct device_row wish; /* of a new subscription */
    bool found, subscribes, failed;
    char *person, *name;
    struct error err;
};

static void drop_work(void *job)
{
    struct push_work *work = job;

    device_row_clear(&work->device);
    device_row_clear(&work->wish);
    free(work->person);
    free(work->name);
}

/* base64url, exactly `size` bytes. */
static bool read_bytes(const json_t *value, uint8_t *to, size_t size)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *from = json_string_value(value);
    uint32_t bits = 0;
    size_t got = 0;
    int have = 0;

    for (; from && *from && *from != '='; from++) {
        const char *at = strchr(letters, *from);
        if (!at || got >= size)
            return false;
        bits = bits << 6 | (uint32_t)(at - letters);
        have += 6;
        if (have >= 8) {
            have -= 8;
            to[got++] = (uint8_t)(bits >> have);
        }
    }
    return from && got == size;
}

static void read_device(struct store *store, void *job)
{
    struct push_work *work = job;

    work->failed = !device_of_token(store, work->token, &work->device, &work->found,
                                    &work->err);
}

/* A phone that came in by a link becomes a device with its first subscription. */
static bool store_wish(struct store *store, struct push_work *work, struct error *err)
{
    struct device_row *device = &work->device;

    if (!device_of_token(store, work->token, device, &work->found, err))
        return false;
    if (!work->found && !work->subscribes)
        return true;
    if (!work->found) {
        struct device_row made = { .kind = DEVICE_PHONE,
                                   .person = work->person,
                                   .name = work->name,
                                   .token = work->token,
                                   .paired_us = clock_wall_us(),
                                   .seen_us = clock_wall_us() };
        if (!device_insert(store, &made, err))
            return false;
        device_row_clear(device);
        if (!device_get(store, made.id, device, &work->found, err))
            return false;
    }
    work->wish.id = device->id;
    if (!work->subscribes)
        return device_set_push(store, device->id, PUSH_NONE, clock_wall_us(), err);
    return device_subscribe(store, &work->wish, err);
}

static void write_wish(struct store *store, void *job)
{
    struct push_work *work = job;

    work->failed = !store_begin(store, &work->err);
    if (work->failed)
        return;
    work->failed = !store_wish(store, work, &work->err) || !store_commit(store, &work->err);
    if (work->failed)
        store_rollback(store);
}

static struct push_work *begin(struct ask *ask)
{
    struct push_work *work = ask_job(ask, sizeof *work, drop_work);

    work->token = ask->who->parent_id ? ask->who->parent_id : ask->who->token_id;
    return work;
}

static void answer_push(struct ask *ask)
{
    struct push_work *work = ask->job;
    const struct web_doors *doors = &ask->web->doors;
    const char *key = doors->push_key ? doors->push_key(doors->arg) : NULL;
    enum push_state state = work->found ? work->device.push : PUSH_NONE;

    if (work->failed) {
        answer_failure(ask, &work->err);
        return;
    }
    answer_json(ask, 200,
                json_pack("{s:o, s:o, s:s}", "key", shape_text(key), "device",
                          work->found ? json_integer(work->device.id) : json_null(),
                          "state", push_state_word(state)));
}

void push_get(struct ask *ask)
{
    begin(ask);
    ask_desk(ask, ask->web->reads, read_device, answer_push);
}

static void answer_written(struct ask *ask)
{
    struct push_work *work = ask->job;
    const struct web_doors *doors = &ask->web->doors;

    if (work->failed) {
        answer_failure(ask, &work->err);
        return;
    }
    if (work->subscribes && doors->phone_ready)
        doors->phone_ready(doors->arg);
    answer_nothing(ask);
}

static bool is_endpoint(const char *endpoint)
{
    return endpoint && strncmp(endpoint, "https://", 8) == 0 && endpoint[8] != '/' &&
           strlen(endpoint) < ENDPOINT_MAX && !strpbrk(endpoint, " \"\\<>\r\n\t@");
}

void push_subscribe(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    const char *key = doors->push_key ? doors->push_key(doors->arg) : NULL;
    json_t *body = ask_object(ask);

    if (!body)
        return;
    struct push_work *work = begin(ask);
    const char *endpoint = json_string_value(json_object_get(body, "endpoint"));
    const json_t *keys = json_object_get(body, "keys");
    struct device_row *wish = &work->wish;
    if (!ask->who->person) {
        answer_error(ask, 409, "no_person", NULL,
                     _("only a person's phone can be woken; ask for a link of your own"));
    } else if (!key) {
        answer_error(ask, 503, "no_key", NULL, _("kengd has no key for Web Push"));
    } else if (!is_endpoint(endpoint) ||
               !read_bytes(json_object_get(keys, "p256dh"), wish->key, PUSH_KEY) ||
               !read_bytes(json_object_get(keys, "auth"), wish->auth, PUSH_AUTH) ||
               wish->key[0] != 4) {
        answer_error(ask, 400, "bad_subscription", NULL,
                     _("this is no subscription of a browser: endpoint (https), "
                       "keys.p256dh and keys.auth are needed"));
    } else {
        work->subscribes = true;
        work->person = xstrdup(ask->who->person->id);
        work->name = xstrdup(ask->who->name);
        wish->endpoint = xstrdup(endpoint);
        wish->vapid = xstrdup(key);
        wish->push = PUSH_WORKS;
        wish->push_us = clock_wall_us();
        access_note(ask->web, ask->who, "push", "subscribe");
        ask_desk(ask, ask->web->duties, write_wish, answer_written);
    }
    json_decref(body);
}

void push_end(struct ask *ask)
{
    begin(ask);
    ask_desk(ask, ask->web->duties, write_wish, answer_written);
}

/* ---- whether it works -------------------------------------------------------------------- */

static void on_own_phone(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    const struct push_work *work = ask->job;
    const struct person *person = ask->who->person;
    const struct area *area = person && person->area_count ? person->areas[0]
                              : ask->settings->area_count  ? ask->settings->areas
                                                           : NULL;

    if (work->failed)
        answer_failure(ask, &work->err);
    else if (!person || !area || !work->found || work->device.push != PUSH_WORKS)
        answer_error(ask, 409, "not_woken", NULL,
                     _("this phone does not receive notifications yet; turn them on first"));
    else
        doors->test(doors->arg, area->id, "push", person->id, ask->who->name,
                    answer_door, ask);
}

void push_test(struct ask *ask)
{
    begin(ask);
    ask_desk(ask, ask->web->reads, read_device, on_own_phone);
}
