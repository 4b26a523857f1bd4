/*
 * A vault is a file that only a passphrase opens: scrypt (RFC 7914) makes the key, AES-256-GCM
 * (NIST SP 800-38D) encrypts chunks of 64 KiB, each numbered and the last one marked, so that
 * none can be changed, moved or left out (the STREAM construction: Hoang, Reyhanitabar, Rogaway,
 * Vizar, "Online Authenticated-Encryption", 2015). docs/backup.md has the bytes.
 * Thread: one at a time. Errors: ERR_DISK, ERR_LOGIN (the passphrase is another one),
 * ERR_MEDIA (no vault, or not as it was written).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"

enum { PASSPHRASE_LEAST = 12, PASSPHRASE_MOST = 1024, VAULT_HEAD_BYTES = 64 };

struct vault_writer;
/* Descriptors stay the caller's. */
struct vault_writer *vault_create(int fd, const char *passphrase, struct error *err);
bool vault_write(struct vault_writer *vault, const void *bytes, size_t size,
                 struct error *err);
/* What was written is whole; without this call it is refused when it is read. */
bool vault_end(struct vault_writer *vault, struct error *err);
void vault_writer_free(struct vault_writer *vault); /* NULL is allowed */

struct vault_reader;
struct vault_reader *vault_open(int fd, const char *passphrase, struct error *err);
/* As much as there is, at most `size`; every byte was checked. 0: the end, and all of it was
 * there. -1 with `err`. */
ssize_t vault_read(struct vault_reader *vault, void *to, size_t size, struct error *err);
void vault_reader_free(struct vault_reader *vault); /* NULL is allowed */
