/* Included once for each kind of processor, with KERNELS the name of its table and
 * KERNELS_NAME a text. */
#include <math.h>

#include "kernels.h"

/* The compiler makes vectors of these; fminf() and fmaxf() are calls, because of NaN. */
static inline float lesser(float a, float b)
{
    return a < b ? a : b;
}

static inline float greater(float a, float b)
{
    return a > b ? a : b;
}

static void add_row(uint16_t *restrict columns, const uint8_t *restrict row, int width)
{
    for (int x = 0; x < width; x++)
        columns[x] = (uint16_t)(columns[x] + row[x]);
}

/* A cell that is saturated in one of the two is at least so bright, and may be brighter
 * in the other at another exposure: that explains the difference. */
static int compare(const struct comparison *by, const float *restrict now,
                   const float *restrict background, const float *restrict noise,
                   const uint8_t *restrict open, uint8_t *restrict marks, int cells)
{
    float per_gain = by->per_gain, offset = by->offset;
    float least = by->least, of_noise = by->of_noise;
    float white = per_gain > 1 ? by->saturated : INFINITY;
    float white_now = per_gain < 1 ? by->saturated : INFINITY;
    int moving = 0;

    for (int i = 0; i < cells; i++) {
        float d = (now[i] + offset) * per_gain - offset - background[i];
        float threshold = greater(least, of_noise * noise[i]);
        int brighter = (d > threshold) & (background[i] <= white);
        int darker = (d < -threshold) & (now[i] <= white_now);
        int moves = (brighter | darker) & (open[i] != 0);
        marks[i] = (uint8_t)moves;
        moving += moves;
    }
    return moving;
}

static void learn(const struct lesson *by, const float *restrict now,
                  const uint8_t *restrict marks, float *restrict background,
                  float *restrict noise, int cells)
{
    const struct lesson l = *by;

    for (int i = 0; i < cells; i++) {
        float off = fabsf((now[i] + l.offset) * l.per_gain - l.offset - background[i]);
        float target = lesser(off, l.cap) * l.aim;
        float rate = marks[i] ? l.noise_moving : l.noise_still;
        rate *= target < noise[i] ? l.fall : 1;
        noise[i] =
            lesser(greater(noise[i] + rate * (target - noise[i]), l.least), l.most);
        rate = marks[i] ? l.moving : l.still;
        background[i] += rate * (now[i] - background[i]);
    }
}

const struct kernels KERNELS = {
    .name = KERNELS_NAME, .add_row = add_row, .compare = compare, .learn = learn
};
