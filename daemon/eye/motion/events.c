#include "events.h"

enum events_news events_see(struct events *e, int64_t first_us, int64_t at_us, int score,
                            int zone)
{
    if (e->open) {
        e->last_us = at_us > e->last_us ? at_us : e->last_us;
        e->score = score > e->score ? score : e->score;
        return EVENTS_NOTHING;
    }
    *e = (struct events){ .open = true,
                          .number = e->number + 1,
                          .start_us = first_us,
                          .last_us = at_us,
                          .score = score,
                          .zone = zone };
    return EVENTS_BEGAN;
}

enum events_news events_wait(struct events *e, int64_t merge_us, int64_t now_us,
                             int64_t coming_us)
{
    if (!e->open || now_us - e->last_us <= merge_us)
        return EVENTS_NOTHING;
    if (coming_us != INT64_MAX && coming_us - e->last_us <= merge_us)
        return EVENTS_NOTHING;
    e->open = false;
    return EVENTS_ENDED;
}

enum events_news events_break(struct events *e)
{
    if (!e->open)
        return EVENTS_NOTHING;
    e->open = false;
    return EVENTS_ENDED;
}
