/*
 * The inner loops of the detector, compiled from one text (kernels_text.h) as often as
 * there are processors worth it: plain C for any, and the same with AVX2's registers,
 * chosen when the program runs. Both give the same values to the last bit: no product is
 * contracted with a sum, and no sum of fractions is reordered.
 * Thread: any.
 */
#pragma once
#include <stdint.h>

/* One comparison of a picture with the background; see model.h. */
struct comparison {
    float per_gain, offset, saturated;
    float least, of_noise; /* a cell moves beyond max(least, of_noise x its noise) */
};

/* One step of learning; see model.h. */
struct lesson {
    float per_gain, offset;
    float cap, aim, fall, least, most;              /* of the noise */
    float still, moving, noise_still, noise_moving; /* rates, 0..1 */
};

struct kernels {
    const char *name;
    /* columns[x] += row[x] */
    void (*add_row)(uint16_t *columns, const uint8_t *row, int width);
    /* marks[i] = 1 where open[i] and the cell moves, else 0; returns how many. */
    int (*compare)(const struct comparison *by, const float *now, const float *background,
                   const float *noise, const uint8_t *open, uint8_t *marks, int cells);
    void (*learn)(const struct lesson *by, const float *now, const uint8_t *marks,
                  float *background, float *noise, int cells);
};

extern const struct kernels kernels_plain;

/* The fastest that this processor can run. */
const struct kernels *kernels_best(void);
