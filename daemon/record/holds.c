#include "holds.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/time_text.h"
#include "names.h"
#include "small_file.h"
#include "volume.h"

#define FILE_OF_HOLDS "holds"

struct lease {
    struct lease *next;
    struct holds *holds;
    struct held held;
    call_fn *ready; /* NULL: told already */
    void *arg;
    bool ended; /* while a barrier is out for it */
};

struct holds {
    struct loop *loop;
    int state_fd;
    struct hold *rows; /* oldest first */
    size_t count;
    char *unknown; /* lines of the file that are not understood, kept */
    bool failed;   /* the file could not be read: everything is held */
    struct lease *leases;
    struct volume *volumes[VOLUMES_MOST];
    size_t volume_count;
    struct barrier *running; /* one at a time: the file is written in order */
    struct barrier *first, **last;
};

/* Something that is true once it is in the file and no older deletion is under way. */
struct barrier {
    struct barrier *next;
    struct holds *holds;
    enum { ADD, RELEASE, EXPIRE, LEASE } what;
    struct hold hold; /* ADD: the new one. RELEASE: its id */
    hold_done_fn *done;
    void *arg;
    struct lease *lease;
    char *content; /* of the file; NULL: not written */
    unsigned out;
    bool written;
    struct error err;
};

static void clear_hold(struct hold *hold)
{
    free(hold->reason);
    free(hold->who);
    *hold = (struct hold){ 0 };
}

static struct hold copy_hold(const struct hold *hold)
{
    struct hold copy = *hold;

    copy.reason = xstrdup(hold->reason);
    copy.who = xstrdup(hold->who);
    return copy;
}

/* ---- the file ------------------------------------------------------------------- */

static bool read_time(const json_t *line, const char *key, int64_t *us)
{
    const char *text = json_string_value(json_object_get(line, key));

    return text && time_read(text, us);
}

static bool read_hold(const char *text, size_t size, struct hold *to)
{
    json_t *line = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    const char *id = json_string_value(json_object_get(line, "id"));
    const char *camera = json_string_value(json_object_get(line, "camera"));
    const char *reason = json_string_value(json_object_get(line, "reason"));
    const char *who = json_string_value(json_object_get(line, "who"));
    bool well = id && camera && reason && who && strlen(id) < sizeof to->id &&
                strlen(camera) < sizeof to->camera && read_time(line, "from", &to->from_us) &&
                read_time(line, "to", &to->to_us) && read_time(line, "made", &to->made_us) &&
                read_time(line, "until", &to->until_us);

    if (well) {
        strcpy(to->id, id);
        strcpy(to->camera, camera);
        to->reason = xstrdup(reason);
        to->who = xstrdup(who);
    }
    json_decref(line);
    return well;
}

static void read_lines(struct holds *holds, const char *text)
{
    struct bytes unknown = { 0 };

    while (*text) {
        size_t length = strcspn(text, "\n");
        struct hold hold = { 0 };
        if (length > 0 && holds->count < HOLDS_MOST && read_hold(text, length, &hold)) {
            holds->rows = xrealloc(holds->rows, (holds->count + 1) * sizeof hold);
            holds->rows[holds->count++] = hold;
        } else if (length > 0) {
            bytes_format(&unknown, "%.*s\n", (int)length, text);
        }
        text += length;
        text += *text == '\n';
    }
    if (unknown.size > 0)
        log_warning("holds not understood", "file=" FILE_OF_HOLDS " bytes=%zu", unknown.size);
    holds->unknown = bytes_take(&unknown);
}

static json_t *hold_json(const struct hold *hold)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], made[TIME_TEXT_MAX], until[TIME_TEXT_MAX];

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", hold->id, "camera",
                     hold->camera, "from", time_text(hold->from_us, from), "to",
                     time_text(hold->to_us, to), "made", time_text(hold->made_us, made),
                     "until", time_text(hold->until_us, until), "reason", hold->reason,
                     "who", hold->who);
}

static void add_line(struct bytes *to, const struct hold *hold)
{
    json_t *line = hold_json(hold);
    char *text = json_dumps(line, JSON_COMPACT);

    if (!text)
        abort(); /* out of memory: what is packed is text */
    bytes_format(to, "%s\n", text);
    free(text);
    json_decref(line);
}

/* The file as it will be: with one more, or without one. */
static char *content_of(const struct holds *holds, const struct hold *more, const char *without)
{
    struct bytes b = { 0 };

    bytes_text(&b, holds->unknown);
    for (size_t i = 0; i < holds->count; i++)
        if (!without || strcmp(holds->rows[i].id, without) != 0)
            add_line(&b, &holds->rows[i]);
    if (more)
        add_line(&b, more);
    return bytes_take(&b);
}

/* Once, when it can be read. */
static void read_file(struct holds *holds)
{
    struct error err = { 0 };
    char *text = small_file_read(holds->state_fd, FILE_OF_HOLDS, &err);

    if (text)
        read_lines(holds, text);
    else if (!holds->failed)
        log_error("holds not read", "why='%s' what_now='nothing is deleted'", err.text);
    holds->failed = text == NULL;
    free(text);
}

/* ---- one barrier after the other -------------------------------------------------- */

static struct hold *find(const struct holds *holds, const char *id)
{
    for (size_t i = 0; i < holds->count; i++)
        if (strcmp(holds->rows[i].id, id) == 0)
            return &holds->rows[i];
    return NULL;
}

static void drop(struct holds *holds, struct hold *hold)
{
    size_t i = (size_t)(hold - holds->rows);

    clear_hold(hold);
    memmove(hold, hold + 1, (holds->count - i - 1) * sizeof *hold);
    holds->count--;
}

static void free_lease(struct lease *lease)
{
    struct lease **at = &lease->holds->leases;

    while (*at != lease)
        at = &(*at)->next;
    *at = lease->next;
    free(lease);
}

static void start_next(struct holds *holds);

static void finish_change(struct barrier *b)
{
    struct holds *holds = b->holds;
    struct hold *row = find(holds, b->hold.id), gone;

    if (b->what == ADD ? !b->written : b->written && row != NULL) {
        gone = copy_hold(row);
        drop(holds, row);
        if (b->done)
            b->done(b->arg, b->written ? &gone : NULL, &b->err);
        clear_hold(&gone);
    } else if (b->done) {
        b->done(b->arg, b->written ? row : NULL, &b->err);
    }
}

static void finish(struct barrier *b)
{
    struct holds *holds = b->holds;

    if (b->what != LEASE) {
        finish_change(b);
    } else if (b->lease->ended) {
        free_lease(b->lease);
    } else {
        call_fn *ready = b->lease->ready;
        b->lease->ready = NULL;
        ready(b->lease->arg);
    }
    clear_hold(&b->hold);
    free(b->content);
    holds->running = NULL;
    free(b);
    start_next(holds);
}

static void on_part(void *arg)
{
    struct barrier *b = arg;

    if (--b->out == 0)
        finish(b);
}

static void count_part(void *arg)
{
    struct barrier *b = arg;

    loop_post(b->holds->loop, on_part, b);
}

/* The tidying worker of the first volume. */
static void write_part(void *arg)
{
    struct barrier *b = arg;

    b->written = small_file_write(b->holds->state_fd, FILE_OF_HOLDS, b->content, &b->err);
    loop_post(b->holds->loop, on_part, b);
}

/* Behind every deletion that was handed to a volume's tidying worker. A full queue is the
 * same: it holds nothing of ours that is not counted, so the wait is for the others. */
static void start(struct holds *holds, struct barrier *b)
{
    struct hold *row = find(holds, b->hold.id);

    holds->running = b;
    b->out = 1;
    if (b->what == ADD) {
        holds->rows = xrealloc(holds->rows, (holds->count + 1) * sizeof *holds->rows);
        b->content = content_of(holds, &b->hold, NULL);
        holds->rows[holds->count++] = copy_hold(&b->hold);
    } else if (b->what != LEASE && row) {
        b->content = content_of(holds, NULL, b->hold.id);
    } else if (b->what != LEASE) {
        error_set(&b->err, ERR_CONFIG, _("there is no hold %s"), b->hold.id);
    }
    for (size_t i = 0; i < holds->volume_count; i++) {
        bool writes = i == 0 && b->content;
        b->out++;
        if (!worker_post(holds->volumes[i]->tidy, writes ? write_part : count_part, b)) {
            error_set(&b->err, ERR_BUSY, _("the volume is too busy"));
            b->out--;
        }
    }
    loop_post(holds->loop, on_part, b);
}

static void start_next(struct holds *holds)
{
    struct barrier *b = holds->first;

    if (holds->running || !b)
        return;
    holds->first = b->next;
    if (!holds->first)
        holds->last = &holds->first;
    start(holds, b);
}

static struct barrier *add_barrier(struct holds *holds, int what)
{
    struct barrier *b = xcalloc(1, sizeof *b);

    b->holds = holds;
    b->what = what;
    *holds->last = b;
    holds->last = &b->next;
    return b;
}

/* ---- what others ask ---------------------------------------------------------------- */

static bool is_fit(const struct holds *holds, const struct hold *wish, struct error *err)
{
    if (holds->failed || holds->volume_count == 0)
        return error_set(err, ERR_DISK, _("the file of holds cannot be read"));
    if (!name_is_camera(wish->camera))
        return error_set(err, ERR_CONFIG, _("a hold needs a camera"));
    if (wish->from_us >= wish->to_us)
        return error_set(err, ERR_CONFIG, _("a hold must end after it begins"));
    if (!wish->reason || !*wish->reason || strlen(wish->reason) > HOLD_REASON_MAX ||
        !text_is_utf8(wish->reason, strlen(wish->reason)))
        return error_set(err, ERR_CONFIG, _("a hold needs a reason of at most %d bytes"),
                         HOLD_REASON_MAX);
    if (!wish->who || !*wish->who || strlen(wish->who) > HOLD_WHO_MAX ||
        !text_is_utf8(wish->who, strlen(wish->who)))
        return error_set(err, ERR_CONFIG, _("a hold needs somebody who wants it"));
    if (wish->until_us <= clock_wall_us())
        return error_set(err, ERR_CONFIG, _("a hold must end on a day to come"));
    if (holds->count >= HOLDS_MOST)
        return error_set(err, ERR_BUSY, _("there are %d holds; release one first"),
                         HOLDS_MOST);
    return true;
}

struct refusal {
    hold_done_fn *done;
    void *arg;
    struct error err;
};

static void on_refused(void *arg)
{
    struct refusal *refusal = arg;

    refusal->done(refusal->arg, NULL, &refusal->err);
    free(refusal);
}

void holds_add(struct holds *holds, const struct hold *wish, hold_done_fn *done, void *arg)
{
    struct refusal *refusal = xcalloc(1, sizeof *refusal);

    if (!is_fit(holds, wish, &refusal->err)) {
        refusal->done = done;
        refusal->arg = arg;
        loop_post(holds->loop, on_refused, refusal);
        return;
    }
    free(refusal);
    struct barrier *b = add_barrier(holds, ADD);
    b->hold = copy_hold(wish);
    b->hold.made_us = clock_wall_us();
    row_id_new(b->hold.made_us, b->hold.id);
    b->done = done;
    b->arg = arg;
    start_next(holds);
}

static void remove_hold(struct holds *holds, int what, const char *id, hold_done_fn *done,
                        void *arg)
{
    struct barrier *b = add_barrier(holds, what);

    snprintf(b->hold.id, sizeof b->hold.id, "%s", id);
    b->done = done;
    b->arg = arg;
    start_next(holds);
}

void holds_release(struct holds *holds, const char *id, hold_done_fn *done, void *arg)
{
    remove_hold(holds, RELEASE, id, done, arg);
}

struct lease *lease_take(struct holds *holds, const char *camera, int64_t from_us,
                         int64_t to_us, call_fn *ready, void *arg)
{
    struct lease *lease = xcalloc(1, sizeof *lease);

    lease->holds = holds;
    snprintf(lease->held.camera, sizeof lease->held.camera, "%s", camera);
    lease->held.from_us = from_us;
    lease->held.to_us = to_us;
    lease->ready = ready;
    lease->arg = arg;
    lease->next = holds->leases;
    holds->leases = lease;
    add_barrier(holds, LEASE)->lease = lease;
    start_next(holds);
    return lease;
}

void lease_end(struct lease *lease)
{
    if (lease && lease->ready)
        lease->ended = true; /* its barrier frees it */
    else if (lease)
        free_lease(lease);
}

void holds_list(const struct holds *holds, const char *camera, struct hold_list *out)
{
    *out = (struct hold_list){ .rows = xcalloc(holds->count, sizeof *out->rows) };
    for (size_t i = holds->count; i > 0; i--)
        if (!camera || strcmp(holds->rows[i - 1].camera, camera) == 0)
            out->rows[out->count++] = copy_hold(&holds->rows[i - 1]);
}

void hold_list_free(struct hold_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        clear_hold(&list->rows[i]);
    free(list->rows);
    *list = (struct hold_list){ 0 };
}

/* ---- what the volumes ask ----------------------------------------------------------- */

/* Nobody knows what day it is while the clock is not trusted. */
static void expire(struct holds *holds)
{
    if (holds->running || holds->first || !clock_is_trusted())
        return;
    for (size_t i = 0; i < holds->count; i++)
        if (holds->rows[i].until_us <= clock_wall_us()) {
            log_info("hold ended", "id=%s camera=%s", holds->rows[i].id,
                     holds->rows[i].camera);
            remove_hold(holds, EXPIRE, holds->rows[i].id, NULL, NULL);
            return; /* the next look takes the next */
        }
}

struct held *holds_now(struct holds *holds, size_t *count)
{
    struct held *list;
    size_t leases = 0;

    *count = 0;
    if (!holds)
        return NULL;
    if (holds->failed)
        read_file(holds);
    expire(holds);
    for (struct lease *lease = holds->leases; lease; lease = lease->next)
        leases++;
    list = xcalloc(holds->count + leases + 1, sizeof *list);
    *count = holds->failed; /* the first is of every camera and all time */
    list[0] = (struct held){ .from_us = INT64_MIN, .to_us = INT64_MAX };
    for (size_t i = 0; i < holds->count; i++) {
        struct held *held = &list[(*count)++];
        memcpy(held->camera, holds->rows[i].camera, sizeof held->camera);
        held->from_us = holds->rows[i].from_us;
        held->to_us = holds->rows[i].to_us;
    }
    for (struct lease *lease = holds->leases; lease; lease = lease->next)
        list[(*count)++] = lease->held;
    return list;
}

bool held_touches(const struct held *held, size_t count, const char *camera,
                  int64_t from_us, int64_t to_us)
{
    for (size_t i = 0; i < count; i++)
        if (from_us < held[i].to_us && to_us > held[i].from_us &&
            (!*held[i].camera || strcmp(held[i].camera, camera) == 0))
            return true;
    return false;
}

void holds_join(struct holds *holds, struct volume *volume)
{
    if (holds && holds->volume_count < VOLUMES_MOST)
        holds->volumes[holds->volume_count++] = volume;
}

void holds_leave(struct holds *holds, struct volume *volume)
{
    while (holds && (holds->running || holds->first))
        if (event_base_loop(loop_base(holds->loop), EVLOOP_ONCE) < 0)
            abort(); /* the loop runs already */
    for (size_t i = 0; holds && i < holds->volume_count; i++)
        if (holds->volumes[i] == volume)
            holds->volumes[i] = holds->volumes[--holds->volume_count];
}

/* ---- life ----------------------------------------------------------------------------- */

struct holds *holds_open(const char *state_dir, struct loop *loop)
{
    struct holds *holds = xcalloc(1, sizeof *holds);

    holds->loop = loop;
    holds->last = &holds->first;
    holds->state_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    read_file(holds);
    return holds;
}

void holds_close(struct holds *holds)
{
    if (!holds)
        return;
    while (holds->leases)
        free_lease(holds->leases);
    for (size_t i = 0; i < holds->count; i++)
        clear_hold(&holds->rows[i]);
    free(holds->rows);
    free(holds->unknown);
    if (holds->state_fd >= 0)
        close(holds->state_fd);
    free(holds);
}
