#include <string.h>

#include "core/clock.h"
#include "live_choice.h"
#include "media/stream.h"

/* A sub-stream that begins anew is waited for; one that comes and goes must not change
 * the picture all the time. */
#define AWAY_US SECONDS_US(3)
#define BACK_US SECONDS_US(10)

/* H.265 is shown by some browsers only, and waiting for the sub-stream is better than
 * none. */
static bool may_be_shown(const struct stream *s)
{
    const struct init *init = s ? stream_init(s) : NULL;

    return init && strncmp(init->codecs, "avc1", 4) == 0;
}

static bool main_is_better(const struct live_choice *c)
{
    return c->sub && !stream_init(c->sub) && may_be_shown(c->main);
}

static struct stream *chosen(const struct live_choice *c)
{
    return c->on_main ? c->main : c->sub;
}

struct stream *live_choice_first(struct live_choice *c)
{
    c->on_main = !c->sub || main_is_better(c);
    return chosen(c);
}

struct stream *live_choice_look(struct live_choice *c, int64_t now_us)
{
    if (!c->sub || !c->main || main_is_better(c) == c->on_main) {
        c->since_us = 0;
        return NULL;
    }
    if (c->since_us == 0)
        c->since_us = now_us;
    if (now_us - c->since_us < (c->on_main ? BACK_US : AWAY_US))
        return NULL;
    c->on_main = !c->on_main;
    c->since_us = 0;
    return chosen(c);
}
