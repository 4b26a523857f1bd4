#include "verdict.h"

void verdict_begin(struct verdict *v, enum motion_source source)
{
    *v = (struct verdict){ .source = source, .own_us = INT64_MIN, .camera_us = INT64_MIN };
}

static bool is_fresh(bool sees, int64_t stopped_us, int64_t now_us)
{
    return sees || (stopped_us != INT64_MIN && now_us - stopped_us <= AGREE_US);
}

bool verdict_own_is_fresh(const struct verdict *v, int64_t now_us)
{
    return is_fresh(v->own, v->own_us, now_us);
}

/* Whether an event begins, or goes on, by what is seen now. */
static bool begins(const struct verdict *v, int64_t now_us)
{
    switch (v->source) {
    case MOTION_SOURCE_OWN:
        return v->own;
    case MOTION_SOURCE_CAMERA:
        return v->camera;
    case MOTION_SOURCE_BOTH:
        return v->own || v->camera;
    case MOTION_SOURCE_AGREE:
        if (!v->heard)
            return v->own;
        return (v->own || v->camera) && is_fresh(v->own, v->own_us, now_us) &&
               is_fresh(v->camera, v->camera_us, now_us);
    }
    return false;
}

static bool goes_on(const struct verdict *v)
{
    return (v->own && v->source != MOTION_SOURCE_CAMERA) ||
           (v->camera && v->source != MOTION_SOURCE_OWN);
}

static enum verdict_step settle(struct verdict *v, int64_t now_us)
{
    bool open = v->open ? goes_on(v) : begins(v, now_us);

    if (open == v->open)
        return VERDICT_NOTHING;
    v->open = open;
    return open ? VERDICT_BEGINS : VERDICT_ENDS;
}

enum verdict_step verdict_own(struct verdict *v, bool sees, int64_t now_us)
{
    if (v->own && !sees)
        v->own_us = now_us;
    v->own = sees;
    return settle(v, now_us);
}

enum verdict_step verdict_camera(struct verdict *v, bool sees, int64_t now_us)
{
    if (v->camera && !sees)
        v->camera_us = now_us;
    v->camera = sees;
    return settle(v, now_us);
}

enum verdict_step verdict_heard(struct verdict *v, bool heard, int64_t now_us)
{
    v->heard = heard;
    if (!heard)
        v->camera = false;
    return settle(v, now_us);
}
