/*
 * When the sun rises and sets at a place, for the day and night of motion settings. Within
 * a minute or two between the polar circles: the sun's upper edge on a flat horizon, with
 * 34' of refraction (zenith 90.833 degrees).
 * Source: NOAA Global Monitoring Laboratory, "General Solar Position Calculations"
 * (fractional year, equation of time, declination, hour angle).
 * Thread: any.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Minutes after 0:00 UTC of that day; before or beyond it for places east and west. */
struct sun_times { double rise_min, set_min; };

/* Degrees, north and east positive; days since 1970-01-01. False: it does neither then. */
bool sun_times(double latitude, double longitude, int64_t day, struct sun_times *to);
