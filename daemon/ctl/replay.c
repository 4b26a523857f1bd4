#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/settings.h"
#include "core/bytes.h"
#include "core/camera_program.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "run.h"
#include "watch/orders.h"

enum { ANSWER_MAX = 16 << 20 };

/* ---- by which settings -------------------------------------------------------------- */

/* The first of them; the rest comes when it is mended, or from `kengctl check`. */
static void tell_fault(const struct faults *faults, struct error *err)
{
    char *all = faults_text(faults);

    all[strcspn(all, "\n")] = '\0';
    error_set(err, ERR_CONFIG, "%s", all);
    free(all);
}

static bool orders_of_camera(const struct args *args, int64_t at_us,
                             struct motion_orders *to, struct error *err)
{
    const char *file = args->config ? args->config : KENGD_CONFIG_FILE;
    struct faults faults = { 0 };
    const struct settings *set = settings_load(file, &faults);
    const struct camera_settings *camera =
        set ? settings_find_camera(set, args->camera) : NULL;

    if (camera)
        motion_orders_at(set, &camera->motion, at_us, to);
    else if (set)
        error_set(err, ERR_CONFIG, _("there is no camera %s in %s"), args->camera, file);
    else
        tell_fault(&faults, err);
    settings_unref(set);
    faults_free(&faults);
    return camera != NULL;
}

static bool read_orders(const struct args *args, struct motion_orders *to,
                        struct error *err)
{
    const char *level = args->sensitivity;
    int64_t at_us = clock_wall_us();

    *to = (struct motion_orders){ .sensitivity = 3 };
    if (args->at && !time_read(args->at, &at_us))
        return error_set(err, ERR_CONFIG,
                         _("--at: write a time, for example 2026-11-21T20:00:00+07:00"));
    if (args->camera && !orders_of_camera(args, at_us, to, err))
        return false;
    if (level && (level[0] < '1' || level[0] > '5' || level[1]))
        return error_set(err, ERR_CONFIG, _("--sensitivity: write a number from 1 to 5"));
    if (level)
        to->sensitivity = level[0] - '0';
    to->detect = true; /* also at hours when it would not look */
    return true;
}

/* ---- one clip ----------------------------------------------------------------------- */

static _Noreturn void become_camera(const char *program, int clip, int answer,
                                    const char *name, const char *orders)
{
    if (dup2(clip, STDIN_FILENO) < 0 || dup2(answer, STDOUT_FILENO) < 0)
        _exit(127);
    closefrom(STDERR_FILENO + 1);
    execl(program, program, "--replay", name, orders, (char *)NULL);
    fprintf(stderr, "kengctl: %s: %s\n", program, error_of_system(errno));
    _exit(127);
}

static json_t *read_answer(int from)
{
    struct bytes all = { 0 };

    for (;;) {
        ssize_t got = read(from, bytes_reserve(&all, 65536), 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        all.size += (size_t)got;
        if (all.size > ANSWER_MAX)
            break;
    }
    json_t *answer = json_loadb((const char *)all.at, all.size, 0, NULL);
    bytes_free(&all);
    return answer;
}

/* What the detector says of it, or NULL, and told. */
static json_t *replay(const char *program, const char *clip, const char *orders, FILE *err)
{
    int fd = open(clip, O_RDONLY | O_CLOEXEC), pipes[2], status = 0;

    if (fd < 0 || pipe2(pipes, O_CLOEXEC) < 0) {
        fprintf(err, "kengctl: %s: %s\n", clip, error_of_system(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    pid_t child = fork();
    if (child == 0)
        become_camera(program, fd, pipes[1], clip, orders);
    close(fd);
    close(pipes[1]);
    json_t *answer = child > 0 ? read_answer(pipes[0]) : NULL;
    close(pipes[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (json_is_object(answer) && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return answer;
    if (child < 0 || WIFSIGNALED(status))
        fprintf(err, _("kengctl: %s: the process that read it has ended\n"), clip);
    json_decref(answer);
    return NULL;
}

/* ---- all of them -------------------------------------------------------------------- */

/* Intervals alone: [from, to, decided] of each event, by clip. */
static json_t *intervals_of(json_t *all)
{
    json_t *intervals = json_object(), *clip;
    const char *name;

    json_object_foreach (all, name, clip)
        json_object_set(intervals, name, json_object_get(clip, "events"));
    return intervals;
}

int replay_clips(const struct args *args, FILE *out, FILE *err)
{
    struct motion_orders *orders = xcalloc(1, sizeof *orders);
    struct error error = { 0 };
    struct bytes message = { 0 };
    json_t *all = json_object();
    int status = EXIT_WELL;

    if (!read_orders(args, orders, &error)) {
        fprintf(err, "kengctl: %s\n", error.text);
        status = EXIT_USAGE;
        goto done;
    }
    char *program = camera_program();
    link_put_motion_orders(&message, orders);
    bytes_add(&message, "", 1);
    for (int i = 0; i < args->clip_count; i++) {
        json_t *one = replay(program, args->clips[i],
                             (const char *)message.at + WIRE_HEADER, err);
        if (!one)
            status = EXIT_FAILED;
        else
            json_object_update(all, one);
        json_decref(one);
    }
    json_t *shown = args->json ? json_incref(all) : intervals_of(all);
    json_dumpf(shown, out, JSON_INDENT(1) | JSON_REAL_PRECISION(8));
    fputc('\n', out);
    json_decref(shown);
    free(program);
done:
    json_decref(all);
    bytes_free(&message);
    free(orders);
    return status;
}
