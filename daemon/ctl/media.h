/*
 * The media service of an ONVIF device, of the two that there are: media2 (ver20) where
 * the device has it, for the older one does not tell of H.265; else media1. Thread: main;
 * each call is waited for. Errors: NULL is well, else a code of onvif.h; failed logins
 * are counted in the prober.
 */
#pragma once
#include "onvif.h"

struct prober;

struct media {
    struct prober *prober;
    struct onvif *device;
    char path[ONVIF_PATH];
    bool is_second;
};

/* Finds the service and what profiles it tells. */
const char *media_open(struct media *media, struct prober *prober, struct onvif *device,
                       struct onvif_said *profiles);

/* Frame rate and GOP of a profile that did not say them; as they are where nobody does.
 */
void media_encoder(struct media *media, struct onvif_profile *profile);

/* The stream's address, as the device tells it. */
const char *media_uri(struct media *media, const struct onvif_profile *profile,
                      char uri[ONVIF_URI]);

/* A call to any service. */
const char *device_ask(struct prober *prober, struct onvif *device, enum onvif_call call,
                       const char *path, const char *token, struct onvif_said *said);
