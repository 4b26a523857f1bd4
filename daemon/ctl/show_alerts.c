/* Alerts, and why people were told. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "figures.h"
#include "show.h"
#include "show_parts.h"
#include "table.h"

static const char *alert_kind(const char *word)
{
    static const struct meaning kinds[] = {
        { "motion", N_("motion") },
        { "alarm", N_("alarm") },
        { "test", N_("test alert") },
        { "health", N_("kengd's health") },
    };

    return meaning_of(kinds, COUNT_OF(kinds), word);
}

static const char *alert_state(const char *word)
{
    static const struct meaning states[] = {
        { "open", N_("nobody has answered yet") },
        { "acknowledged", N_("acknowledged") },
        { "resolved", N_("resolved") },
        { "false", N_("false alarm") },
    };

    return meaning_of(states, COUNT_OF(states), word);
}

/* What further motion is counted in an alert instead of being told anew. */
static void show_grouping(const json_t *answer, FILE *to)
{
    const json_t *group = json_object_get(answer, "grouping");
    const json_t *joins = json_object_get(answer, "joins");
    long long cool_s = json_integer_value(json_object_get(group, "cool_down_s"));
    long long group_s = json_integer_value(json_object_get(group, "group_s"));

    if (json_is_object(joins))
        fprintf(to,
                _("Motion then joins alert %s of %s, and nobody is told anew. If it did "
                  "not:\n"),
                text_of(joins, "alert"), text_of(joins, "camera"));
    if (cool_s > 0)
        fprintf(to, _("Further motion at the camera joins an alert for %lld s.\n"),
                cool_s);
    if (group_s > 0)
        fprintf(to,
                _("Motion at other cameras of %s joins it for %lld s, until somebody "
                  "answers.\n"),
                text_of(group, "group"), group_s);
}

void show_explanation(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Person"), _("Rank"), _("Why"), NULL };
    const json_t *people = json_object_get(answer, "people");
    json_t *person;
    size_t i;

    if (json_is_false(json_object_get(answer, "in_hours")))
        fputs(
            _("At that time motion makes no alert: it is outside of alerts.motion.hours. "
              "If it did:\n"),
            to);
    show_grouping(answer, to);
    struct table *table = table_new(heads);
    json_array_foreach(people, i, person)
    {
        table_add(table, text_of(person, "name"));
        add_own(table,
                xformat("%d", (int)json_integer_value(json_object_get(person, "rank"))));
        table_add(table, text_of(person, "sentence"));
    }
    table_print(table, to);
    table_free(table);
}

void show_alerts(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Alert"), _("Raised"),      _("Kind"), _("Where"),
                                  _("State"), _("Answered by"), NULL };
    const json_t *alerts = json_object_get(answer, "alerts");
    json_t *alert;
    size_t i;

    if (json_array_size(alerts) == 0) {
        fputs(_("There is no alert.\n"), to);
        return;
    }
    struct table *table = table_new(heads);
    json_array_foreach(alerts, i, alert)
    {
        const json_t *event = json_object_get(alert, "event");
        const char *camera = text_of(event, "camera_name");
        const char *by = text_of(alert, "answered_by");
        table_add(table, text_of(alert, "id"));
        add_own(table, figure_time(text_of(alert, "raised")));
        table_add(table, alert_kind(text_of(alert, "kind")));
        table_add(table, *camera ? camera : text_of(event, "area_name"));
        table_add(table, alert_state(text_of(alert, "state")));
        table_add(table, *by ? by : text_of(alert, "closed_by"));
    }
    table_print(table, to);
    table_free(table);
}

void show_test_alert(const json_t *answer, FILE *to)
{
    const json_t *deliveries = json_object_get(answer, "deliveries");

    fprintf(to, _("Test alert %s is on its way.\n"), text_of(answer, "id"));
    if (json_array_size(deliveries) > 0)
        fprintf(to, _("Recipients: %zu\n"), json_array_size(deliveries));
}
