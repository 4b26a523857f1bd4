#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "local_time.h"

static int64_t floor_seconds(int64_t us)
{
    return us / 1000000 - (us % 1000000 < 0);
}

int64_t local_seconds(const struct settings *set, int64_t us)
{
    return floor_seconds(us) + settings_offset_s(set, us);
}

const char *local_time(const struct settings *set, int64_t us, enum local_form form,
                       char to[LOCAL_TIME_MAX])
{
    time_t at = (time_t)local_seconds(set, us);
    struct tm tm = { 0 };

    gmtime_r(&at, &tm);
    switch (form) {
    case LOCAL_IN_NAMES: strftime(to, LOCAL_TIME_MAX, "%Y-%m-%d_%H-%M-%S", &tm); break;
    case LOCAL_LONG: strftime(to, LOCAL_TIME_MAX, "%H:%M:%S ngày %d/%m/%Y", &tm); break;
    case LOCAL_SHORT: strftime(to, LOCAL_TIME_MAX, "%H:%M:%S %d/%m/%Y", &tm); break;
    case LOCAL_CLOCK: strftime(to, LOCAL_TIME_MAX, "%H:%M:%S", &tm); break;
    case LOCAL_ISO: strftime(to, LOCAL_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm); break;
    }
    return to;
}

const char *local_rfc3339(const struct settings *set, int64_t us, char to[LOCAL_TIME_MAX])
{
    char head[LOCAL_TIME_MAX];
    int offset_min = settings_offset_s(set, us) / 60;
    int millis = (int)((us - floor_seconds(us) * 1000000) / 1000);

    local_time(set, us, LOCAL_ISO, head);
    snprintf(to, LOCAL_TIME_MAX, "%.19s.%03d%c%02d:%02d", head, millis,
             offset_min < 0 ? '-' : '+', abs(offset_min) / 60, abs(offset_min) % 60);
    return to;
}

void add_html(struct bytes *to, const char *text)
{
    for (const char *p = text; *p; p++) {
        switch (*p) {
        case '&': bytes_text(to, "&amp;"); break;
        case '<': bytes_text(to, "&lt;"); break;
        case '>': bytes_text(to, "&gt;"); break;
        case '"': bytes_text(to, "&quot;"); break;
        default: bytes_add(to, p, 1); break;
        }
    }
}
