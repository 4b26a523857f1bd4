#include "record/sacrifice.h"

#include "core/clock.h"

/* A quarter of 32 MiB is half a minute of a usual camera: no short stall costs anything. */
static const int due_permille[SACRIFICES] = {
    [SACRIFICE_LIVE] = 250,
    [SACRIFICE_DETECTION] = 500,
    [SACRIFICE_SUB] = 750,
    [SACRIFICE_FRAGMENTS] = 990,
};
/* One comes back when the memory has been half as full for so long. */
static const int64_t CALM_US = SECONDS_US(10);

bool sacrifices_look(struct sacrifices *s, int permille, int64_t now_us)
{
    enum sacrifice before = s->level;

    while (s->level + 1 < SACRIFICES && permille >= due_permille[s->level + 1])
        s->level++;
    if (s->level == SACRIFICE_NONE || s->level != before ||
        permille > due_permille[s->level] / 2) {
        s->calm_us = 0;
    } else if (s->calm_us == 0) {
        s->calm_us = now_us;
    } else if (now_us - s->calm_us >= CALM_US) {
        s->level--;
        s->calm_us = now_us;
    }
    return s->level != before;
}

const char *sacrifice_word(enum sacrifice what)
{
    static const char *const words[SACRIFICES] = { "", "live", "detection", "sub",
                                                   "fragments" };

    return words[what];
}
