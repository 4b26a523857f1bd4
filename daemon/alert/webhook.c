/*
 * Other programs are told by HTTP: JSON, signed with HMAC-SHA256 over the time and the body,
 * so that a copy that is sent again later is known.
 */
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"
#include "wording.h"

struct sending {
    receipt_fn *done;
    void *arg;
    char name[ID_MAX + 16];
};

static void on_answer(void *arg, const struct courier_answer *answer)
{
    struct sending *sending = arg;
    struct receipt receipt = receipt_of_answer(answer, sending->name);

    /* A program that is being mended comes back: nothing it says takes it off the list. */
    if (receipt.result == RECEIPT_GONE)
        receipt.result = RECEIPT_AGAIN;
    sending->done(sending->arg, &receipt);
}

static const struct webhook *find_webhook(const struct settings *set, const char *id)
{
    for (size_t i = 0; i < set->webhook_count; i++)
        if (strcmp(set->webhooks[i].id, id) == 0)
            return &set->webhooks[i];
    return NULL;
}

static char *signature(const char *secret, long long at_s, const char *body)
{
    char *text = xformat("%lld.%s", at_s, body);
    uint8_t digest[32];
    unsigned size = sizeof digest;
    struct bytes hex = { 0 };

    HMAC(EVP_sha256(), secret, (int)strlen(secret), (const uint8_t *)text, strlen(text),
         digest, &size);
    for (size_t i = 0; i < sizeof digest; i++)
        bytes_format(&hex, "%02x", digest[i]);
    free(text);
    return bytes_take(&hex);
}

static void webhook_send(struct ways *ways, const struct parcel *parcel, receipt_fn *done,
                         void *arg)
{
    const char *id = strchr(parcel->part.to.recipient, ':');
    const struct webhook *hook = id ? find_webhook(ways->set, id + 1) : NULL;
    long long at_s = clock_wall_us() / 1000000;
    json_t *list = json_array();

    if (!hook) {
        json_decref(list);
        receipt_post(ways, done, arg, RECEIPT_GONE,
                     _("it is not in the configuration any more"));
        return;
    }
    for (size_t i = 0; i < parcel->count; i++)
        json_array_append_new(list, wording_letter(parcel->set, &parcel->letters[i],
                                                   parcel->part.late_before_us));
    json_t *object = json_pack("{s:s, s:o}", "site", parcel->set->site.name, "alerts", list);
    char *body = json_dumps(object, JSON_COMPACT);
    char *signed_with = signature(hook->secret, at_s, body);
    char *header = xformat("Kengd-Signature: t=%lld,v1=%s", at_s, signed_with);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, header);
    headers = curl_slist_append(headers, "Expect:");
    struct sending *sending = xcalloc(1, sizeof *sending);
    *sending = (struct sending){ .done = done, .arg = arg };
    snprintf(sending->name, sizeof sending->name, "webhook %s", hook->id);
    courier_send(ways->courier,
                 &(struct courier_order){ .url = hook->url,
                                          .headers = headers,
                                          .body = body,
                                          .size = strlen(body),
                                          .clear = free,
                                          .prepare_arg = sending },
                 on_answer, sending);
    free(header);
    free(signed_with);
    free(body);
    json_decref(object);
}

const struct channel_kind channel_webhook = {
    .name = "webhook",
    .letters = 100,
    .follows = true,
    .send = webhook_send,
};
