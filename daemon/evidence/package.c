#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "core/memory.h"
#include "core/text.h"
#include "package.h"

/* Written to the disk so often that the last sync is short and never holds up a recorder. */
enum { SYNC_BYTES = 32 << 20 };

static const uint64_t SMALL_MOST = UINT32_MAX - 1;

struct package {
    int dir_fd, fd;
    char name[NAME_MAX + 1], part[NAME_MAX + 1];
    uint16_t time, date;
    uint64_t at, synced;
    struct member *members;
    size_t count;
    EVP_MD_CTX *sum; /* of the member that is being written */
    bool finished;
};

/* ---- little-endian fields ------------------------------------------------------------- */

static void put(uint8_t **to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *(*to)++ = (uint8_t)(value >> (8 * i));
}

static uint32_t small(uint64_t value, bool elsewhere)
{
    return elsewhere ? UINT32_MAX : (uint32_t)value;
}

enum { NEEDS_USUAL = 20, NEEDS_ZIP64 = 45, NAMES_UTF8 = 0x0800, MADE_ON_UNIX = 3 << 8 };

size_t member_header(const struct member *m, uint8_t to[MEMBER_HEADER_MOST])
{
    size_t length = strlen(m->name);
    uint8_t *at = to;

    put(&at, 0x04034b50, 4);
    put(&at, m->large ? NEEDS_ZIP64 : NEEDS_USUAL, 2);
    put(&at, NAMES_UTF8, 2);
    put(&at, 0, 2); /* stored */
    put(&at, m->time, 2);
    put(&at, m->date, 2);
    put(&at, m->crc, 4);
    put(&at, small(m->bytes, m->large), 4);
    put(&at, small(m->bytes, m->large), 4);
    put(&at, length, 2);
    put(&at, m->large ? 20 : 0, 2);
    memcpy(at, m->name, length);
    at += length;
    if (m->large) {
        put(&at, 1, 2);
        put(&at, 16, 2);
        put(&at, m->bytes, 8);
        put(&at, m->bytes, 8);
    }
    return (size_t)(at - to);
}

static void add_entry(struct bytes *to, const struct member *m)
{
    uint8_t entry[46 + MEMBER_NAME_MAX + 32], *at = entry;
    size_t length = strlen(m->name);
    bool far = m->at > SMALL_MOST;
    size_t extra = (m->large ? 16 : 0) + (far ? 8 : 0);

    put(&at, 0x02014b50, 4);
    put(&at, MADE_ON_UNIX | NEEDS_ZIP64, 2);
    put(&at, m->large || far ? NEEDS_ZIP64 : NEEDS_USUAL, 2);
    put(&at, NAMES_UTF8, 2);
    put(&at, 0, 2);
    put(&at, m->time, 2);
    put(&at, m->date, 2);
    put(&at, m->crc, 4);
    put(&at, small(m->bytes, m->large), 4);
    put(&at, small(m->bytes, m->large), 4);
    put(&at, length, 2);
    put(&at, extra ? extra + 4 : 0, 2);
    put(&at, 0, 2); /* no comment */
    put(&at, 0, 2); /* disk */
    put(&at, 0, 2);
    put(&at, (uint64_t)0100644 << 16, 4);
    put(&at, small(m->at, far), 4);
    memcpy(at, m->name, length);
    at += length;
    if (extra) {
        put(&at, 1, 2);
        put(&at, extra, 2);
        if (m->large) {
            put(&at, m->bytes, 8);
            put(&at, m->bytes, 8);
        }
        if (far)
            put(&at, m->at, 8);
    }
    bytes_add(to, entry, (size_t)(at - entry));
}

void package_directory(struct bytes *to, const struct member *members, size_t count,
                       uint64_t at)
{
    uint8_t end[56 + 20 + 22], *p = end;
    size_t begin = to->size;

    for (size_t i = 0; i < count; i++)
        add_entry(to, &members[i]);
    uint64_t size = to->size - begin;
    bool far = at > SMALL_MOST;
    if (far) {
        put(&p, 0x06064b50, 4);
        put(&p, 44, 8);
        put(&p, MADE_ON_UNIX | NEEDS_ZIP64, 2);
        put(&p, NEEDS_ZIP64, 2);
        put(&p, 0, 4);
        put(&p, 0, 4);
        put(&p, count, 8);
        put(&p, count, 8);
        put(&p, size, 8);
        put(&p, at, 8);
        put(&p, 0x07064b50, 4);
        put(&p, 0, 4);
        put(&p, at + size, 8);
        put(&p, 1, 4);
    }
    put(&p, 0x06054b50, 4);
    put(&p, 0, 2);
    put(&p, 0, 2);
    put(&p, count, 2);
    put(&p, count, 2);
    put(&p, size, 4);
    put(&p, small(at, far), 4);
    put(&p, 0, 2);
    bytes_add(to, end, (size_t)(p - end));
}

bool member_name_is_fine(const char *name, size_t length)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    if (length == 0 || length >= MEMBER_NAME_MAX || name[0] == '.' || name[0] == '-')
        return false;
    for (size_t i = 0; i < length; i++)
        if (!name[i] || !strchr(letters, name[i]))
            return false;
    return true;
}

/* ---- writing -------------------------------------------------------------------------- */

static bool write_at(struct package *p, uint64_t at, const void *bytes, size_t size,
                     struct error *err)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pwrite(p->fd, (const uint8_t *)bytes + done, size - done,
                           (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, ERR_DISK, _("cannot write the package: %s"),
                             error_of_system(n < 0 ? errno : ENOSPC));
        done += (size_t)n;
    }
    return true;
}

static bool append(struct package *p, const void *bytes, size_t size, struct error *err)
{
    if (!write_at(p, p->at, bytes, size, err))
        return false;
    p->at += size;
    if (p->at - p->synced < SYNC_BYTES)
        return true;
    p->synced = p->at;
    return fdatasync(p->fd) == 0 ||
           error_set(err, ERR_DISK, _("cannot write the package: %s"),
                     error_of_system(errno));
}

/* Years from 1980, two-second steps. */
static void dos_time(int64_t local_s, uint16_t *time_of_day, uint16_t *date)
{
    time_t at = (time_t)local_s;
    struct tm tm = { 0 };

    gmtime_r(&at, &tm);
    if (tm.tm_year < 80) {
        *time_of_day = 0;
        *date = 1 << 5 | 1;
        return;
    }
    *time_of_day = (uint16_t)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2);
    *date = (uint16_t)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday);
}

struct package *package_create(int dir_fd, const char *name, int64_t local_s,
                               struct error *err)
{
    struct package *p = xcalloc(1, sizeof *p);

    p->dir_fd = dir_fd;
    snprintf(p->name, sizeof p->name, "%s", name);
    snprintf(p->part, sizeof p->part, "%s.part", name);
    dos_time(local_s, &p->time, &p->date);
    p->sum = EVP_MD_CTX_new();
    p->fd = openat(dir_fd, p->part, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (p->fd >= 0 && p->sum)
        return p;
    error_set(err, ERR_DISK, _("cannot write the package: %s"), error_of_system(errno));
    package_close(p);
    return NULL;
}

void package_close(struct package *p)
{
    if (!p)
        return;
    if (p->fd >= 0)
        close(p->fd);
    if (!p->finished)
        unlinkat(p->dir_fd, p->part, 0);
    EVP_MD_CTX_free(p->sum);
    free(p->members);
    free(p);
}

bool package_begin(struct package *p, const char *name, bool large, struct error *err)
{
    uint8_t header[MEMBER_HEADER_MOST];

    if (!member_name_is_fine(name, strlen(name)) || p->count == MEMBERS_MOST)
        return error_set(err, ERR_DISK, _("the package has too many files"));
    p->members = xrealloc(p->members, (p->count + 1) * sizeof *p->members);
    struct member *m = &p->members[p->count++];
    *m = (struct member){ .large = large, .time = p->time, .date = p->date, .at = p->at };
    snprintf(m->name, sizeof m->name, "%s", name);
    EVP_DigestInit_ex(p->sum, EVP_sha256(), NULL);
    /* Written again with the sum and the size when they are known. */
    return append(p, header, member_header(m, header), err);
}

bool package_write(struct package *p, const void *bytes, size_t size, struct error *err)
{
    struct member *m = &p->members[p->count - 1];

    if (!m->large && m->bytes + size > SMALL_MOST)
        return error_set(err, ERR_DISK, _("a file of the package is larger than foreseen"));
    m->crc = (uint32_t)crc32_z(m->crc, bytes, size);
    m->bytes += size;
    EVP_DigestUpdate(p->sum, bytes, size);
    return append(p, bytes, size, err);
}

static void hex(EVP_MD_CTX *sum, char to[SHA256_TEXT_MAX])
{
    uint8_t bytes[32];

    EVP_DigestFinal_ex(sum, bytes, NULL);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(to + 2 * i, 3, "%02x", bytes[i]);
}

const struct member *package_end(struct package *p, struct error *err)
{
    struct member *m = &p->members[p->count - 1];
    uint8_t header[MEMBER_HEADER_MOST];

    hex(p->sum, m->sha256);
    return write_at(p, m->at, header, member_header(m, header), err) ? m : NULL;
}

bool package_add(struct package *p, const char *name, const void *bytes, size_t size,
                 struct error *err)
{
    return package_begin(p, name, false, err) && package_write(p, bytes, size, err) &&
           package_end(p, err);
}

void package_sums(const struct package *p, struct bytes *to)
{
    for (size_t i = 0; i < p->count; i++)
        bytes_format(to, "%s  %s\n", p->members[i].sha256, p->members[i].name);
}

/* Read back: what is on the disk is what was written. */
static bool sum_up(struct package *p, char sha256[SHA256_TEXT_MAX], struct error *err)
{
    enum { PIECE = 1 << 20 };
    uint8_t *piece = xmalloc(PIECE);
    uint64_t at = 0;
    ssize_t n;

    EVP_DigestInit_ex(p->sum, EVP_sha256(), NULL);
    while ((n = pread(p->fd, piece, PIECE, (off_t)at)) > 0) {
        EVP_DigestUpdate(p->sum, piece, (size_t)n);
        at += (uint64_t)n;
    }
    hex(p->sum, sha256);
    free(piece);
    return at == p->at ||
           error_set(err, ERR_DISK, _("the package cannot be read back"));
}

bool package_finish(struct package *p, int64_t *bytes, char sha256[SHA256_TEXT_MAX],
                    struct error *err)
{
    struct bytes directory = { 0 };

    package_directory(&directory, p->members, p->count, p->at);
    bool well = append(p, directory.at, directory.size, err);
    bytes_free(&directory);
    if (!well || !sum_up(p, sha256, err))
        return false;
    *bytes = (int64_t)p->at;
    p->finished = fsync(p->fd) == 0 && renameat(p->dir_fd, p->part, p->dir_fd, p->name) == 0 &&
                  fsync(p->dir_fd) == 0;
    return p->finished || error_set(err, ERR_DISK, _("cannot write the package: %s"),
                                    error_of_system(errno));
}
