/*
 * A package is one ZIP file whose members are stored, not packed: what any computer opens.
 * It is written front to back under another name and takes its own when it is whole and on
 * the disk.
 * Thread: the owner's; writes files, so not the loop. Errors: ERR_DISK.
 * Source: PKWARE APPNOTE 6.3.10: 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to
 * 4.3.16 (its end), 4.5.3 (ZIP64).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/error.h"

enum { MEMBER_NAME_MAX = 96, SHA256_TEXT_MAX = 65, MEMBERS_MOST = 2000 };

/* One file of a package. */
struct member {
    char name[MEMBER_NAME_MAX]; /* of A-Z a-z 0-9 . _ - and not beginning with . or - */
    bool large;                 /* its header has room for sizes over 4 GiB */
    uint16_t time, date;        /* as DOS wrote them, local */
    uint32_t crc;
    uint64_t bytes, at;         /* where its header begins */
    char sha256[SHA256_TEXT_MAX];
};

struct package;

/* `local_s`: seconds since 1970 as a clock on the wall shows them. */
struct package *package_create(int dir_fd, const char *name, int64_t local_s,
                               struct error *err);

/* A member: begin, write as often as needed, end. `large`: it may be over 4 GiB. */
bool package_begin(struct package *package, const char *name, bool large, struct error *err);
bool package_write(struct package *package, const void *bytes, size_t size,
                   struct error *err);
/* The member, lent until the next begins. */
const struct member *package_end(struct package *package, struct error *err);
bool package_add(struct package *package, const char *name, const void *bytes, size_t size,
                 struct error *err);

/* "<sha256>  <name>" lines of the members so far. */
void package_sums(const struct package *package, struct bytes *to);

/* Writes the directory, syncs, renames. After it only package_close(). */
bool package_finish(struct package *package, int64_t *bytes,
                    char sha256[SHA256_TEXT_MAX], struct error *err);
/* Removes what was not finished. NULL is allowed. */
void package_close(struct package *package);

/* ---- what verifying needs too --------------------------------------------------------- */

enum { MEMBER_HEADER_MOST = 30 + MEMBER_NAME_MAX + 20 };

size_t member_header(const struct member *member, uint8_t to[MEMBER_HEADER_MOST]);
bool member_name_is_fine(const char *name, size_t length);
/* Everything behind the last member, which ends at `at`. */
void package_directory(struct bytes *to, const struct member *members, size_t count,
                       uint64_t at);
