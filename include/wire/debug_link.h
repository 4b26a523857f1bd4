/*
 * WIRE_DEBUG, from keng-camera through kengd to the page of an admin, as bytes, little-endian:
 *
 *   u8 width | u8 height | u8 flags | u8 trails
 *   u16 gain x 1000 | u16 moving share x 1000 | u16 futility x 1000 | u16 candidates
 *   u8 luma now [width x height] | u8 background [width x height]
 *   marks, 2 bits a cell, the lowest bits of a byte first; whole bytes
 *   for each trail: u32 id | u8 x0 y0 x1 y1 | u8 flags | u8 waits | u16 looks | u8 points,
 *     for each point: u16 x | u16 y (65535: the right or lower rim)
 *
 * Flags: 1 watching, 2 suspicion, 4 clutter, 8 learned anew; of a trail: 1 seen. Marks and
 * waits are those of core/debug_view.h. Pages read it in daemon/web/ui/js/debug.js.
 * Thread: any. Errors: ERR_MEDIA.
 */
#pragma once
#include "core/bytes.h"
#include "core/debug_view.h"
#include "core/error.h"

enum { LINK_DEBUG_MAX = 64 << 10 };

void link_put_debug(struct bytes *to, int channel, const struct debug_view *view);

/* Whether it is one, each number within its bounds. */
bool link_check_debug(const uint8_t *body, size_t size, struct error *err);
