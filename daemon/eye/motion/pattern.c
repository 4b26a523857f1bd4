#include "pattern.h"

#include <math.h>

enum {
    AROUND = 2, /* a spot is held against 5 x 5 */
    REGION_WIDE = 8,
    REGION_HIGH = 6,
    ACROSS = PATTERN_WIDE / REGION_WIDE,
    REGIONS = ACROSS * (PATTERN_HIGH / REGION_HIGH),
    SCALE = 200,
    FINE_SCALE = 8000,
    MINUTE_US = 60000000,
};

/* The numbers and why; levels are 8-bit luma, ratios without unit. */
static const struct {
    float offset;       /* levels: keeps noise in the dark from ruling the logarithm */
    float pattern_most; /* a white letter on black is 1 to 2: no more than a window */
    float fine_most;    /* the same for the fine structure */
    float region_least; /* contrast that can be recognised: 3 %, ten times the noise */
    int regions_least;  /* a view of sky only cannot be recognised */
    float match;        /* correlation in a region of 48 values; by chance one in 20 */
} is = {
    .offset = 8,
    .pattern_most = 0.5F,
    .fine_most = 0.15F,
    .region_least = 0.03F,
    .regions_least = 4,
    .match = 0.4F,
};

static float mean_of(const struct grid *g, const float *cells, int cx, int cy)
{
    int x0 = cx * g->width / PATTERN_WIDE, x1 = (cx + 1) * g->width / PATTERN_WIDE;
    int y0 = cy * g->height / PATTERN_HIGH, y1 = (cy + 1) * g->height / PATTERN_HIGH;
    float sum = 0;

    x1 = x1 > x0 ? x1 : x0 + 1;
    y1 = y1 > y0 ? y1 : y0 + 1;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            sum += cells[y * g->width + x];
    return sum / (float)((x1 - x0) * (y1 - y0));
}

static float within(float value, float most)
{
    return value > most ? most : value < -most ? -most : value;
}

static float around(const float *logs, int cx, int cy)
{
    int x0 = cx > AROUND ? cx - AROUND : 0,
        x1 = cx + AROUND < PATTERN_WIDE ? cx + AROUND : PATTERN_WIDE - 1;
    int y0 = cy > AROUND ? cy - AROUND : 0,
        y1 = cy + AROUND < PATTERN_HIGH ? cy + AROUND : PATTERN_HIGH - 1;
    float sum = 0;

    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++)
            sum += logs[y * PATTERN_WIDE + x];
    return sum / (float)((x1 - x0 + 1) * (y1 - y0 + 1));
}

/* How much a cell differs from the four beside it, as a part of their brightness. */
static float fine_structure(const struct grid *g, const float *cells)
{
    float sum = 0;

    for (int y = 1; y < g->height - 1; y++)
        for (int x = 1; x < g->width - 1; x++) {
            const float *c = &cells[y * g->width + x];
            float beside = (c[-1] + c[1] + c[-g->width] + c[g->width]) / 4;
            float part = fabsf(*c - beside) / (beside + is.offset);
            sum += part < is.fine_most ? part : is.fine_most;
        }
    return sum / (float)((g->width - 2) * (g->height - 2));
}

void pattern_measure(struct pattern *look, const struct grid *g, const float *cells,
                     float colour)
{
    float logs[PATTERN_SPOTS], luma = 0, squares = 0;

    for (int y = 0; y < PATTERN_HIGH; y++)
        for (int x = 0; x < PATTERN_WIDE; x++) {
            float mean = mean_of(g, cells, x, y);
            luma += mean;
            logs[y * PATTERN_WIDE + x] = logf(mean + is.offset);
        }
    for (int y = 0; y < PATTERN_HIGH; y++)
        for (int x = 0; x < PATTERN_WIDE; x++) {
            float *at = &look->at[y * PATTERN_WIDE + x];
            *at = within(logs[y * PATTERN_WIDE + x] - around(logs, x, y), is.pattern_most);
            squares += *at * *at;
        }
    look->luma = luma / PATTERN_SPOTS;
    look->coarse = sqrtf(squares / PATTERN_SPOTS);
    look->fine = fine_structure(g, cells);
    look->colour = colour;
}

struct sums {
    float aa, bb, ab;
};

static struct sums sums_of(const float *a, const float *b, int region)
{
    int x0 = region % ACROSS * REGION_WIDE, y0 = region / ACROSS * REGION_HIGH;
    struct sums s = { 0 };

    for (int y = y0; y < y0 + REGION_HIGH; y++)
        for (int i = y * PATTERN_WIDE + x0; i < y * PATTERN_WIDE + x0 + REGION_WIDE; i++) {
            s.aa += a[i] * a[i];
            s.bb += b[i] * b[i];
            s.ab += a[i] * b[i];
        }
    return s;
}

/* Share of the pattern's regions that the picture has too; -1: it has too few. */
float pattern_alike(const float *pattern, const float *picture)
{
    float least = is.region_least * is.region_least * REGION_WIDE * REGION_HIGH;
    int structured = 0, match = 0;

    for (int r = 0; r < REGIONS; r++) {
        struct sums s = sums_of(pattern, picture, r);
        if (s.aa < least)
            continue;
        structured++;
        match += s.ab > is.match * sqrtf(s.aa * s.bb);
    }
    return structured < is.regions_least ? -1 : (float)match / (float)structured;
}

void pattern_approach(struct pattern *p, const struct pattern *look, float rate)
{
    for (int i = 0; i < PATTERN_SPOTS; i++)
        p->at[i] += rate * (look->at[i] - p->at[i]);
    p->luma += rate * (look->luma - p->luma);
    p->coarse += rate * (look->coarse - p->coarse);
    p->fine += rate * (look->fine - p->fine);
    p->colour += rate * (look->colour - p->colour);
}

uint8_t memory_byte(float value)
{
    return value > 0 ? value < UINT8_MAX ? (uint8_t)value : UINT8_MAX : 0;
}

void memory_put_16(uint8_t *to, float value)
{
    uint16_t whole = value > 0 ? value < UINT16_MAX ? (uint16_t)value : UINT16_MAX : 0;

    to[0] = (uint8_t)(whole >> 8);
    to[1] = (uint8_t)whole;
}

float memory_get_16(const uint8_t *at)
{
    return (float)(at[0] << 8 | at[1]);
}

void pattern_put(const struct pattern *p, uint8_t to[PATTERN_RECORD])
{
    for (int i = 0; i < PATTERN_SPOTS; i++)
        to[i] = (uint8_t)(int8_t)within(p->at[i] * SCALE, INT8_MAX);
    to += PATTERN_SPOTS;
    to[0] = memory_byte(p->luma);
    to[1] = memory_byte(p->colour * 4);
    memory_put_16(to + 2, p->coarse * FINE_SCALE);
    memory_put_16(to + 4, p->fine * FINE_SCALE);
    memory_put_16(to + 6, (float)(p->learned_us / MINUTE_US));
}

void pattern_get(struct pattern *p, const uint8_t at[PATTERN_RECORD])
{
    for (int i = 0; i < PATTERN_SPOTS; i++)
        p->at[i] = (float)(int8_t)at[i] / SCALE;
    at += PATTERN_SPOTS;
    p->luma = at[0];
    p->colour = (float)at[1] / 4;
    p->coarse = memory_get_16(at + 2) / FINE_SCALE;
    p->fine = memory_get_16(at + 4) / FINE_SCALE;
    p->learned_us = (int64_t)memory_get_16(at + 6) * MINUTE_US;
    p->seen_us = INT64_MIN;
}
