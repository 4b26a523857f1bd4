/*
 * What a look has shown, drawn for somebody who looks on; see core/debug_view.h. Nothing of
 * it exists while nobody does. Thread: the detector's.
 */
#pragma once
#include "analysis.h"
#include "core/debug_view.h"

struct debug_sheet {
    struct debug_view view; /* its cells are those below */
    uint8_t now[GRID_CELLS_MAX], background[GRID_CELLS_MAX], marks[GRID_CELLS_MAX];
};

/* Of the look at `at_us`, the detector's own time; what only the schedule knows is left as it
 * is. Masked cells are black. */
void debug_draw(struct debug_sheet *sheet, const struct analysis *analysis,
                const struct analysis_view *seen, int64_t at_us);
