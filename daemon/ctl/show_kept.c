/* What is kept: the word on the clock, and holds. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "figures.h"
#include "show.h"
#include "show_parts.h"
#include "table.h"

void show_clock(const json_t *answer, FILE *to)
{
    char *now = figure_time(text_of(answer, "now"));

    if (!json_is_true(json_object_get(answer, "already")))
        fprintf(
            to,
            _("It is %s, and the clock is trusted until this machine is started anew or its "
              "clock is set.\n"),
            now);
    else if (json_is_true(json_object_get(answer, "synchronised")))
        fprintf(to, _("The clock is trusted already: it is synchronised (%s).\n"), now);
    else
        fprintf(
            to,
            _("The clock is trusted already: it was synchronised, or somebody said so "
              "(%s).\n"),
            now);
    free(now);
}

void show_hold(const json_t *answer, FILE *to)
{
    char *from = figure_time(text_of(answer, "from")),
         *end = figure_time(text_of(answer, "to"));
    char *until = figure_time(text_of(answer, "until"));

    fprintf(to, _("Hold %s: %s from %s to %s stays until %s.\n"), text_of(answer, "id"),
            text_of(answer, "camera"), from, end, until);
    free(from);
    free(end);
    free(until);
}

void show_holds(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Hold"),  _("Camera"), _("From"), _("To"),
                                  _("Until"), _("By"),     NULL };
    const json_t *holds = json_object_get(answer, "holds");
    json_t *hold;
    size_t i;

    if (json_array_size(holds) == 0) {
        fputs(_("Nothing is held.\n"), to);
        return;
    }
    struct table *table = table_new(heads);
    json_array_foreach(holds, i, hold)
    {
        table_add(table, text_of(hold, "id"));
        table_add(table, text_of(hold, "camera"));
        add_own(table, figure_time(text_of(hold, "from")));
        add_own(table, figure_time(text_of(hold, "to")));
        add_own(table, figure_time(text_of(hold, "until")));
        table_add(table, text_of(hold, "by"));
        table_note(table, text_of(hold, "reason"));
    }
    table_print(table, to);
    table_free(table);
}

void show_access_log(const json_t *answer, FILE *to)
{
    fprintf(
        to,
        _("The access log is as it was written: %lld entries, the last with the chain\n%s\n"),
        (long long)number_of(answer, "entries"), text_of(answer, "chain"));
}
