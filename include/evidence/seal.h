/*
 * kengd's own key (Ed25519), with which packages of footage are signed: made at the first
 * start in state/export-key.pem, readable by kengd alone.
 * Thread: any, one at a time. Errors: ERR_DISK.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum { SIGNATURE_BYTES = 64, FINGERPRINT_MAX = 65, SEAL_PEM_MAX = 4096 };

struct seal;

struct seal *seal_open(const char *state_dir, struct error *err);
void seal_close(struct seal *seal); /* NULL is allowed */

/* SHA-256 of the public key (DER, SubjectPublicKeyInfo), 64 hex digits. Source: RFC 8410. */
const char *seal_fingerprint(const struct seal *seal);
/* The public key as PEM. */
const char *seal_public_key(const struct seal *seal);

bool seal_sign(const struct seal *seal, const void *bytes, size_t size,
               uint8_t signature[SIGNATURE_BYTES], struct error *err);

/* Whether a public key (PEM) made the signature; its fingerprint. False: it is not an Ed25519
 * key or it did not. */
bool seal_check(const void *pem, size_t pem_size, const void *bytes, size_t size,
                const uint8_t *signature, size_t signature_size,
                char fingerprint[FINGERPRINT_MAX]);
