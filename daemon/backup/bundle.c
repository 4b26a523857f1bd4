#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/bundle.h"
#include "core/memory.h"
#include "core/text.h"

enum { HEAD_BYTES = 2 + 4 + 8, LENGTH_BYTES = 2 };

struct unbundle {
    struct bundle_taker taker;
    enum { IN_LENGTH, IN_HEAD, IN_NAME, IN_BYTES, BEHIND } at;
    uint8_t head[HEAD_BYTES];
    size_t held, name_size, files;
    uint64_t left;
    struct bundle_file file;
};

bool bundle_name_is_safe(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length > BUNDLE_NAME_MAX)
        return false;
    for (const char *part = name;;) {
        size_t size = strcspn(part, "/");
        if (size == 0 || (size == 1 && *part == '.') ||
            (size == 2 && memcmp(part, "..", 2) == 0))
            return false;
        for (size_t i = 0; i < size; i++)
            if ((unsigned char)part[i] < 0x20 || part[i] == 0x7f)
                return false;
        if (!part[size])
            return true;
        part += size + 1;
    }
}

static void put(uint8_t *to, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t get(const uint8_t *from, int bytes)
{
    uint64_t number = 0;

    for (int i = 0; i < bytes; i++)
        number |= (uint64_t)from[i] << 8 * i;
    return number;
}

static bool write_whole(int fd, const void *bytes, size_t size, struct error *err)
{
    if (write(fd, bytes, size) == (ssize_t)size)
        return true;
    return error_set(err, ERR_DISK, _("the backup cannot be written: %s"),
                     error_of_system(errno));
}

bool bundle_begin(int fd, const struct bundle_file *file, struct error *err)
{
    uint8_t head[HEAD_BYTES];

    if (!bundle_name_is_safe(file->name))
        return error_set(err, ERR_DISK, _("a file cannot be taken into the backup: %.150s"),
                         file->name);
    put(head, strlen(file->name), 2);
    put(head + 2, file->mode & 0777, 4);
    put(head + 6, file->size, 8);
    return write_whole(fd, head, sizeof head, err) &&
           write_whole(fd, file->name, strlen(file->name), err);
}

bool bundle_end(int fd, struct error *err)
{
    return write_whole(fd, "\0", LENGTH_BYTES, err);
}

struct unbundle *unbundle_new(const struct bundle_taker *taker)
{
    struct unbundle *un = xcalloc(1, sizeof *un);

    un->taker = *taker;
    return un;
}

void unbundle_free(struct unbundle *un)
{
    free(un);
}

/* Takes what is still missing of `want` bytes; whether they are all there. */
static bool gather(struct unbundle *un, void *to, size_t want, const uint8_t **bytes,
                   size_t *size)
{
    size_t take = want - un->held < *size ? want - un->held : *size;

    memcpy((uint8_t *)to + un->held, *bytes, take);
    un->held += take;
    *bytes += take;
    *size -= take;
    return un->held == want;
}

static bool is_odd(struct error *err)
{
    return error_set(err, ERR_MEDIA, _("what is in the backup cannot be understood"));
}

static bool take_head(struct unbundle *un, struct error *err)
{
    un->name_size = (size_t)get(un->head, 2);
    un->file.mode = (unsigned)get(un->head + 2, 4) & 0777;
    un->file.size = un->left = get(un->head + 6, 8);
    un->held = 0;
    un->at = IN_NAME;
    if (un->name_size > BUNDLE_NAME_MAX || un->left > INT64_MAX ||
        ++un->files > BUNDLE_FILES_MOST)
        return is_odd(err);
    return true;
}

static bool file_is_over(struct unbundle *un, struct error *err)
{
    un->held = 0;
    un->at = IN_LENGTH;
    return un->taker.file_end(un->taker.arg, err);
}

static bool take_name(struct unbundle *un, struct error *err)
{
    un->file.name[un->name_size] = 0;
    if (strlen(un->file.name) != un->name_size || !bundle_name_is_safe(un->file.name))
        return is_odd(err);
    if (!un->taker.file(un->taker.arg, &un->file, err))
        return false;
    un->at = IN_BYTES;
    return un->left > 0 || file_is_over(un, err);
}

static bool take_bytes(struct unbundle *un, const uint8_t **bytes, size_t *size,
                       struct error *err)
{
    size_t take = un->left < *size ? (size_t)un->left : *size;

    if (!un->taker.bytes(un->taker.arg, *bytes, take, err))
        return false;
    *bytes += take;
    *size -= take;
    un->left -= take;
    return un->left > 0 || file_is_over(un, err);
}

bool unbundle_feed(struct unbundle *un, const uint8_t *bytes, size_t size, struct error *err)
{
    bool well = true;

    while (well && size > 0) {
        switch (un->at) {
        case IN_LENGTH:
            if (gather(un, un->head, LENGTH_BYTES, &bytes, &size))
                un->at = get(un->head, LENGTH_BYTES) ? IN_HEAD : BEHIND;
            break;
        case IN_HEAD:
            if (gather(un, un->head, HEAD_BYTES, &bytes, &size))
                well = take_head(un, err);
            break;
        case IN_NAME:
            if (gather(un, un->file.name, un->name_size, &bytes, &size))
                well = take_name(un, err);
            break;
        case IN_BYTES:
            well = take_bytes(un, &bytes, &size, err);
            break;
        case BEHIND:
            return is_odd(err);
        }
    }
    return well;
}

bool unbundle_end(const struct unbundle *un, struct error *err)
{
    return un->at == BEHIND || is_odd(err);
}
