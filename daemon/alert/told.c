#include "told.h"

#include <stdio.h>
#include <string.h>

#include "alert/condition.h"
#include "core/text.h"
#include "parts.h"

void told_of_channel(struct duty *duty, const char *channel, const char *recipient,
                     const struct receipt *receipt)
{
    char key[CONDITION_MAX], vi[300], en[300];
    bool is_webhook = strcmp(channel, "webhook") == 0;

    snprintf(key, sizeof key, "channel/%s%s%s", channel, is_webhook ? "/" : "",
             is_webhook ? strchr(recipient, ':') + 1 : "");
    if (receipt->result == RECEIPT_TAKEN) {
        duty_condition_over(duty, key);
        return;
    }
    if (receipt->result != RECEIPT_AGAIN)
        return;
    enum language before = text_use(LANGUAGE_VI);
    snprintf(vi, sizeof vi, _("Alerts do not get through on %s: %s"), key + 8,
             receipt->detail);
    text_use(LANGUAGE_EN);
    snprintf(en, sizeof en, _("Alerts do not get through on %s: %s"), key + 8,
             receipt->detail);
    text_use(before);
    text_cut_utf8(vi);
    text_cut_utf8(en);
    duty_condition_lasts(duty, &(struct condition){
                                   .key = key,
                                   .severity = SEVERITY_WARNING,
                                   .grace_us = duty->set->alerts.health.channel_us,
                                   .texts = { [LANGUAGE_VI] = vi, [LANGUAGE_EN] = en } });
}

static void tell_cut(struct duty *duty)
{
    const char *sentence = N_("The way to the internet is cut; phones away from the hamlet "
                              "are told when it is back");
    enum language before = text_use(LANGUAGE_VI);
    struct condition what = { .key = "uplink",
                              .severity = SEVERITY_WARNING,
                              .grace_us = duty->set->alerts.health.uplink_us };

    what.texts[LANGUAGE_VI] = _(sentence);
    text_use(LANGUAGE_EN);
    what.texts[LANGUAGE_EN] = _(sentence);
    text_use(before);
    duty_condition_lasts(duty, &what);
}

void told_of_uplink(struct duty *duty, enum uplink_is is)
{
    if (is == UPLINK_THERE)
        duty_condition_over(duty, "uplink");
    else if (is == UPLINK_CUT)
        tell_cut(duty);
}
