/*
 * The cryptography of Web Push: a message that only the phone can read, and a token that
 * says who sends. Sources: RFC 8188 (aes128gcm), RFC 8291, RFC 8292 (VAPID).
 * Thread: any. Errors: ERR_MEDIA (keys of a phone that are none), ERR_DISK (our key).
 */
#pragma once
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/error.h"
#include "store/device_rows.h"

enum { PUSH_SALT = 16, PUSH_PLAIN_MAX = 3000, VAPID_PUBLIC_TEXT = 88 };

/* One record; `salt` and `own` (a P-256 key pair) are fresh for each message. */
bool push_encrypt(const uint8_t phone[PUSH_KEY], const uint8_t auth[PUSH_AUTH],
                  const uint8_t salt[PUSH_SALT], EVP_PKEY *own, const void *plain,
                  size_t size, struct bytes *out, struct error *err);
EVP_PKEY *push_new_key(void);
/* A P-256 key pair from its parts, for test vectors; NULL: they are none. */
EVP_PKEY *push_key_of(const uint8_t secret[32], const uint8_t point[PUSH_KEY]);

/* base64url without padding. */
void base64url(const void *from, size_t size, struct bytes *out);

/* Our key: state/vapid.pem (0600), made at the first start. */
struct vapid;
struct vapid *vapid_open(const char *state_dir, struct error *err);
void vapid_free(struct vapid *vapid);
const char *vapid_public(const struct vapid *vapid); /* base64url, as pages need it */

/* "vapid t=..., k=..." for the push service of this endpoint. The caller frees. */
char *vapid_authorization(const struct vapid *vapid, const char *endpoint,
                          const char *contact, int64_t expires_s);
