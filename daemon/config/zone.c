#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "zone.h"

#define ZONE_DIR "/usr/share/zoneinfo/"

/* The largest in Debian is 4 KiB; RFC 8536 sets no end. */
enum { ZONE_BYTES_MAX = 64 * 1024, HEADER_BYTES = 44, RULE_MAX = 128 };

struct zone {
    size_t count;
    int64_t *starts_s; /* ascending: from then on... */
    int *offsets_s;    /* ...this is in force */
    int first_s;       /* before the first */
    bool has_rule;     /* after the last */
    struct zone_rule rule;
};

/* The counts of a header, RFC 8536, 3.1. */
struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t read_time(const uint8_t *p, size_t width)
{
    if (width == 4)
        return (int32_t)read_u32(p);
    return (int64_t)((uint64_t)read_u32(p) << 32 | read_u32(p + 4));
}

/* The size of the block behind a header at p, or 0 when it does not fit. */
static size_t read_header(const uint8_t *p, size_t size, size_t width, struct counts *c)
{
    if (size < HEADER_BYTES || memcmp(p, "TZif", 4) != 0)
        return 0;
    *c = (struct counts){ read_u32(p + 20), read_u32(p + 24), read_u32(p + 28),
                          read_u32(p + 32), read_u32(p + 36), read_u32(p + 40) };
    uint64_t block = (uint64_t)c->time * (width + 1) + (uint64_t)c->type * 6 + c->chars +
                     (uint64_t)c->leap * (width + 4) + c->isstd + c->isut;
    if (c->type == 0 || block > size - HEADER_BYTES)
        return 0;
    return (size_t)block;
}

static bool read_block(struct zone *z, const uint8_t *p, size_t width, const struct counts *c)
{
    const uint8_t *indexes = p + c->time * width, *types = indexes + c->time;

    z->count = c->time;
    z->starts_s = xcalloc(c->time, sizeof *z->starts_s);
    z->offsets_s = xcalloc(c->time, sizeof *z->offsets_s);
    z->first_s = (int32_t)read_u32(types);
    for (uint32_t i = 0; i < c->time; i++) {
        if (indexes[i] >= c->type)
            return false;
        z->starts_s[i] = read_time(p + i * width, width);
        z->offsets_s[i] = (int32_t)read_u32(types + indexes[i] * 6);
        if (i > 0 && z->starts_s[i] <= z->starts_s[i - 1])
            return false;
    }
    return true;
}

/* RFC 8536, 3.3: a line feed, the rule, a line feed. */
static void read_footer(struct zone *z, const uint8_t *p, size_t size)
{
    char rule[RULE_MAX];
    const uint8_t *end;

    if (size < 2 || *p != '\n' || !(end = memchr(p + 1, '\n', size - 1)))
        return;
    size_t length = (size_t)(end - p) - 1;
    if (length >= sizeof rule)
        return;
    memcpy(rule, p + 1, length);
    rule[length] = 0;
    z->has_rule = zone_rule_read(rule, &z->rule);
}

struct zone *zone_parse(const uint8_t *bytes, size_t size)
{
    struct zone *z = xcalloc(1, sizeof *z);
    size_t width = 4, block;
    struct counts c;

    if (size > ZONE_BYTES_MAX || (block = read_header(bytes, size, width, &c)) == 0)
        goto fail;
    if (bytes[4] >= '2') { /* the same again, with times of 64 bits */
        bytes += HEADER_BYTES + block;
        size -= HEADER_BYTES + block;
        width = 8;
        if ((block = read_header(bytes, size, width, &c)) == 0)
            goto fail;
    }
    if (!read_block(z, bytes + HEADER_BYTES, width, &c))
        goto fail;
    if (width == 8)
        read_footer(z, bytes + HEADER_BYTES + block, size - HEADER_BYTES - block);
    return z;

fail:
    zone_close(z);
    return NULL;
}

static bool is_zone_name(const char *name)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t length = strlen(name);

    return length > 0 && length < 64 && *name != '/' && strspn(name, letters) == length;
}

struct zone *zone_open(const char *name)
{
    uint8_t bytes[ZONE_BYTES_MAX];
    struct stat facts;
    ssize_t size = -1;

    if (!is_zone_name(name))
        return NULL;
    char *path = xformat(ZONE_DIR "%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    free(path);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode))
        size = read(fd, bytes, sizeof bytes);
    close(fd);
    return size > 0 ? zone_parse(bytes, (size_t)size) : NULL;
}

void zone_close(struct zone *zone)
{
    if (!zone)
        return;
    free(zone->starts_s);
    free(zone->offsets_s);
    free(zone);
}

int zone_offset_s(const struct zone *z, int64_t at_s)
{
    size_t low = 0, high = z->count; /* starts_s[low - 1] <= at_s < starts_s[high] */

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->starts_s[middle] <= at_s)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == z->count && z->has_rule)
        return zone_rule_offset_s(&z->rule, at_s);
    return low == 0 ? z->first_s : z->offsets_s[low - 1];
}
