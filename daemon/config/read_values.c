/* Single values: text to member, or a fault that says what to write. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "nearest.h"
#include "reader.h"
#include "value.h"
#include "zone.h"

void read_text(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *node = spot->value;

    if (!spot_wants_text(r, spot, node))
        return;
    if (!*node->value)
        spot_fault(r, spot, node, _("this is empty; write for example '%s: %s'"),
                   spot->row->key, spot->row->example);
    else if (strlen(node->value) > (size_t)spot->row->max)
        spot_fault(r, spot, node, _("this is longer than %d bytes; shorten it"),
                   (int)spot->row->max);
    else
        *(char **)to = xstrdup(node->value);
}

void read_bool(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    char shown[SHOWN_MAX];

    if (spot_wants_text(r, spot, spot->value) && !value_bool(spot->value->value, to))
        spot_fault(r, spot, spot->value, _("%s is neither on nor off; write on or off"),
                   spot_shown(spot, spot->value, shown));
}

void read_int(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct setting *row = spot->row;
    char shown[SHOWN_MAX];
    int64_t number;

    if (!spot_wants_text(r, spot, spot->value))
        return;
    spot_shown(spot, spot->value, shown);
    if (!value_int(spot->value->value, &number))
        spot_fault(r, spot, spot->value,
                   _("%s is no whole number; write one from %d to %d"), shown,
                   (int)row->min, (int)row->max);
    else if (number < row->min || number > row->max)
        spot_fault(r, spot, spot->value,
                   _("%s is out of range; write a number from %d to %d"), shown,
                   (int)row->min, (int)row->max);
    else
        *(int *)to = (int)number;
}

void read_duration(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct setting *row = spot->row;
    char shown[SHOWN_MAX];
    int64_t us;

    if (!spot_wants_text(r, spot, spot->value))
        return;
    spot_shown(spot, spot->value, shown);
    char *least = value_duration_text(row->min), *most = value_duration_text(row->max);
    if (!value_duration(spot->value->value, &us))
        spot_fault(
            r, spot, spot->value,
            _("%s is no duration; write a number and ms, s, min, h or days, for example "
              "'%s'"),
            shown, row->example);
    else if (us < row->min || us > row->max)
        spot_fault(r, spot, spot->value, _("%s is out of range; write %s to %s"), shown,
                   least, most);
    else
        *(int64_t *)to = us;
    free(least);
    free(most);
}

void read_amount(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    enum {
        LEAST_PERMILLE = 1,
        MOST_PERMILLE = 900
    }; /* something must be left to record on */
    const struct setting *row = spot->row;
    struct amount amount;
    char shown[SHOWN_MAX];

    if (!spot_wants_text(r, spot, spot->value))
        return;
    spot_shown(spot, spot->value, shown);
    bool share = strchr(spot->value->value, '%') != NULL;
    if (!value_amount(spot->value->value, &amount)) {
        spot_fault(r, spot, spot->value,
                   _("%s is no size; write for example '10%%', '20 GB' or '500 MiB'"),
                   shown);
    } else if (share &&
               (amount.permille < LEAST_PERMILLE || amount.permille > MOST_PERMILLE)) {
        spot_fault(r, spot, spot->value, _("%s is out of range; write 0.1%% to 90%%"),
                   shown);
    } else if (!share && (amount.bytes < row->min || amount.bytes > row->max)) {
        char *least = value_bytes_text(row->min), *most = value_bytes_text(row->max);
        spot_fault(r, spot, spot->value, _("%s is out of range; write %s to %s"), shown,
                   least, most);
        free(least);
        free(most);
    } else {
        *(struct amount *)to = amount;
    }
}

/* The place of the value among the row's words; -1, and told, when it is none. */
static int find_word(struct reader *r, const struct spot *spot)
{
    const char *const *words = spot->row->words;
    struct bytes all = { 0 };
    char shown[SHOWN_MAX];

    if (!spot_wants_text(r, spot, spot->value))
        return -1;
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], spot->value->value) == 0) {
            bytes_free(&all);
            return i;
        }
        const char *between = i == 0 ? "" : words[i + 1] ? ", " : _(" or ");
        bytes_format(&all, "%s%s", between, words[i]);
    }
    char *list = bytes_take(&all);
    spot_fault(r, spot, spot->value, _("%s is not possible here; write %s"),
               spot_shown(spot, spot->value, shown), list);
    free(list);
    return -1;
}

void read_word(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    int word = find_word(r, spot);

    if (word >= 0)
        *(int *)to = word; /* an enum */
}

void read_choice(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    int word = find_word(r, spot);

    if (word >= 0)
        *(char **)to = xstrdup(spot->row->words[word]);
}

void read_night(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    char shown[SHOWN_MAX];

    if (spot_wants_text(r, spot, spot->value) && !value_night(spot->value->value, to))
        spot_fault(r, spot, spot->value,
                   _("%s is no night; write from and to, for example 'sunset-sunrise', "
                     "'sunset+30-sunrise' or '18:30-05:30'"),
                   spot_shown(spot, spot->value, shown));
}

void read_hours(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    char shown[SHOWN_MAX];
    struct hours hours;

    if (!spot_wants_text(r, spot, spot->value))
        return;
    if (value_hours(spot->value->value, &hours))
        *(struct hours *)to = hours;
    else
        spot_fault(r, spot, spot->value,
                   _("%s are no hours; write from and to, for example '21:00-05:00'"),
                   spot_shown(spot, spot->value, shown));
}

void read_zone(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    char shown[SHOWN_MAX];

    if (!spot_wants_text(r, spot, spot->value))
        return;
    struct zone *zone = zone_open(spot->value->value);
    if (!zone) {
        spot_fault(
            r, spot, spot->value,
            _("%s is no time zone; write a name below /usr/share/zoneinfo, for example "
              "'Asia/Ho_Chi_Minh'"),
            spot_shown(spot, spot->value, shown));
        return;
    }
    zone_close(r->set->site.zone);
    r->set->site.zone = zone;
    *(char **)to = xstrdup(spot->value->value);
}

void read_path(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *node = spot->value;

    if (!spot_wants_text(r, spot, node))
        return;
    if (!*node->value)
        spot_fault(r, spot, node, _("this is empty; write for example '%s: %s'"),
                   spot->row->key, spot->row->example);
    else
        *(char **)to = path_of(node, node->value);
}
