/*
 * The answer to a camera's login challenge: the value of an Authorization header.
 * Thread: any. Errors: ERR_LOGIN with what cannot be answered.
 * Source: RFC 2617 and 7616 (digest: MD5 and SHA-256, with and without -sess, qop auth
 * and none), RFC 7617 (Basic).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "wire/camera_link.h"

/* Requests signed with one nonce so far. All zero before the first challenge. */
struct login_nonce {
    char nonce[256];
    char cnonce[65];
    uint32_t count;
};

/* `password` may have any characters, as UTF-8. `uses` is raised, or begun anew when the
 * nonce is another one. */
bool login_answer(const struct camera_challenge *c, const char *user,
                  const char *password, struct login_nonce *uses,
                  struct camera_login *out, struct error *err);
