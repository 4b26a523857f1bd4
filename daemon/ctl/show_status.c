/* How kengd is, its disks and its clock. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "figures.h"
#include "show.h"
#include "show_parts.h"
#include "table.h"

static void show_disk(const json_t *disk, FILE *to)
{
    const json_t *days =
        json_object_get(disk, "days"); /* null: nothing is recorded yet */
    char *free_text = figure_bytes(number_of(disk, "free_bytes"));
    char *size_text = figure_bytes(number_of(disk, "size_bytes"));
    char *days_text = figure_decimal(json_number_value(days));

    if (json_is_false(json_object_get(disk, "ok")))
        fprintf(to, _("Disk: %s\n"), text_of(disk, "why"));
    if (json_is_number(days))
        fprintf(to, _("Disk: %s free of %s, %s days of recordings\n"), free_text,
                size_text, days_text);
    else
        fprintf(to, _("Disk: %s free of %s\n"), free_text, size_text);
    free(free_text);
    free(size_text);
    free(days_text);
}

static void show_given_up(const json_t *disk, FILE *to)
{
    const struct {
        const char *word, *text;
    } what[] = {
        { "live", _("live pictures") },
        { "detection", _("live pictures and motion detection") },
        { "sub", _("live pictures, motion detection and sub-streams") },
        { "fragments", _("live pictures, motion detection, sub-streams and the oldest of "
                         "what waits to be recorded") },
    };

    for (size_t i = 0; i < COUNT_OF(what); i++)
        if (!strcmp(text_of(disk, "given_up"), what[i].word))
            fprintf(to, _("Disk: too slow; given up for now: %s\n"), what[i].text);
}

/* Each of several disks. */
static void show_volumes(const json_t *volumes, FILE *to)
{
    size_t i;
    json_t *volume;

    if (json_array_size(volumes) < 2)
        return;
    json_array_foreach(volumes, i, volume)
    {
        const json_t *days = json_object_get(volume, "days");
        char *free_text = figure_bytes(number_of(volume, "free_bytes"));
        char *size_text = figure_bytes(number_of(volume, "size_bytes"));
        char *days_text =
            json_is_number(days) ? figure_decimal(json_number_value(days)) : xstrdup("?");
        fprintf(to, _("  %s (%s): %s free of %s, %s days of recordings, %d cameras\n"),
                text_of(volume, "id"), text_of(volume, "path"), free_text, size_text,
                days_text, (int)number_of(volume, "cameras"));
        if (json_is_false(json_object_get(volume, "ok")))
            fprintf(to, "    %s\n", text_of(volume, "why"));
        free(free_text);
        free(size_text);
        free(days_text);
    }
}

static void show_check(const json_t *disk, FILE *to)
{
    int64_t damaged = number_of(disk, "damaged");
    char *checked = figure_time(text_of(disk, "checked"));

    if (damaged > 0)
        fprintf(
            to,
            _("Recordings: %lld files are not as they were written; the log names them "
              "(segment damaged)\n"),
            (long long)damaged);
    if (*checked)
        fprintf(to, _("Recordings: all were last checked %s\n"), checked);
    free(checked);
}

static void show_rebuild(const json_t *rebuild, FILE *to)
{
    char *ended = figure_time(text_of(rebuild, "ended"));
    int added = (int)number_of(rebuild, "added"),
        closed = (int)number_of(rebuild, "closed"),
        lost = (int)number_of(rebuild, "lost");

    if (json_is_true(json_object_get(rebuild, "runs")))
        fprintf(
            to,
            _("Catalogue: being compared with the files, camera %d of %d; so far %d added, "
              "%d put right, %d without a file\n"),
            (int)number_of(rebuild, "camera"), (int)number_of(rebuild, "cameras"), added,
            closed, lost);
    else if (*ended && json_is_false(json_object_get(rebuild, "well")))
        fprintf(
            to,
            _("Catalogue: the comparison with the files was broken off %s; see the log\n"),
            ended);
    else if (*ended)
        fprintf(
            to,
            _("Catalogue: compared with the files %s: %d added, %d put right, %d without a "
              "file\n"),
            ended, added, closed, lost);
    free(ended);
}

void show_status(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Camera"), _("State"), _("Since"), NULL };
    const json_t *health = json_object_get(answer, "health");
    const json_t *disk = json_object_get(health, "disk"), *cameras;
    char *uptime = figure_duration(number_of(answer, "uptime_s"));
    json_t *camera;
    size_t i;

    cameras = json_object_get(answer, "cameras");
    fprintf(to, _("kengd %s has run for %s (pid %d)\n"), text_of(answer, "version"),
            uptime, (int)number_of(answer, "pid"));
    free(uptime);
    fprintf(to, _("Cameras: %d of %d recording\n"), (int)number_of(health, "recording"),
            (int)number_of(health, "cameras"));
    if (json_is_object(disk))
        show_disk(disk, to);
    show_given_up(disk, to);
    show_volumes(json_object_get(disk, "volumes"), to);
    show_check(disk, to);
    show_rebuild(json_object_get(answer, "rebuild"), to);
    if (json_is_false(json_object_get(health, "clock_trusted")))
        fputs(
            _("Clock: not trusted; it is not synchronised (see timedatectl, and kengctl clock "
              "trust)\n"),
            to);
    if (json_is_true(json_object_get(answer, "clock_said")))
        fputs(_("Clock: trusted because somebody said so; it is not synchronised\n"), to);
    if (json_array_size(cameras) == 0)
        return;
    fputc('\n', to);
    struct table *table = table_new(heads);
    json_array_foreach(cameras, i, camera)
    {
        table_add(table, text_of(camera, "id"));
        add_state(table, camera);
    }
    table_print(table, to);
    table_free(table);
}

void show_reload(const json_t *answer, FILE *to)
{
    const char *report = text_of(answer, "report");
    size_t length = strlen(report);

    fprintf(to, "%s%s", length > 0 ? report : _("taken up; no camera had to start anew"),
            length > 0 && report[length - 1] == '\n' ? "" : "\n");
}
