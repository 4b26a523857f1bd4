/*
 * A view as it can be recognised by another light: in 32 x 18 spots the logarithm of the
 * brightness against the 5 x 5 spots around, and with it how bright, coloured and structured
 * the picture is. Thread: any. Times: microseconds of the detector's own time.
 */
#pragma once
#include "grid.h"

enum { PATTERN_WIDE = 32, PATTERN_HIGH = 18, PATTERN_SPOTS = PATTERN_WIDE * PATTERN_HIGH };

struct pattern {
    float at[PATTERN_SPOTS];
    float luma, coarse, fine, colour;
    int64_t learned_us; /* how much of it was seen */
    int64_t seen_us;    /* when */
};

/* Measures one picture; what was learned and when is left as it is. */
void pattern_measure(struct pattern *look, const struct grid *grid, const float *cells,
                     float colour);

/* Share of the pattern's regions that the picture has too; -1: it has too few. */
float pattern_alike(const float *pattern, const float *picture);

/* Goes this part of the way towards `look`. */
void pattern_approach(struct pattern *p, const struct pattern *look, float rate);

/* As bytes: its values, brightness, colour, structure, minutes. */
enum { PATTERN_RECORD = PATTERN_SPOTS + 8 };
void pattern_put(const struct pattern *p, uint8_t to[PATTERN_RECORD]);
void pattern_get(struct pattern *p, const uint8_t at[PATTERN_RECORD]);

/* Values as they are remembered: the nearest that fits, high byte first. */
uint8_t memory_byte(float value);
void memory_put_16(uint8_t *to, float value);
float memory_get_16(const uint8_t *at);
