#include "core/clock.h"
#include "core/time_text.h"
#include "media/playlist.h"

#include <string.h>

/* A range ends before the first keyframe after the one, at the latest at the other: few
 * requests, and a seek does not load much more than it shows. */
static const int64_t RANGE_US = SECONDS_US(4), RANGE_MAX_US = SECONDS_US(10);
/* What an open playlist promises must hold when it has grown: a range and a fragment
 * more. */
static const int64_t TARGET_US = SECONDS_US(11);
/* A longer hole within a run is shown as one. */
static const int64_t HOLE_US = SECONDS_US(1);

/* Consecutive fragments of one source. */
struct range {
    const struct playlist_source *source;
    size_t first, count;
    int64_t duration_us;
};

typedef void range_fn(void *arg, const struct range *range);

static int64_t start_us(const struct playlist_source *source, size_t entry)
{
    return source->segment->entries[entry].start_us + source->shift_us;
}

static bool follows(const struct mp4_entry *before, const struct mp4_entry *after)
{
    int64_t hole_us = after->start_us - before->start_us - before->duration_us;

    return before->run_us == after->run_us && hole_us <= HOLE_US &&
           after->dts >= before->dts;
}

/* The last keyframe at or before `from_us` in the source; where there is none, the first
 * fragment that ends after it. */
static size_t first_entry(const struct playlist_source *source, int64_t from_us)
{
    const struct mp4_segment *segment = source->segment;
    size_t first = 0;

    while (first < segment->count &&
           start_us(source, first) + segment->entries[first].duration_us <= from_us)
        first++;
    if (first == segment->count || start_us(source, first) > from_us)
        return first;
    for (size_t i = first + 1; i > 0; i--)
        if (segment->entries[i - 1].keyframe)
            return i - 1;
    return first;
}

static struct range range_at(const struct playlist_source *source, size_t first,
                             int64_t to_us)
{
    const struct mp4_entry *entries = source->segment->entries;
    struct range range = { .source = source,
                           .first = first,
                           .count = 1,
                           .duration_us = entries[first].duration_us };

    for (size_t i = first + 1; i < source->segment->count; i++) {
        if (start_us(source, i) >= to_us || !follows(&entries[i - 1], &entries[i]) ||
            (entries[i].keyframe && range.duration_us >= RANGE_US) ||
            range.duration_us >= RANGE_MAX_US)
            break;
        range.duration_us =
            entries[i].start_us - entries[first].start_us + entries[i].duration_us;
        range.count++;
    }
    return range;
}

static void each_range(const struct playlist_source *sources, size_t count,
                       int64_t from_us, int64_t to_us, range_fn *fn, void *arg)
{
    for (size_t s = 0; s < count; s++) {
        size_t at = first_entry(&sources[s], from_us);
        while (at < sources[s].segment->count && start_us(&sources[s], at) < to_us) {
            struct range range = range_at(&sources[s], at, to_us);
            fn(arg, &range);
            at += range.count;
        }
    }
}

static void measure(void *arg, const struct range *range)
{
    int64_t *longest_us = arg;

    if (range->duration_us > *longest_us)
        *longest_us = range->duration_us;
}

struct writing {
    struct bytes *out;
    const struct init *init;      /* of the last EXT-X-MAP; NULL: none yet */
    const struct mp4_entry *last; /* of the range before; NULL: none yet */
    int64_t last_shift_us;
    const struct playlist_source *source;
    const struct playlist_source
        *growing; /* its last range is not whole yet; NULL: none */
};

static bool same_init(const struct init *a, const struct init *b)
{
    return a && a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static void write_range(void *arg, const struct range *range)
{
    struct writing *w = arg;
    const struct playlist_source *source = range->source;
    const struct mp4_entry *first = &source->segment->entries[range->first];
    const struct mp4_entry *last = first + range->count - 1;
    bool another = !same_init(w->init, source->segment->init);
    bool seam = w->last && (another || w->last_shift_us != source->shift_us ||
                            !follows(w->last, first));
    char time[TIME_TEXT_MAX];

    if (source == w->growing && range->first + range->count == source->segment->count)
        return;
    if (seam)
        bytes_text(w->out, "#EXT-X-DISCONTINUITY\n");
    if (another)
        bytes_format(w->out, "#EXT-X-MAP:URI=\"%s\",BYTERANGE=\"%llu@0\"\n", source->url,
                     (unsigned long long)source->segment->init_size);
    if (seam || w->source != source)
        bytes_format(w->out, "#EXT-X-PROGRAM-DATE-TIME:%s\n",
                     time_text(start_us(source, range->first), time));
    bytes_format(w->out, "#EXTINF:%.3f,\n#EXT-X-BYTERANGE:%llu@%llu\n%s\n",
                 (double)range->duration_us / 1e6,
                 (unsigned long long)(last->at + last->size - first->at),
                 (unsigned long long)first->at, source->url);
    w->init = source->segment->init;
    w->last = last;
    w->last_shift_us = source->shift_us;
    w->source = source;
}

static void write_gap(struct bytes *out, const struct playlist_gap *gap)
{
    char from[TIME_TEXT_MAX];

    bytes_format(out,
                 "#EXT-X-DATERANGE:ID=\"gap-%lld\",CLASS=\"gap\",START-DATE=\"%s\","
                 "DURATION=%.3f,X-CAUSE=\"%s\"\n",
                 (long long)(gap->from_us / 1000), time_text(gap->from_us, from),
                 (double)(gap->to_us - gap->from_us) / 1e6, gap->cause);
}

void playlist_write(struct bytes *out, const struct playlist_source *sources,
                    size_t count, const struct playlist_gap *gaps, size_t gap_count,
                    int64_t from_us, int64_t to_us)
{
    struct writing w = { .out = out };
    int64_t longest_us = TARGET_US;
    bool ended = to_us <= clock_wall_us();

    if (!ended && count > 0)
        w.growing = &sources[count - 1];

    each_range(sources, count, from_us, to_us, measure, &longest_us);
    bytes_format(out,
                 "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%lld\n"
                 "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:%s\n",
                 (long long)((longest_us + 999999) / 1000000), ended ? "VOD" : "EVENT");
    for (size_t i = 0; i < gap_count; i++)
        write_gap(out, &gaps[i]);
    each_range(sources, count, from_us, to_us, write_range, &w);
    if (ended)
        bytes_text(out, "#EXT-X-ENDLIST\n");
}
