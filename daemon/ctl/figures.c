#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/memory.h"
#include "core/text.h"
#include "core/time_text.h"
#include "figures.h"

char *figure_decimal(double number)
{
    char *figure = xformat("%.1f", number);
    char *point = strchr(figure, '.');

    if (point && text_language() == LANGUAGE_VI)
        *point = ',';
    return figure;
}

static char *with_unit(double number, const char *unit)
{
    char *figure = figure_decimal(number), *whole = xformat("%s %s", figure, unit);

    free(figure);
    return whole;
}

char *figure_bytes(int64_t bytes)
{
    static const char *const units[] = { "kB", "MB", "GB", "TB" };
    double number = (double)bytes / 1000;
    size_t unit = 0;

    for (; number >= 999.95 && unit + 1 < COUNT_OF(units); unit++)
        number /= 1000;
    return with_unit(number, units[unit]);
}

char *figure_bits(int64_t bits_per_s)
{
    if (bits_per_s < 999950)
        return with_unit((double)bits_per_s / 1e3, "kbit/s");
    return with_unit((double)bits_per_s / 1e6, "Mbit/s");
}

char *figure_duration(int64_t seconds)
{
    int days = (int)(seconds / 86400), hours = (int)(seconds / 3600 % 24);
    int minutes = (int)(seconds / 60 % 60);

    if (days > 0)
        return xformat(_("%d d %d h"), days, hours);
    if (hours > 0)
        return xformat(_("%d h %d min"), hours, minutes);
    if (minutes > 0)
        return xformat(_("%d min"), minutes);
    return xformat(_("%d s"), (int)seconds);
}

char *figure_time(const char *rfc3339)
{
    char shown[32];
    struct tm local;
    int64_t us;

    if (!time_read(rfc3339, &us))
        return xstrdup("");
    time_t seconds = (time_t)(us / 1000000);
    localtime_r(&seconds, &local);
    strftime(shown, sizeof shown, "%d/%m/%Y %H:%M:%S", &local);
    return xstrdup(shown);
}
