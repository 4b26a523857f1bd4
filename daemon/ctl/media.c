#include "media.h"

#include <stdio.h>
#include <string.h>

#include "probe.h"

static const char device_service[] = "/onvif/device_service";

const char *device_ask(struct prober *p, struct onvif *device, enum onvif_call call,
                       const char *path, const char *token, struct onvif_said *said)
{
    struct onvif_ask a = { .call = call };
    int before = onvif_failed_logins(device);

    snprintf(a.path, sizeof a.path, "%s", path);
    snprintf(a.token, sizeof a.token, "%s", token);
    const char *trouble = prober_ask(p, device, &a, said);
    p->failed += onvif_failed_logins(device) - before;
    return trouble;
}

static const char *ask(struct media *m, enum onvif_call call, const char *token,
                       struct onvif_said *said)
{
    return device_ask(m->prober, m->device, call, m->path, token, said);
}

/* Devices of before 2010 have no GetServices; whoever does not let us in is not asked on.
 */
static bool may_lack_it(const char *trouble)
{
    return strcmp(trouble, ONVIF_REFUSES) == 0 || strcmp(trouble, ONVIF_BREAKS) == 0;
}

const char *media_open(struct media *m, struct prober *prober, struct onvif *device,
                       struct onvif_said *profiles)
{
    struct onvif_said services, old;
    const char *trouble;

    *m = (struct media){ .prober = prober, .device = device };
    trouble = device_ask(prober, device, ONVIF_SERVICES, device_service, "", &services);
    if (trouble && !may_lack_it(trouble))
        return trouble;
    if (!trouble && onvif_path_of(services.media2, m->path)) {
        m->is_second = true;
        if (!ask(m, ONVIF_GET_PROFILES2, "", profiles) && profiles->profile_count > 0)
            return NULL;
        m->is_second = false;
    }
    bool has_path = !trouble && onvif_path_of(services.media, m->path);
    if (!has_path) {
        trouble =
            device_ask(prober, device, ONVIF_CAPABILITIES, device_service, "", &old);
        if (trouble)
            return trouble;
        if (!onvif_path_of(old.media, m->path))
            return ONVIF_REFUSES;
    }
    return ask(m, ONVIF_GET_PROFILES, "", profiles);
}

void media_encoder(struct media *m, struct onvif_profile *profile)
{
    struct onvif_said said;

    if (!m->is_second && profile->gop == 0 && profile->encoder[0] &&
        !ask(m, ONVIF_ENCODER, profile->encoder, &said) && said.profile_count == 1) {
        profile->fps = said.profiles[0].fps;
        profile->gop = said.profiles[0].gop;
    }
}

const char *media_uri(struct media *m, const struct onvif_profile *profile,
                      char uri[ONVIF_URI])
{
    struct onvif_said said;
    const char *trouble = ask(m, m->is_second ? ONVIF_STREAM_URI2 : ONVIF_STREAM_URI,
                              profile->token, &said);

    memcpy(uri, said.uri, ONVIF_URI);
    return trouble;
}
