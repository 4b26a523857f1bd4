/*
 * WS-UsernameToken with PasswordDigest: Base64(SHA-1(nonce + created + password)). The
 * device refuses one whose time is not its own, so `now_us` is by its clock.
 * Thread: any. Source: WS-Security UsernameToken Profile 1.0, 3.1.
 */
#pragma once
#include "wire/onvif_link.h"

/* Fills user, digest, nonce and created. False: the user does not fit. */
bool onvif_sign(struct onvif_ask *ask, const char *user, const char *password,
                int64_t now_us);

/* The same with a nonce that is given, of `size` bytes up to 32. */
bool onvif_sign_with(struct onvif_ask *ask, const char *user, const char *password,
                     int64_t now_us, const uint8_t *nonce, size_t size);
