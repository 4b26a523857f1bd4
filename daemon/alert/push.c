/* Web Push: a phone is woken with the whole sentence. RFC 8030. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/secret.h"
#include "core/text.h"
#include "push_crypt.h"
#include "wording.h"

enum { TTL_S = 86400, TTL_NOTICE_S = 4 * 3600, TOKEN_S = 12 * 3600 };

struct sending {
    receipt_fn *done;
    void *arg;
    char host[120];
};

/* Never the whole address: who has it can wake the phone. */
static void host_of(const char *endpoint, char *to, size_t room)
{
    const char *host = strstr(endpoint, "://");

    host = host ? host + 3 : endpoint;
    snprintf(to, room, "%.*s", (int)strcspn(host, "/?#"), host);
}

struct receipt receipt_of_push(const struct courier_answer *answer, const char *whom)
{
    struct receipt receipt = receipt_of_answer(answer, whom);

    /* 413: this message is too large, others may go. 401 and 403: our token is not believed.
     * Either the time in it is wrong, or the subscription is for another key of ours. */
    if (answer->code == CURLE_OK && (answer->status == 401 || answer->status == 403))
        receipt.result = clock_is_trusted() ? RECEIPT_STALE : RECEIPT_AGAIN;
    return receipt;
}

static void on_answer(void *arg, const struct courier_answer *answer)
{
    struct sending *sending = arg;
    struct receipt receipt = receipt_of_push(answer, sending->host);

    sending->done(sending->arg, &receipt);
}

static bool is_silent(const struct parcel *parcel)
{
    const struct letter *letter = &parcel->letters[0];

    return parcel->part.pick == PICK_LATE ||
           strcmp(letter->delivery.what, "raised") != 0 ||
           letter->alert.event.severity == SEVERITY_NOTICE;
}

static char *payload(const struct parcel *parcel)
{
    const struct letter *letter = &parcel->letters[0];
    char *title = wording_title(parcel), *body = wording_body(parcel);

    text_cut_utf8(title);
    if (strlen(body) > 1000) {
        body[1000] = 0;
        text_cut_utf8(body);
    }
    json_t *object = json_pack("{s:s, s:s, s:b, s:b, s:I}", "title", title, "body", body,
                               "silent", is_silent(parcel), "digest", parcel->is_digest,
                               "count", (json_int_t)parcel->sum.count);
    json_t *alert = wording_letter(parcel->set, letter, parcel->part.late_before_us);
    json_object_del(alert, "note");
    json_object_set_new(object, "alert", alert);
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    free(title);
    free(body);
    return text;
}

static void add_header(struct curl_slist **list, const char *name, const char *value)
{
    char *line = xformat("%s: %s", name, value);

    *list = curl_slist_append(*list, line);
    free(line);
}

static struct curl_slist *headers(struct ways *ways, const struct parcel *parcel)
{
    const struct letter *letter = &parcel->letters[0];
    const char *contact = ways->set->channels.push.contact;
    const char *url = ways->set->web.public_url;
    bool urgent = letter->alert.event.severity == SEVERITY_URGENT;
    struct curl_slist *list = NULL;
    char text[40];

    char *authorization = vapid_authorization(
        ways->vapid, parcel->device.endpoint,
        contact                                  ? contact
        : url && strncmp(url, "https:", 6) == 0 ? url
                                                 : "mailto:kengd@localhost",
        clock_wall_us() / 1000000 + TOKEN_S);
    add_header(&list, "Authorization", authorization ? authorization : "");
    free(authorization);
    add_header(&list, "Content-Type", "application/octet-stream");
    add_header(&list, "Content-Encoding", "aes128gcm");
    snprintf(text, sizeof text, "%d",
             letter->alert.event.severity == SEVERITY_NOTICE ? TTL_NOTICE_S : TTL_S);
    add_header(&list, "TTL", text);
    add_header(&list, "Urgency", is_silent(parcel) ? "low" : urgent ? "high" : "normal");
    /* What comes later of the same alert takes the place of what has not arrived yet. At
     * most 32 characters of base64url: RFC 8030, 5.4. */
    add_header(&list, "Topic", parcel->is_digest ? "digest" : letter->alert.id);
    add_header(&list, "Expect", "");
    return list;
}

static void push_send(struct ways *ways, const struct parcel *parcel, receipt_fn *done,
                      void *arg)
{
    const struct device_row *device = &parcel->device;
    uint8_t salt[PUSH_SALT];
    struct bytes sealed = { 0 };
    struct error err = { .kind = ERR_NONE };

    if (!device->endpoint || device->push != PUSH_WORKS || device->revoked_us) {
        receipt_post(ways, done, arg, RECEIPT_GONE,
                     _("the phone has no subscription any more"));
        return;
    }
    if (!ways->vapid) {
        receipt_post(ways, done, arg, RECEIPT_AGAIN, _("kengd has no key for Web Push"));
        return;
    }
    EVP_PKEY *own = push_new_key();
    char *text = payload(parcel);
    secret_random(salt, sizeof salt);
    if (!own || !push_encrypt(device->key, device->auth, salt, own, text, strlen(text),
                              &sealed, &err)) {
        receipt_post(ways, done, arg, RECEIPT_REFUSED, err.text);
    } else {
        struct sending *sending = xcalloc(1, sizeof *sending);
        *sending = (struct sending){ .done = done, .arg = arg };
        host_of(device->endpoint, sending->host, sizeof sending->host);
        courier_send(ways->courier,
                     &(struct courier_order){ .url = device->endpoint,
                                              .guarded = true,
                                              .headers = headers(ways, parcel),
                                              .body = sealed.at,
                                              .size = sealed.size,
                                              .clear = free,
                                              .prepare_arg = sending },
                     on_answer, sending);
    }
    bytes_free(&sealed);
    free(text);
    EVP_PKEY_free(own);
}

const struct channel_kind channel_push = {
    .name = "push",
    .letters = 5,
    .digests = true,
    .person = true,
    .follows = true,
    .send = push_send,
};
