#include "sun.h"

#include <math.h>

#define RADIANS(degrees) ((degrees) * M_PI / 180)

/* The day of its year, from 0, and how long that is. Days since 1970-01-01. */
static int day_of_year(int64_t day, int *length)
{
    int year = 1970;

    for (;; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        *length = leap ? 366 : 365;
        if (day < *length)
            return day < 0 ? 0 : (int)day;
        day -= *length;
    }
}

bool sun_times(double latitude, double longitude, int64_t day, struct sun_times *to)
{
    const double zenith = RADIANS(90.833);
    int length, number = day_of_year(day, &length);
    /* The year as an angle, at noon of that place. */
    double g = 2 * M_PI / length * (number + 0.5 - longitude / 360);
    /* Minutes that the sun is ahead of the clock. */
    double ahead_min = 229.18 * (0.000075 + 0.001868 * cos(g) - 0.032077 * sin(g) -
                                 0.014615 * cos(2 * g) - 0.040849 * sin(2 * g));
    double declination = 0.006918 - 0.399912 * cos(g) + 0.070257 * sin(g) -
                         0.006758 * cos(2 * g) + 0.000907 * sin(2 * g) -
                         0.002697 * cos(3 * g) + 0.00148 * sin(3 * g);
    double at = RADIANS(latitude);
    double cosine = cos(zenith) / (cos(at) * cos(declination)) - tan(at) * tan(declination);

    if (!(cosine >= -1 && cosine <= 1))
        return false;
    double half_min = 4 * acos(cosine) * 180 / M_PI; /* four minutes a degree */
    double noon_min = 720 - 4 * longitude - ahead_min;
    to->rise_min = noon_min - half_min;
    to->set_min = noon_min + half_min;
    return true;
}
