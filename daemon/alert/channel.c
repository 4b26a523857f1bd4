#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"
#include "pack.h"

static const struct channel_kind *const kinds[] = { &channel_push, &channel_webhook,
                                                    &channel_email, &channel_mqtt,
                                                    &channel_zalo };

const struct channel_kind *channel_at(size_t i)
{
    return i < COUNT_OF(kinds) ? kinds[i] : NULL;
}

const struct channel_kind *channel_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

struct posted {
    LIST_ENTRY(posted) next;
    receipt_fn *done;
    void *arg;
    struct receipt receipt;
};

static void on_posted(void *arg)
{
    struct posted *posted = arg;

    if (posted->done) {
        LIST_REMOVE(posted, next);
        posted->done(posted->arg, &posted->receipt);
    }
    free(posted);
}

void receipt_post(struct ways *ways, receipt_fn *done, void *arg,
                  enum receipt_result result, const char *detail)
{
    struct posted *posted = xcalloc(1, sizeof *posted);

    *posted = (struct posted){ .done = done, .arg = arg, .receipt = { .result = result } };
    snprintf(posted->receipt.detail, sizeof posted->receipt.detail, "%s", detail);
    text_cut_utf8(posted->receipt.detail);
    LIST_INSERT_HEAD(&ways->posted, posted, next);
    loop_post(ways->loop, on_posted, posted);
}

void receipts_forget(struct ways *ways)
{
    while (!LIST_EMPTY(&ways->posted)) {
        struct posted *posted = LIST_FIRST(&ways->posted);
        LIST_REMOVE(posted, next);
        posted->done = NULL;
    }
}

struct receipt receipt_of_answer(const struct courier_answer *answer, const char *whom)
{
    struct receipt receipt = { .code = answer->status,
                               .after_us = answer->retry_after_us };
    int status = answer->status;

    if (answer->code != CURLE_OK || status == 0) {
        receipt.result = RECEIPT_AGAIN;
        snprintf(receipt.detail, sizeof receipt.detail, _("%s cannot be reached: %s"),
                 whom, answer->why);
    } else if (status >= 200 && status < 300) {
        receipt.result = RECEIPT_TAKEN;
    } else {
        receipt.result = status == 404 || status == 410                      ? RECEIPT_GONE
                         : status == 408 || status == 429 || status >= 500 ? RECEIPT_AGAIN
                                                                             : RECEIPT_REFUSED;
        snprintf(receipt.detail, sizeof receipt.detail, _("%s answers with HTTP %d"), whom,
                 status);
    }
    text_cut_utf8(receipt.detail);
    return receipt;
}
