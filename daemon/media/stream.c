#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "media/stream.h"

struct follower {
    struct follower *next;
    struct stream *stream; /* NULL: the stream is gone */
    follow_fn *on_fragment;
    picture_fn *on_picture; /* one of the two */
    void *arg;
    bool stopped; /* while callbacks run, freed behind them */
    bool viewer; /* followed from the last keyframe on */
    bool needs_key; /* it was held */
    bool young; /* began during the callbacks that run now: was handed this one already */
};

struct stream {
    char *name;
    int64_t keep_us;
    size_t keep_bytes;

    const struct fragment **recent; /* oldest first */
    size_t count, room, bytes;
    size_t live_from; /* in recent: what stands before it came before the last break */
    const struct init *init;
    int64_t end_us;
    const struct picture *picture;

    struct follower *followers;
    bool held; /* viewers */
    unsigned calling; /* depth of callbacks */
    size_t picture_wanters;
    void (*on_wanted)(void *arg, bool wanted);
    void *wanted_arg;
};

struct stream *stream_new(const char *name, int64_t keep_us, size_t keep_bytes)
{
    struct stream *s = xcalloc(1, sizeof *s);

    s->name = xstrdup(name);
    s->keep_us = keep_us;
    s->keep_bytes = keep_bytes;
    return s;
}

/* ---- followers ------------------------------------------------------------------ */

static void sweep(struct stream *s)
{
    struct follower **at = &s->followers;

    while (*at) {
        struct follower *f = *at;
        f->young = false;
        if (f->stopped) {
            *at = f->next;
            free(f);
        } else {
            at = &f->next;
        }
    }
}

static void calls_begin(struct stream *s)
{
    s->calling++;
}

static void calls_end(struct stream *s)
{
    if (--s->calling == 0)
        sweep(s);
}

/* Whether it is handed the fragment (NULL: the break). */
static bool gets(struct stream *s, struct follower *f, const struct fragment *frag)
{
    if (!f->on_fragment || f->stopped || f->young)
        return false;
    if (!frag)
        return true;
    if (f->viewer && (s->held || (f->needs_key && !frag->keyframe)))
        return false;
    f->needs_key = false;
    return true;
}

static void tell(struct stream *s, const struct fragment *frag)
{
    calls_begin(s);
    for (struct follower *f = s->followers; f; f = f->next)
        if (gets(s, f, frag))
            f->on_fragment(f->arg, frag);
    calls_end(s);
}

static struct follower *follow(struct stream *s, void *arg)
{
    struct follower *f = xcalloc(1, sizeof *f), **end = &s->followers;

    while (*end)
        end = &(*end)->next;
    *end = f;
    f->stream = s;
    f->arg = arg;
    f->young = s->calling > 0;
    return f;
}

static void want_pictures(struct stream *s, int more)
{
    bool before = s->picture_wanters > 0;

    s->picture_wanters += (size_t)more;
    bool now = s->picture_wanters > 0;
    if (s->on_wanted && before != now)
        s->on_wanted(s->wanted_arg, now);
}

void follower_stop(struct follower *f)
{
    if (!f)
        return;
    struct stream *s = f->stream;
    if (!s) {
        free(f);
        return;
    }
    assert(!f->stopped);
    f->stopped = true;
    if (f->on_picture)
        want_pictures(s, -1);
    if (s->calling == 0)
        sweep(s);
}

/* ---- what is remembered --------------------------------------------------------- */

static void forget_oldest(struct stream *s, size_t many)
{
    if (many == 0)
        return;
    for (size_t i = 0; i < many; i++) {
        s->bytes -= s->recent[i]->size;
        fragment_unref(s->recent[i]);
    }
    s->count -= many;
    memmove(s->recent, s->recent + many, s->count * sizeof *s->recent);
    s->live_from -= many < s->live_from ? many : s->live_from;
}

/* Index of the newest keyframe of what is live; `count` when there is none. */
static size_t last_keyframe(const struct stream *s)
{
    for (size_t i = s->count; i > s->live_from; i--)
        if (s->recent[i - 1]->keyframe)
            return i - 1;
    return s->count;
}

static void forget_what_is_old(struct stream *s)
{
    size_t many = 0, keyframe = last_keyframe(s), bytes = s->bytes;

    while (many + 1 < s->count) {
        const struct fragment *oldest = s->recent[many];
        bool old = oldest->start_us + oldest->duration_us < s->end_us - s->keep_us;
        bool needed = keyframe < s->count && many >= keyframe;
        if (bytes <= s->keep_bytes && (!old || needed))
            break;
        bytes -= oldest->size;
        many++;
    }
    forget_oldest(s, many);
}

void stream_free(struct stream *s)
{
    if (!s)
        return;
    assert(s->calling == 0);
    stream_break(s);
    for (struct follower *f = s->followers, *next; f; f = next) {
        next = f->next;
        f->stream = NULL;
    }
    forget_oldest(s, s->count);
    free(s->recent);
    free(s->name);
    free(s);
}

void stream_publish(struct stream *s, const struct fragment *frag)
{
    if (s->count == s->room) {
        s->room = s->room ? s->room * 2 : 32;
        s->recent = xrealloc(s->recent, s->room * sizeof *s->recent);
    }
    if (s->init != frag->init) {
        init_unref(s->init);
        s->init = init_ref(frag->init);
        s->live_from = s->count; /* the run before cannot be joined any more */
    }
    s->recent[s->count++] = frag;
    s->bytes += frag->size;
    s->end_us = frag->start_us + frag->duration_us;
    fragment_ref(frag); /* a callback may publish or break: it must outlive them */
    forget_what_is_old(s);
    tell(s, frag);
    fragment_unref(frag);
}

void stream_break(struct stream *s)
{
    s->live_from = s->count;
    init_unref(s->init);
    s->init = NULL;
    picture_unref(s->picture);
    s->picture = NULL;
    tell(s, NULL);
}

void stream_hold_viewers(struct stream *s, bool held)
{
    if (s->held == held)
        return;
    s->held = held;
    calls_begin(s);
    for (struct follower *f = s->followers; held && f; f = f->next)
        if (f->viewer && !f->stopped) {
            f->needs_key = true;
            f->on_fragment(f->arg, NULL);
        }
    calls_end(s);
}

size_t stream_viewers(const struct stream *s)
{
    size_t count = 0;

    for (const struct follower *f = s->followers; f; f = f->next)
        count += f->viewer && !f->stopped;
    return count;
}

struct follower *stream_follow(struct stream *s, int64_t since_us, follow_fn *fn,
                               void *arg)
{
    struct follower *f = follow(s, arg);
    bool stopped;

    f->on_fragment = fn;
    f->viewer = since_us == 0;
    f->needs_key = f->viewer && s->held;
    calls_begin(s);
    for (size_t i = since_us == 0 ? last_keyframe(s) : 0; i < s->count && !f->stopped;
         i++) {
        const struct fragment *frag = s->recent[i];
        if (f->needs_key)
            break;
        if (since_us == 0 || frag->start_us + frag->duration_us > since_us)
            fn(arg, frag);
    }
    stopped = f->stopped;
    calls_end(s);
    return stopped ? NULL : f;
}

const struct init *stream_init(const struct stream *s)
{
    return s->init;
}

/* ---- pictures ------------------------------------------------------------------- */

const struct picture *stream_picture(const struct stream *s)
{
    return s->picture;
}

void stream_publish_picture(struct stream *s, const struct picture *picture)
{
    picture_unref(s->picture);
    s->picture = picture_ref(picture);
    calls_begin(s);
    for (struct follower *f = s->followers; f; f = f->next)
        if (f->on_picture && !f->stopped && !f->young)
            f->on_picture(f->arg, picture);
    calls_end(s);
    picture_unref(picture);
}

struct follower *stream_follow_pictures(struct stream *s, picture_fn *fn, void *arg)
{
    struct follower *f = follow(s, arg);

    f->on_picture = fn;
    want_pictures(s, 1);
    return f;
}

void stream_on_pictures_wanted(struct stream *s,
                               void (*on_wanted)(void *arg, bool wanted), void *arg)
{
    s->on_wanted = on_wanted;
    s->wanted_arg = arg;
    if (on_wanted && s->picture_wanters > 0)
        on_wanted(arg, true);
}
