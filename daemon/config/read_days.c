/* Days: of the week, and holidays from a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "reader.h"
#include "value.h"

enum { HOLIDAYS_MAX = 1000, LINE_BYTES = 300 };

static const char *const weekdays[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static int take_day(const char **from)
{
    for (int i = 0; i < 7; i++)
        if (strncmp(*from, weekdays[i], 3) == 0) {
            *from += 3;
            return i;
        }
    return -1;
}

bool value_days(const char *from, unsigned *to)
{
    *to = 0;
    for (;;) {
        int first = take_day(&from), last = first;
        if (first >= 0 && *from == '-') {
            from++;
            last = take_day(&from);
        }
        if (first < 0 || last < 0)
            return false;
        for (int day = first;; day = (day + 1) % 7) {
            *to |= 1u << day;
            if (day == last)
                break;
        }
        if (!*from)
            return true;
        if (*from++ != ',')
            return false;
        from += strspn(from, " ");
    }
}

void read_days(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    char shown[SHOWN_MAX];
    unsigned days;

    if (!spot_wants_text(r, spot, spot->value))
        return;
    if (value_days(spot->value->value, &days))
        *(unsigned *)to = days;
    else
        spot_fault(r, spot, spot->value,
                   _("%s are no days of the week; write for example 'mon-fri' or "
                     "'sat,sun'"),
                   spot_shown(spot, spot->value, shown));
}

/* Days since 1970 of a day of the Gregorian calendar. */
static int day_number(int year, int month, int day)
{
    int y = month > 2 ? year : year - 1, era = y / 400, of_era = y - era * 400;
    int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* "2027-02-06 Tết" or "06/02/2027"; 0: nothing on this line; -1: it cannot be read. */
static int read_line(const char *line, int *day)
{
    int year, month, date, used = 0;

    line += strspn(line, " \t");
    if (!*line || *line == '#' || *line == '\n' || *line == '\r')
        return 0;
    if (sscanf(line, "%4d-%2d-%2d%n", &year, &month, &date, &used) != 3 &&
        sscanf(line, "%2d/%2d/%4d%n", &date, &month, &year, &used) != 3)
        return -1;
    if (year < 1970 || year > 2200 || month < 1 || month > 12 || date < 1 || date > 31 ||
        (line[used] && !strchr(" \t\r\n", line[used])))
        return -1;
    *day = day_number(year, month, date);
    return 1;
}

static int compare_days(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

void read_holidays(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    char *path = NULL, line[LINE_BYTES];
    int *days = NULL, number = 0, day, what = 0;
    size_t found = 0;

    read_file(r, spot, &path, NULL);
    FILE *file = path ? fopen(path, "re") : NULL;
    if (path && !file)
        spot_fault(r, spot, spot->value, _("%s cannot be opened: %s"), path,
                   reason_text(errno));
    while (file && found < HOLIDAYS_MAX && fgets(line, sizeof line, file)) {
        number++;
        what = read_line(line, &day);
        if (what < 0)
            break;
        if (what == 0)
            continue;
        days = xrealloc(days, (found + 1) * sizeof *days);
        days[found++] = day;
    }
    if (what < 0)
        spot_fault(r, spot, spot->value,
                   _("%s, line %d: this is no day; write for example '2027-02-06 Tết'"),
                   path, number);
    if (file)
        fclose(file);
    free(path);
    if (found > 0)
        qsort(days, found, sizeof *days, compare_days);
    *(int **)to = days;
    *count = found;
}

void read_hook_url(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    static const char *const schemes[] = { "https://", "http://", NULL };
    const struct node *node = spot->value;

    if (!spot_wants_text(r, spot, node))
        return;
    if (value_url(node->value, schemes) != URL_WELL)
        spot_fault(r, spot, node,
                   _("this is no web address; write for example '%s: %s'"), spot->row->key,
                   spot->row->example);
    else if (strlen(node->value) > (size_t)spot->row->max)
        spot_fault(r, spot, node, _("this is longer than %d bytes; shorten it"),
                   (int)spot->row->max);
    else
        *(char **)to = xstrdup(node->value);
}
