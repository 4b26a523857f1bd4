#include "portrait.h"

#include <libavutil/pixdesc.h>
#include <stdlib.h>

static bool is_cut(const struct grid *grid, const struct blob *b)
{
    return b->x0 <= 0 || b->y0 <= 0 || b->x1 >= grid->width - 1 ||
           b->y1 >= grid->height - 1;
}

static float size_of(const struct grid *grid, const struct blob *b)
{
    float share = (float)((b->x1 - b->x0 + 1) * (b->y1 - b->y0 + 1)) / (float)grid->cells;

    return is_cut(grid, b) ? share / 2 : share;
}

static float sharpness_of(const AVFrame *f, const float box[4])
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(f->format);
    int bytes = format->comp[0].step, shift = format->comp[0].depth - 8;
    int x0 = (int)(box[0] * (float)f->width), x1 = (int)(box[2] * (float)f->width) - 1;
    int y0 = (int)(box[1] * (float)f->height), y1 = (int)(box[3] * (float)f->height);
    int64_t sum = 0, count = 0;

    for (int y = y0; y < y1; y += 2) {
        const uint8_t *row = f->data[0] + (ptrdiff_t)y * f->linesize[0];
        for (int x = x0; x < x1; x++, count++) {
            if (bytes == 1)
                sum += abs(row[x + 1] - row[x]);
            else
                sum += abs((row[2 * x + 2] | row[2 * x + 3] << 8) -
                           (row[2 * x] | row[2 * x + 1] << 8)) >>
                       shift;
        }
    }
    return count ? (float)sum / (float)count : 0;
}

static void keep(struct portrait *p, const AVFrame *picture)
{
    if (!p->picture)
        p->picture = av_frame_alloc();
    else
        av_frame_unref(p->picture);
    if (!p->picture || av_frame_ref(p->picture, picture) < 0)
        abort(); /* as core/memory.h */
}

void portrait_consider(struct portrait *p, const AVFrame *picture,
                       const struct grid *grid, const struct trail *trail, int64_t at_us)
{
    const struct blob *b = &trail->box;
    struct portrait now = {
        .picture = p->picture,
        .trail = trail->id,
        .at_us = at_us,
        .box = { (float)b->x0 / (float)grid->width, (float)b->y0 / (float)grid->height,
                 (float)(b->x1 + 1) / (float)grid->width,
                 (float)(b->y1 + 1) / (float)grid->height },
        .size = size_of(grid, b),
    };

    now.sharpness = sharpness_of(picture, now.box);
    if (p->trail == trail->id && now.size * now.sharpness <= p->size * p->sharpness)
        return;
    *p = now;
    keep(p, picture);
}

bool portrait_is_better(const struct tuning *set, const struct portrait *p,
                        const struct portrait *sent)
{
    if (!p->trail)
        return false;
    return (p->size >= set->better_larger * sent->size &&
            p->sharpness >= set->better_tolerance * sent->sharpness) ||
           (p->sharpness >= set->better_sharper * sent->sharpness &&
            p->size >= set->better_tolerance * sent->size);
}

void portrait_drop(struct portrait *p)
{
    av_frame_free(&p->picture);
    *p = (struct portrait){ .picture = NULL };
}
