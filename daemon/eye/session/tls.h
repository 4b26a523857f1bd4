/*
 * TLS inside a connection to a camera (RTSPS): what the socket brought goes in, what the
 * socket must take comes out, and libssl itself touches no descriptor. Nothing of ours is
 * sent before the camera has shown that it is the one that is meant: by a certificate that
 * somebody trusted has signed for this host, or by the one that was pinned.
 * Thread: the loop's. Errors: ERR_CONFIG (trust), else by tls_code() and tls_detail().
 * Source: RFC 8446, RFC 5246, RFC 6125 (names).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"

struct tls;
struct tls_trust;

/* Reads files, so before the sandbox is closed. `fingerprint`: SHA-256 of the certificate
 * that is meant, 64 hexadecimal digits; then nobody need have signed it. Else `ca_file`
 * holds whom to trust; NULL: whom the system trusts. */
struct tls_trust *tls_trust_new(const char *fingerprint, const char *ca_file,
                                struct error *err);
void tls_trust_free(struct tls_trust *trust);

/* `host`: as in the url; a name or an address. */
struct tls *tls_new(const struct tls_trust *trust, const char *host);
void tls_free(struct tls *tls);

/* From the socket. At most 64 KiB, and all that is readable is read before the next. */
void tls_put(struct tls *tls, const void *bytes, size_t size);

/* What the camera said. 0: nothing more is there; -1: it is over, see tls_code(). */
ssize_t tls_read(struct tls *tls, void *to, size_t room);

/* What is said to the camera; kept until the camera has shown who it is. */
void tls_write(struct tls *tls, const void *bytes, size_t size);

/* For the socket. Returns how many were put to `to`; 0: nothing more. */
size_t tls_take(struct tls *tls, void *to, size_t room);

/* Why it is over, as the codes of session.h; NULL: the camera has closed. The detail is
 * the fingerprint of the certificate that was shown, or what libssl says. */
const char *tls_code(const struct tls *tls);
const char *tls_detail(const struct tls *tls);
