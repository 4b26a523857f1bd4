#include "debug.h"

#include <string.h>

#include "model.h"

static uint8_t luma_of(float value)
{
    return value <= 0 ? 0 : value >= 255 ? 255 : (uint8_t)(value + 0.5F);
}

static void draw_cells(struct debug_sheet *sheet, const struct analysis_layers *from,
                       int cells)
{
    _Static_assert((int)MARK_STRONG == (int)DEBUG_STRONG, "one order");
    for (int i = 0; i < cells; i++) {
        bool open = from->open[i];
        sheet->now[i] = open ? luma_of(from->now[i]) : 0;
        sheet->background[i] = open ? luma_of(from->background[i]) : 0;
        sheet->marks[i] = open ? from->marks[i] : DEBUG_MASKED;
    }
}

static void draw_trail(struct debug_trail *to, const struct analysis *analysis,
                       const struct trail *trail, int64_t at_us)
{
    const struct blob *b = &trail->box;

    *to = (struct debug_trail){
        .id = trail->id,
        .box = { (uint8_t)b->x0, (uint8_t)b->y0, (uint8_t)b->x1, (uint8_t)b->y1 },
        .seen = trail->last_us == at_us,
        .waits = trail->waits,
        .looks = trail->looks,
        .way = trail->way,
    };
    if (trail->confirmed && !analysis_counts(analysis, trail))
        to->waits = TRAIL_OUTSIDE;
}

void debug_draw(struct debug_sheet *sheet, const struct analysis *analysis,
                const struct analysis_view *seen, int64_t at_us)
{
    const struct grid *grid = analysis_grid(analysis);
    const struct trails *trails = analysis_trails(analysis);
    struct debug_view *view = &sheet->view;
    struct analysis_layers layers;

    _Static_assert((int)DEBUG_TRAILS == (int)TRAILS_MAX, "room for all");
    analysis_layers(analysis, &layers);
    draw_cells(sheet, &layers, grid->cells);
    view->width = grid->width;
    view->height = grid->height;
    view->now = sheet->now;
    view->background = sheet->background;
    view->marks = sheet->marks;
    if (seen->learned_anew)
        memset(sheet->marks, DEBUG_STILL, (size_t)grid->cells);
    view->suspicion = seen->suspicion;
    view->clutter = seen->clutter;
    view->learned_anew = seen->learned_anew;
    view->gain = seen->gain;
    view->moving_share = seen->moving_share;
    view->candidates = seen->candidates;
    view->trail_count = 0;
    for (int k = 0; k < TRAILS_MAX; k++)
        if (trails->at[k].used)
            draw_trail(&view->trails[view->trail_count++], analysis, &trails->at[k], at_us);
}
