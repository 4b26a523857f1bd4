/*
 * Where motion counts and where nothing is looked at, as polygons in 0..1 of the picture.
 * A mask closes every cell that it touches. A trail counts for a zone when its foot - the
 * middle of its box's lower side: where a person stands - was inside for two looks, with
 * a size that the zone takes, and for as long as it asks.
 * Thread: the detector's.
 */
#pragma once
#include "motion.h"
#include "trails.h"

bool polygon_holds(const struct motion_polygon *p, float x, float y);

/* open[cell] = 0 where a mask touches the cell, else 1. */
void zones_open(const struct motion_setup *setup, const struct grid *grid, uint8_t *open);

/* Cells whose centre lies in the zone and is open; zone -1: the whole picture. At least
 * 1. */
int zones_cells(const struct motion_setup *setup, const struct grid *grid,
                const uint8_t *open, int zone);

/* The smallest thing that any zone takes, as a part of the picture; `usual` where one says
 * nothing. */
float zones_smallest(const struct motion_setup *setup, float usual);

/* After a look that saw the trail. */
void zones_visit(const struct motion_setup *setup, const struct tuning *set,
                 const struct grid *grid, struct trail *trail);

/* Whether the trail counts; `*zone` is the first it counts for, -1 when there are
 * none. */
bool zones_count(const struct motion_setup *setup, const struct tuning *set,
                 const struct trail *trail, int *zone);

/* Blackens the masks in one plane of a picture. A pixel that a mask touches is black. */
void zones_blacken(const struct motion_setup *setup, uint8_t *plane, int stride,
                   int width, int height, uint8_t black);
