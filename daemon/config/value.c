#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/clock.h"
#include "core/memory.h"
#include "value.h"

/* Whole numbers may have so many digits; then a product with any unit fits 64 bits. */
enum { DIGITS_MAX = 9 };

bool value_bool(const char *from, bool *to)
{
    static const char *const words[][2] = { { "off", "on" },
                                            { "no", "yes" },
                                            { "false", "true" } };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        for (int on = 0; on < 2; on++) {
            if (strcasecmp(from, words[i][on]) != 0)
                continue;
            *to = on;
            return true;
        }
    }
    return false;
}

/* Reads digits and moves on; false: none, or too many. */
static bool read_digits(const char **p, int64_t *to)
{
    size_t digits = strspn(*p, "0123456789");

    if (digits == 0 || digits > DIGITS_MAX)
        return false;
    *to = 0;
    for (size_t i = 0; i < digits; i++)
        *to = *to * 10 + (*p)[i] - '0';
    *p += digits;
    return true;
}

bool value_int(const char *from, int64_t *to)
{
    bool negative = *from == '-';

    from += negative;
    if (!read_digits(&from, to) || *from)
        return false;
    if (negative)
        *to = -*to;
    return true;
}

struct unit {
    const char *word;
    int64_t size;
};

/* The first of a size is the one that is written. */
static const struct unit time_units[] = {
    { "days", SECONDS_US(86400) },   { "day", SECONDS_US(86400) },
    { "d", SECONDS_US(86400) },      { "ngày", SECONDS_US(86400) },
    { "h", SECONDS_US(3600) },       { "hours", SECONDS_US(3600) },
    { "hour", SECONDS_US(3600) },    { "giờ", SECONDS_US(3600) },
    { "min", SECONDS_US(60) },       { "minutes", SECONDS_US(60) },
    { "minute", SECONDS_US(60) },    { "phút", SECONDS_US(60) },
    { "s", SECONDS_US(1) },          { "sec", SECONDS_US(1) },
    { "seconds", SECONDS_US(1) },    { "second", SECONDS_US(1) },
    { "giây", SECONDS_US(1) },       { "", SECONDS_US(1) },
    { "weeks", SECONDS_US(604800) }, { "week", SECONDS_US(604800) },
    { "tuần", SECONDS_US(604800) },  { "ms", MILLIS_US(1) },
};

#define KILO ((int64_t)1000)
#define KIBI ((int64_t)1024)

static const struct unit byte_units[] = {
    { "TiB", KIBI *KIBI *KIBI *KIBI },
    { "TB", KILO *KILO *KILO *KILO },
    { "GiB", KIBI *KIBI *KIBI },
    { "GB", KILO *KILO *KILO },
    { "MiB", KIBI *KIBI },
    { "MB", KILO *KILO },
    { "KiB", KIBI },
    { "kB", KILO },
    { "B", 1 },
};

static bool find_unit(const struct unit *units, size_t count, const char *word,
                      int64_t *size)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(units[i].word, word) != 0)
            continue;
        *size = units[i].size;
        return true;
    }
    return false;
}

static char *write_units(const struct unit *units, size_t count, int64_t value)
{
    for (size_t i = 0; i < count; i++)
        if (value >= units[i].size && value % units[i].size == 0)
            return xformat("%" PRId64 " %s", value / units[i].size, units[i].word);
    return xformat("%" PRId64, value);
}

bool value_duration(const char *from, int64_t *us)
{
    int64_t number, size;

    if (!read_digits(&from, &number))
        return false;
    from += strspn(from, " ");
    return find_unit(time_units, COUNT_OF(time_units), from, &size) &&
           !__builtin_mul_overflow(number, size, us);
}

char *value_duration_text(int64_t us)
{
    if (us == SECONDS_US(86400))
        return xstrdup("1 day");
    if (us == 0)
        return xstrdup("0 s");
    return write_units(time_units, COUNT_OF(time_units), us);
}

/* "2", "2.5" or "2.25" as hundredths. Not more digits: "1.500 GB" is 1500 GB to some. */
static bool read_hundredths(const char **p, int64_t *to)
{
    if (!read_digits(p, to))
        return false;
    *to *= 100;
    if (**p != '.')
        return true;
    size_t digits = strspn(++*p, "0123456789");
    if (digits < 1 || digits > 2)
        return false;
    *to += ((*p)[0] - '0') * 10 + (digits == 2 ? (*p)[1] - '0' : 0);
    *p += digits;
    return true;
}

bool value_amount(const char *from, struct amount *to)
{
    int64_t hundredths, size;

    *to = (struct amount){ 0 };
    if (!read_hundredths(&from, &hundredths))
        return false;
    from += strspn(from, " ");
    if (strcmp(from, "%") == 0) {
        if (hundredths % 10 != 0 || hundredths > 10000)
            return false;
        to->permille = (int)(hundredths / 10);
        return true;
    }
    if (!find_unit(byte_units, COUNT_OF(byte_units), from, &size) ||
        __builtin_mul_overflow(hundredths, size, &to->bytes))
        return false;
    to->bytes /= 100;
    return true;
}

char *value_bytes_text(int64_t bytes)
{
    return write_units(byte_units, COUNT_OF(byte_units), bytes);
}

/* "21:00" as minutes; 24:00 is the end of the day. */
static bool read_minutes(const char **p, int *to)
{
    int64_t hour, minute;

    if (!read_digits(p, &hour) || **p != ':')
        return false;
    ++*p;
    if (strspn(*p, "0123456789") != 2 || !read_digits(p, &minute))
        return false;
    if (hour > 24 || minute > 59 || (hour == 24 && minute > 0))
        return false;
    *to = (int)(hour * 60 + minute);
    return true;
}

bool value_hours(const char *from, struct hours *to)
{
    static const char en_dash[] = "\xe2\x80\x93";

    if (!read_minutes(&from, &to->from_min))
        return false;
    from += strspn(from, " ");
    if (strncmp(from, en_dash, strlen(en_dash)) == 0)
        from += strlen(en_dash);
    else if (*from++ != '-')
        return false;
    from += strspn(from, " ");
    if (!read_minutes(&from, &to->to_min) || *from)
        return false;
    to->from_min %= 24 * 60;
    to->to_min %= 24 * 60;
    return true;
}

/* ---- days and nights -------------------------------------------------------------- */

/* Monday to Sunday, in both languages. */
static const char *const day_words[][2] = { { "mon", "t2" }, { "tue", "t3" },
                                            { "wed", "t4" }, { "thu", "t5" },
                                            { "fri", "t6" }, { "sat", "t7" },
                                            { "sun", "cn" } };
enum { DAYS_A_WEEK = 7 };

static int read_day(const char **at)
{
    size_t length = strspn(*at, "abcdefghijklmnopqrstuvwxyz234567");

    for (int day = 0; day < DAYS_A_WEEK; day++)
        for (int k = 0; k < 2; k++)
            if (length == strlen(day_words[day][k]) &&
                strncmp(*at, day_words[day][k], length) == 0) {
                *at += length;
                return day;
            }
    return -1;
}

/* "mon-fri" or "mon"; over Sunday, too. */
static bool read_days(const char **at, unsigned *days)
{
    int from = read_day(at), to = from;

    if (from >= 0 && **at == '-') {
        ++*at;
        to = read_day(at);
    }
    if (from < 0 || to < 0)
        return false;
    for (int day = from;; day = (day + 1) % DAYS_A_WEEK) {
        *days |= 1U << day;
        if (day == to)
            return true;
    }
}

bool value_week(const char *from, struct week_hours *to)
{
    to->days = 0;
    from += strspn(from, " ");
    if (*from >= '0' && *from <= '9') {
        to->days = (1U << DAYS_A_WEEK) - 1;
        return value_hours(from, &to->hours);
    }
    do {
        if (!read_days(&from, &to->days))
            return false;
        from += strspn(from, " ");
    } while (*from == ',' && (from += 1 + strspn(from + 1, " ")));
    return value_hours(from, &to->hours);
}

/* "+30" or "-15", if it stands there: "-05:30" is the other end. */
static bool read_added(const char **at, int *minutes)
{
    enum { ADDED_MOST = 180, DIGITS_MOST = 3 };
    size_t digits = **at ? strspn(*at + 1, "0123456789") : 0;

    *minutes = 0;
    if ((**at != '+' && **at != '-') || digits == 0 || (*at)[1 + digits] == ':')
        return true;
    if (digits > DIGITS_MOST)
        return false;
    for (size_t i = 1; i <= digits; i++)
        *minutes = *minutes * 10 + ((*at)[i] - '0');
    if (*minutes > ADDED_MOST)
        return false;
    if (**at == '-')
        *minutes = -*minutes;
    *at += 1 + digits;
    return true;
}

/* "sunset", "sunrise-15", "18:30". */
static bool read_edge(const char **at, struct day_edge *to)
{
    static const char *const words[] = { [EDGE_SUNRISE] = "sunrise",
                                         [EDGE_SUNSET] = "sunset" };

    for (int by = EDGE_SUNRISE; by <= EDGE_SUNSET; by++) {
        size_t length = strlen(words[by]);
        if (strncmp(*at, words[by], length) != 0)
            continue;
        *at += length;
        to->by = by;
        return read_added(at, &to->minutes);
    }
    to->by = EDGE_CLOCK;
    return read_minutes(at, &to->minutes) && ((to->minutes %= 24 * 60), true);
}

bool value_night(const char *from, struct night *to)
{
    struct night night;

    if (!read_edge(&from, &night.from))
        return false;
    from += strspn(from, " ");
    if (*from++ != '-')
        return false;
    from += strspn(from, " ");
    if (!read_edge(&from, &night.to) || *from ||
        (night.from.by == night.to.by && night.from.minutes == night.to.minutes))
        return false;
    *to = night;
    return true;
}

bool value_share(const char *from, float *to)
{
    size_t length = strspn(from, "0123456789.");
    char number[16];
    double percent;

    if (length == 0 || length >= sizeof number)
        return false;
    memcpy(number, from, length);
    number[length] = 0;
    from += length;
    from += strspn(from, " ");
    if (strcmp(from, "%") != 0 || !value_number(number, &percent) || !(percent > 0) ||
        percent > 100)
        return false;
    *to = (float)(percent / 100);
    return true;
}

bool value_is_id(const char *from)
{
    size_t length = strlen(from);

    return length > 0 && length < ID_MAX && *from >= 'a' && *from <= 'z' &&
           strspn(from, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

bool value_number(const char *from, double *to)
{
    char *end;

    if (!*from || strspn(from, "+-.0123456789") != strlen(from))
        return false;
    *to = strtod(from, &end);
    return end != from && *end == 0;
}
