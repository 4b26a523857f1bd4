/* Zalo bot: text and link to a person's chat. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "core/memory.h"
#include "core/secret.h"
#include "core/text.h"
#include "wording.h"

#define API "https://bot-api.zapps.me"

enum { TEXT_MAX = 2000 };

struct sending {
    receipt_fn *done;
    void *arg;
};

/* The API answers 200 with {"ok": false, "error_code": 4xx} when it refuses. */
static void on_answer(void *arg, const struct courier_answer *answer)
{
    struct sending *sending = arg;
    struct receipt receipt = receipt_of_answer(answer, "Zalo");
    json_t *body = answer->size > 0 ? json_loads(answer->body, 0, NULL) : NULL;
    json_t *ok = json_object_get(body, "ok");
    int code = (int)json_integer_value(json_object_get(body, "error_code"));

    if (receipt.result == RECEIPT_TAKEN && !json_is_true(ok)) {
        receipt.code = code;
        receipt.result = code == 429 || code >= 500 || code == 0 || code == 401
                             ? RECEIPT_AGAIN
                             : RECEIPT_REFUSED;
        snprintf(receipt.detail, sizeof receipt.detail, _("Zalo refuses with code %d"), code);
    } else if (receipt.result == RECEIPT_GONE) {
        receipt.result = RECEIPT_AGAIN; /* a wrong token: an admin can mend it */
    }
    json_decref(body);
    sending->done(sending->arg, &receipt);
}

static const char *api(void)
{
#ifdef KENGD_SANITIZED /* the test's own */
    if (getenv("KENGD_TEST_ZALO"))
        return getenv("KENGD_TEST_ZALO");
#endif
    return API;
}

static void zalo_send(struct ways *ways, const struct parcel *parcel, receipt_fn *done,
                      void *arg)
{
    const struct settings *set = ways->set;
    const char *id = strchr(parcel->part.to.recipient, ':');
    const struct person *person = id ? settings_find_person(set, id + 1) : NULL;

    if (!person || !person->zalo || !set->channels.zalo.token) {
        receipt_post(ways, done, arg, RECEIPT_GONE,
                     _("it is not in the configuration any more"));
        return;
    }
    char *text = wording_text(parcel);
    if (strlen(text) > TEXT_MAX) {
        text[TEXT_MAX] = 0;
        text_cut_utf8(text);
    }
    char *picture = parcel->is_digest ? NULL : wording_picture(parcel);
    json_t *object = json_pack("{s:s, s:s}", "chat_id", person->zalo,
                               picture ? "caption" : "text", text);
    if (picture)
        json_object_set_new(object, "photo", json_string(picture));
    char *body = json_dumps(object, JSON_COMPACT);
    char *url = xformat("%s/bot%s/%s", api(), set->channels.zalo.token,
                        picture ? "sendPhoto" : "sendMessage");
    struct sending *sending = xcalloc(1, sizeof *sending);
    *sending = (struct sending){ .done = done, .arg = arg };
    courier_send(ways->courier,
                 &(struct courier_order){
                     .url = url,
                     .headers = curl_slist_append(NULL, "Content-Type: application/json"),
                     .body = body,
                     .size = strlen(body),
                     .clear = free,
                     .prepare_arg = sending },
                 on_answer, sending);
    secret_free_text(url);
    free(body);
    free(picture);
    json_decref(object);
    free(text);
}

const struct channel_kind channel_zalo = {
    .name = "zalo",
    .letters = 5,
    .digests = true,
    .person = true,
    .send = zalo_send,
};
