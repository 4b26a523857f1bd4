#include "corrections.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "small_file.h"

#define CLOCK_LOG "clock.log"

const char *boot_id(void)
{
    static char id[BOOT_ID + 1];

    if (!*id) {
        int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, id, BOOT_ID) != BOOT_ID)
            strcpy(id, "-");
        if (fd >= 0)
            close(fd);
    }
    return id;
}

static int compare(const void *a, const void *b)
{
    const struct correction *x = a, *y = b;
    int order = strcmp(x->camera, y->camera);

    if (order != 0)
        return order;
    return x->run_us < y->run_us ? -1 : x->run_us > y->run_us;
}

static bool read_line(const char *text, size_t size, struct correction *to, bool *began)
{
    json_t *line = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    const char *camera = json_string_value(json_object_get(line, "camera"));
    const char *boot = json_string_value(json_object_get(line, "boot"));
    const json_t *run = json_object_get(line, "run_us");
    const json_t *offset = json_object_get(line, boot ? "ahead_us" : "offset_us");
    bool well = camera && strlen(camera) < sizeof to->camera && json_is_integer(run) &&
                json_is_integer(offset) && (!boot || strlen(boot) < sizeof to->boot);

    if (well) {
        *to = (struct correction){ .run_us = json_integer_value(run) };
        strcpy(to->camera, camera);
        *began = boot != NULL;
        if (boot) {
            strcpy(to->boot, boot);
            to->ahead_us = json_integer_value(offset);
        } else {
            to->offset_us = json_integer_value(offset);
            to->trusted = json_is_true(json_object_get(line, "trusted"));
        }
    }
    json_decref(line);
    return well;
}

/* Lines of one run, which stand in the order of the file, become one row. */
static void join(struct corrections *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->count; i++) {
        const struct correction *row = &c->rows[i];
        struct correction *before = kept > 0 ? &c->rows[kept - 1] : NULL;
        if (!before || compare(before, row) != 0) {
            c->rows[kept++] = *row;
        } else if (*row->boot) {
            strcpy(before->boot, row->boot);
            before->ahead_us = row->ahead_us;
        } else {
            before->offset_us = row->offset_us;
            before->trusted = row->trusted;
        }
    }
    c->count = kept;
}

/* qsort() keeps no order: the place in the file is a part of what is compared. */
struct placed {
    struct correction row;
    size_t at;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int order = compare(&x->row, &y->row);

    return order != 0 ? order : x->at < y->at ? -1 : x->at > y->at;
}

void corrections_read(int root_fd, struct corrections *out)
{
    struct error err;
    struct placed *placed = NULL;
    size_t count = 0, room = 0, odd = 0;
    bool began;
    char *text = small_file_read(root_fd, CLOCK_LOG, &err);

    *out = (struct corrections){ 0 };
    if (!text) {
        log_error("clock.log not read", "why='%s'", err.text);
        return;
    }
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        if (count == room) {
            room = room ? room * 2 : 64;
            placed = xrealloc(placed, room * sizeof *placed);
        }
        if (length > 0 && read_line(line, length, &placed[count].row, &began)) {
            placed[count].at = count;
            count++;
        } else {
            odd += length > 0;
        }
        line += length;
        line += *line == '\n';
    }
    free(text);
    if (odd > 0)
        log_warning("clock.log has lines that are no corrections", "lines=%zu", odd);
    if (count > 0)
        qsort(placed, count, sizeof *placed, compare_placed);
    out->rows = xcalloc(count + 1, sizeof *out->rows);
    for (; out->count < count; out->count++)
        out->rows[out->count] = placed[out->count].row;
    free(placed);
    join(out);
}

void corrections_free(struct corrections *c)
{
    free(c->rows);
    *c = (struct corrections){ 0 };
}

const struct correction *corrections_find(const struct corrections *c, const char *camera,
                                          int64_t run_us)
{
    struct correction key = { .run_us = run_us };

    if (c->count == 0 || strlen(camera) >= sizeof key.camera)
        return NULL;
    strcpy(key.camera, camera);
    return bsearch(&key, c->rows, c->count, sizeof *c->rows, compare);
}

static char *line_of(json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT);

    if (!line)
        abort(); /* out of memory */
    json_decref(object);
    return line;
}

char *correction_began_line(const struct correction *c)
{
    return line_of(json_pack("{s:I, s:s, s:s, s:I}", "run_us", (json_int_t)c->run_us,
                             "camera", c->camera, "boot", c->boot, "ahead_us",
                             (json_int_t)c->ahead_us));
}

char *correction_line(const struct correction *c)
{
    char when[TIME_TEXT_MAX];

    return line_of(json_pack("{s:I, s:s, s:I, s:b, s:s}", "run_us", (json_int_t)c->run_us,
                             "camera", c->camera, "offset_us", (json_int_t)c->offset_us,
                             "trusted", c->trusted, "when",
                             time_text(clock_wall_us(), when)));
}

bool corrections_append(int root_fd, const char *lines, struct error *err)
{
    return small_file_append(root_fd, CLOCK_LOG, lines, err);
}
