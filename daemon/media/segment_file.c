#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text.h"
#include "moof.h"

/* A name of our own for the box before a fragment (random, RFC 4122 version 4). */
static const uint8_t our_uuid[16] = {
    0x6b, 0x65, 0x6e, 0x67, 0x64, 0x00, 0x4f, 0x72,
    0x8a, 0x31, 0x9d, 0x5c, 0x02, 0xe7, 0xb1, 0x46,
};

enum {
    UUID_SIZE = 44,
    UUID_CRC_AT = 40,
    PRFT_SIZE = 32,
    HEAD_SIZE = UUID_SIZE + PRFT_SIZE
};
enum { FLAG_KEYFRAME = 1, FLAG_DAMAGED = 2, FLAG_CLOCK_TRUSTED = 4 };
enum { PRFT_CAPTURED = 24 }; /* the time is that of the frame's capture, 8.16.5.3 */

/* Seconds from 1900, where NTP begins, to 1970, and the length of its eras (RFC 5905, 6).
 */
static const int64_t NTP_TO_1970_S = 2208988800, NTP_ERA_S = (int64_t)1 << 32;

/* Read at a fragment's begin: its head, nearly always the whole moof, the mdat's header.
 */
enum { WINDOW = 4096 };
/* More fragments are not in one file: ten minutes of nothing but keyframes have 36,000.
 */
enum { ENTRIES_MAX = 200000 };

static uint64_t ntp_time(int64_t us)
{
    int64_t seconds = us / 1000000, rest = us % 1000000;

    if (rest < 0) {
        seconds--;
        rest += 1000000;
    }
    uint64_t fraction = (((uint64_t)rest << 32) + 999999) / 1000000;
    return (uint64_t)(uint32_t)(seconds + NTP_TO_1970_S) << 32 | fraction;
}

/* A time before 1968 is one of the second era, which begins in 2036 (RFC 4330, section
 * 3). */
static int64_t ntp_us(uint64_t ntp)
{
    int64_t seconds = (int64_t)(ntp >> 32),
            rest = (int64_t)((ntp & 0xffffffff) * 1000000 >> 32);

    if (!(seconds & 0x80000000))
        seconds += NTP_ERA_S;
    return (seconds - NTP_TO_1970_S) * 1000000 + rest;
}

static uint32_t head_crc(const uint8_t *head)
{
    return mp4_crc32c(mp4_crc32c(0, head, UUID_CRC_AT), head + UUID_SIZE, PRFT_SIZE);
}

size_t mp4_write_head(uint8_t to[MP4_FRAGMENT_HEAD], const struct fragment *frag)
{
    uint8_t *prft = to + UUID_SIZE;

    write_u32(to, UUID_SIZE);
    memcpy(to + 4, "uuid", 4);
    memcpy(to + 8, our_uuid, sizeof our_uuid);
    memset(to + 24, 0, 4);
    to[24] = 1;
    to[25] = (frag->keyframe ? FLAG_KEYFRAME : 0) | (frag->damaged ? FLAG_DAMAGED : 0) |
             (frag->init->clock_trusted ? FLAG_CLOCK_TRUSTED : 0);
    write_u32(to + 28, mp4_crc32c(0, frag->bytes, frag->size));
    write_u64(to + 32, (uint64_t)frag->init->run_us);

    write_u32(prft, PRFT_SIZE);
    memcpy(prft + 4, "prft", 4);
    write_u32(prft + 8, 1u << 24 | PRFT_CAPTURED);
    write_u32(prft + 12, frag->init->video.track);
    write_u64(prft + 16, ntp_time(frag->start_us));
    write_u64(prft + 24, frag->dts);
    write_u32(to + UUID_CRC_AT, head_crc(to));
    return HEAD_SIZE;
}

static bool read_head(const uint8_t *head, struct mp4_entry *entry)
{
    const uint8_t *prft = head + UUID_SIZE;

    if (read_u32(head) != UUID_SIZE || memcmp(head + 4, "uuid", 4) != 0 ||
        memcmp(head + 8, our_uuid, sizeof our_uuid) != 0 || head[24] != 1 ||
        read_u32(prft) != PRFT_SIZE || memcmp(prft + 4, "prft", 4) != 0 ||
        read_u32(head + UUID_CRC_AT) != head_crc(head))
        return false;
    entry->keyframe = head[25] & FLAG_KEYFRAME;
    entry->damaged = head[25] & FLAG_DAMAGED;
    entry->clock_trusted = head[25] & FLAG_CLOCK_TRUSTED;
    entry->crc = read_u32(head + 28);
    entry->run_us = (int64_t)read_u64(head + 32);
    entry->start_us = ntp_us(read_u64(prft + 16));
    return true;
}

/* Bytes at an offset into the file: fewer than asked only at its end. */
static bool read_at(int fd, void *to, size_t size, uint64_t offset, size_t *got,
                    struct error *err)
{
    for (*got = 0; *got < size;) {
        ssize_t n = pread(fd, (uint8_t *)to + *got, size - *got, (off_t)(offset + *got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, ERR_DISK, _("cannot read a segment: %s"),
                             error_of_system(errno));
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return true;
}

/* A piece of the file that is looked at; grows when a box does not fit. */
struct window {
    int fd;
    uint64_t offset;
    uint8_t *at;
    size_t size, room;
};

static bool window_read(struct window *w, uint64_t offset, size_t room, struct error *err)
{
    if (room > w->room) {
        w->at = xrealloc(w->at, room);
        w->room = room;
    }
    w->offset = offset;
    return read_at(w->fd, w->at, room, offset, &w->size, err);
}

static struct init *read_init(struct window *w, struct error *err)
{
    size_t head;
    uint64_t whole = 0;

    if (!window_read(w, 0, WINDOW, err))
        return NULL;
    for (int box = 0; box < 2; box++) { /* ftyp, moov */
        uint64_t size = 0;
        if (whole + 16 > w->size && whole + 16 <= MP4_INIT_MAX &&
            !window_read(w, 0, MP4_INIT_MAX, err))
            return NULL;
        if (whole < w->size)
            size = box_size(w->at + whole, w->size - whole, &head);
        if (size == 0 || size > MP4_INIT_MAX || (whole += size) > MP4_INIT_MAX) {
            error_set(err, ERR_MEDIA, _("a segment does not begin with an init"));
            return NULL;
        }
    }
    if (whole > w->size && !window_read(w, 0, (size_t)whole, err))
        return NULL;
    return mp4_read_init(w->at, whole < w->size ? (size_t)whole : w->size, err);
}

/* Whether an mfra begins at `offset` and ends with the file. */
static bool is_last_mfra(const struct window *w, uint64_t offset, uint64_t file_size)
{
    size_t head;

    return w->size >= 8 && memcmp(w->at + 4, "mfra", 4) == 0 &&
           box_size(w->at, w->size, &head) == file_size - offset;
}

/* Reads the fragment that begins at `offset`. `*whole` is false when there is none that
 * is ours and whole; the function is false when the file cannot be read. */
static bool read_entry(struct window *w, uint64_t offset,
                       const struct mp4_segment *segment, struct mp4_entry *entry,
                       bool *whole, struct error *err)
{
    size_t moof_head, mdat_head;
    struct mp4_fragment frag;

    *whole = false;
    if (!window_read(w, offset, WINDOW, err))
        return false;
    if (w->size < HEAD_SIZE + 8 || !read_head(w->at, entry))
        return true;
    uint64_t moof = box_size(w->at + HEAD_SIZE, w->size - HEAD_SIZE, &moof_head);
    if (moof == 0 || moof > MP4_FRAGMENT_MAX ||
        memcmp(w->at + HEAD_SIZE + 4, "moof", 4) != 0)
        return true;
    size_t need = HEAD_SIZE + (size_t)moof + 16;
    if (need > segment->file_size - offset + 8) /* an empty mdat is 8 bytes */
        return true;
    if (need > w->size && !window_read(w, offset, need, err))
        return false;
    if (w->size < need - 8)
        return true;
    const uint8_t *at = w->at + HEAD_SIZE + moof;
    uint64_t mdat = box_size(at, w->size - HEAD_SIZE - (size_t)moof, &mdat_head);
    if (mdat == 0 || memcmp(at + 4, "mdat", 4) != 0 || mdat > MP4_FRAGMENT_MAX ||
        HEAD_SIZE + moof + mdat > segment->file_size - offset)
        return true;
    struct span body = { w->at + HEAD_SIZE + moof_head, (size_t)moof - moof_head };
    struct media media = { moof + mdat_head, moof + mdat };
    if (!moof_read(body, segment->init, &media, &frag, NULL))
        return true;
    entry->at = offset;
    entry->media = offset + HEAD_SIZE;
    entry->size = HEAD_SIZE + moof + mdat;
    entry->dts = frag.dts;
    entry->duration_us = mp4_us(frag.duration, segment->init->timescale);
    *whole = true;
    return true;
}

static bool read_entries(struct window *w, struct mp4_segment *segment, struct error *err)
{
    size_t room = 0;
    bool whole;

    for (;;) {
        struct mp4_entry entry;
        if (!read_entry(w, segment->end, segment, &entry, &whole, err))
            return false;
        if (!whole)
            break;
        if (segment->count == ENTRIES_MAX)
            return error_set(err, ERR_MEDIA, _("a segment has too many fragments"));
        if (segment->count == room) {
            room = room ? room * 2 : 256;
            segment->entries = xrealloc(segment->entries, room * sizeof entry);
        }
        segment->entries[segment->count++] = entry;
        segment->end += entry.size;
    }
    if (segment->end < segment->file_size &&
        is_last_mfra(w, segment->end, segment->file_size))
        segment->end = segment->file_size;
    return true;
}

bool mp4_scan_segment(int fd, struct mp4_segment *out, struct error *err)
{
    struct window w = { .fd = fd };
    struct stat st;
    bool ok = false;

    *out = (struct mp4_segment){ 0 };
    if (fstat(fd, &st) < 0) {
        error_set(err, ERR_DISK, _("cannot read a segment: %s"), error_of_system(errno));
        goto done;
    }
    out->file_size = (uint64_t)st.st_size;
    out->init = read_init(&w, err);
    if (!out->init)
        goto done;
    out->init_size = out->end = out->init->size;
    if (!read_entries(&w, out, err))
        goto done;
    if (out->count > 0) {
        out->init->run_us = out->entries[0].run_us;
        out->init->clock_trusted = out->entries[0].clock_trusted;
    }
    ok = true;
done:
    free(w.at);
    if (!ok)
        mp4_segment_free(out);
    return ok;
}

void mp4_segment_free(struct mp4_segment *segment)
{
    init_unref(segment->init);
    free(segment->entries);
    *segment = (struct mp4_segment){ 0 };
}

bool mp4_check_entry(int fd, const struct mp4_entry *entry, struct error *err)
{
    size_t size = (size_t)(entry->at + entry->size - entry->media), got = 0;
    uint8_t *bytes = NULL;
    bool ok = false;

    if (size > 2 * (size_t)MP4_FRAGMENT_MAX)
        return error_set(err, ERR_MEDIA, _("a fragment of %zu bytes is too large"), size);
    bytes = xmalloc(size);
    if (!read_at(fd, bytes, size, entry->media, &got, err))
        goto done;
    ok = got == size && mp4_crc32c(0, bytes, size) == entry->crc;
    if (!ok)
        error_set(err, ERR_MEDIA, _("a fragment is not as it was written"));
done:
    free(bytes);
    return ok;
}
