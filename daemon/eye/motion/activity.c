#include "activity.h"

#include <string.h>

#include "core/clock.h"

/* A GOP decoded again begins up to 4 s back, and its packets came over some time. */
#define WAIT_US MILLIS_US(4500)

void activity_mark(uint8_t bits[MOTION_ACTIVITY_BYTES], const struct grid *grid,
                   const uint8_t *marks, int x0, int y0, int x1, int y1)
{
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            int column = x * MOTION_ACTIVITY_COLUMNS / grid->width;
            int row = y * MOTION_ACTIVITY_ROWS / grid->height;
            int bit = row * MOTION_ACTIVITY_COLUMNS + column;
            if (marks[y * grid->width + x])
                bits[bit / 8] |= (uint8_t)(1 << bit % 8);
        }
}

/* Takes the oldest away. */
static void hand_over(struct activity *a, activity_fn *fn, void *arg)
{
    struct motion_activity oldest = a->waiting[0];

    a->count--;
    memmove(a->waiting, a->waiting + 1, (size_t)a->count * sizeof *a->waiting);
    fn(arg, &oldest);
}

/* The place of this second, made where there is none. */
static struct motion_activity *second_of(struct activity *a, int64_t second_us)
{
    int i = a->count;

    while (i > 0 && a->waiting[i - 1].second_us > second_us)
        i--;
    if (i > 0 && a->waiting[i - 1].second_us == second_us)
        return &a->waiting[i - 1];
    memmove(a->waiting + i + 1, a->waiting + i,
            (size_t)(a->count - i) * sizeof *a->waiting);
    a->count++;
    a->waiting[i] = (struct motion_activity){ .second_us = second_us };
    return &a->waiting[i];
}

void activity_add(struct activity *a, int64_t wall_us,
                  const uint8_t bits[MOTION_ACTIVITY_BYTES], activity_fn *fn, void *arg)
{
    static const uint8_t none[MOTION_ACTIVITY_BYTES];

    if (wall_us < 0 || !memcmp(bits, none, sizeof none))
        return;
    if (a->count == ACTIVITY_WAITING)
        hand_over(a, fn, arg);
    struct motion_activity *second = second_of(a, wall_us - wall_us % SECONDS_US(1));
    for (int i = 0; i < MOTION_ACTIVITY_BYTES; i++)
        second->cells[i] |= bits[i];
}

void activity_pass(struct activity *a, int64_t wall_us, activity_fn *fn, void *arg)
{
    while (a->count > 0 && a->waiting[0].second_us < wall_us - SECONDS_US(1) - WAIT_US)
        hand_over(a, fn, arg);
}
