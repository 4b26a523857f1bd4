#include "gone.h"

#include <stdio.h>
#include <string.h>

#include "alert/condition.h"

static bool has_webhook(const struct settings *set, const char *id)
{
    bool has = false;

    for (size_t i = 0; i < set->webhook_count; i++)
        has = has || strcmp(set->webhooks[i].id, id) == 0;
    return has;
}

static bool has_channel(const struct settings *set, const char *name)
{
    if (strncmp(name, "webhook/", 8) == 0)
        return has_webhook(set, name + 8);
    if (strcmp(name, "email") == 0)
        return set->channels.email.host;
    if (strcmp(name, "mqtt") == 0)
        return set->channels.mqtt.host;
    if (strcmp(name, "zalo") == 0)
        return set->channels.zalo.token;
    return strcmp(name, "push") != 0 || set->channels.push.on;
}

bool is_of_what_is_gone(const struct settings *set, const char *key)
{
    char about[CONDITION_MAX];

    snprintf(about, sizeof about, "%.*s", (int)strcspn(key, "@"), key);
    if (strncmp(about, "recording/", 10) == 0)
        return !settings_volume_path(set, about + 10);
    if (strncmp(about, "slow-disk/", 10) == 0)
        return !settings_volume_path(set, about + 10);
    if (strncmp(about, "channel/", 8) == 0)
        return !has_channel(set, about + 8);
    return false;
}
