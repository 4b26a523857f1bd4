#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/condition.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "gone.h"
#include "notice.h"
#include "parts.h"

enum { AGAIN_US = 5000000 };

enum phase {
    PHASE_WAITING,  /* it is so; people are told when its grace time is over */
    PHASE_STANDING, /* people were told */
    PHASE_SETTLING, /* it is well; people are told when it has been so for a while */
    PHASE_WELL,
};

struct standing {
    struct standing *next;
    char key[CONDITION_MAX];
    char *camera; /* NULL: of kengd itself */
    char *area;   /* where that is told; NULL: the camera's */
    enum severity severity;
    char *texts[LANGUAGES];
    enum phase phase;
    int64_t due_us;    /* monotonic; of what waits or settles */
    bool at_desk;      /* its change is being stored */
    bool worse;        /* it has become more severe than what was told */
};

static struct standing *find(struct duty *duty, const char *key)
{
    struct standing *s = duty->conditions;

    while (s && strcmp(s->key, key) != 0)
        s = s->next;
    return s;
}

static struct standing *find_or_add(struct duty *duty, const char *key)
{
    struct standing *s = find(duty, key);

    if (s)
        return s;
    s = xcalloc(1, sizeof *s);
    snprintf(s->key, sizeof s->key, "%s", key);
    s->phase = PHASE_WELL;
    s->next = duty->conditions;
    duty->conditions = s;
    return s;
}

static void standing_free(struct standing *s)
{
    free(s->camera);
    free(s->area);
    for (int i = 0; i < LANGUAGES; i++)
        free(s->texts[i]);
    free(s);
}

static void describe(struct standing *s, const struct condition *what, const char *area)
{
    for (int i = 0; i < LANGUAGES; i++) {
        free(s->texts[i]);
        s->texts[i] = what->texts[i] ? xstrdup(what->texts[i]) : NULL;
    }
    free(s->camera);
    free(s->area);
    s->camera = what->camera ? xstrdup(what->camera->id) : NULL;
    s->area = area ? xstrdup(area) : NULL;
    s->severity = what->severity;
}

/* ---- to the desk ------------------------------------------------------------------- */

static void on_noticed(void *arg)
{
    struct notice *notice = arg;
    struct duty *duty = notice->errand.duty;
    struct standing *s = duty->on_change ? find(duty, notice->key) : NULL;

    errand_tell(&notice->errand);
    if (notice->ends && !notice->failed)
        log_info("condition is over", "condition=%s", notice->key);
    if (s && !notice->moment) {
        s->at_desk = false;
        if (notice->failed) {
            s->phase = notice->begins ? PHASE_WAITING : PHASE_SETTLING;
            s->due_us = clock_mono_us() + AGAIN_US;
        }
        conditions_look(duty);
    }
    errand_end(&notice->errand);
    notice_free(notice);
}

static bool send(struct duty *duty, const struct standing *s, bool moment,
                 int64_t once_in_us)
{
    struct notice *notice = xcalloc(1, sizeof *notice);
    const struct camera_settings *camera =
        s->camera ? settings_find_camera(duty->set, s->camera) : NULL;
    const char *area = camera ? camera->area->id : s->area;
    int64_t now_us = clock_wall_us();

    snprintf(notice->key, sizeof notice->key, "%s", s->key);
    notice->begins = s->phase == PHASE_STANDING;
    notice->worse = s->worse;
    notice->moment = moment;
    notice->once_in_us = once_in_us;
    notice->event = (struct event_row){
        .kind = EVENT_HEALTH,
        .camera = s->camera ? xstrdup(s->camera) : NULL,
        .area = xstrdup(area ? area : ""),
        .start_us = now_us,
        .end_us = moment ? now_us : 0,
        .seen_us = now_us,
        .severity = s->severity,
        .condition = xstrdup(s->key),
    };
    for (int i = 0; i < LANGUAGES; i++)
        notice->event.texts[i] = s->texts[i] ? xstrdup(s->texts[i]) : NULL;
    row_id_new(now_us, notice->event.id);
    if (errand_ask(duty, &notice->errand, notice_job, on_noticed))
        return true;
    notice_free(notice);
    return false;
}

/* ---- on the loop ------------------------------------------------------------------- */

static void move_on(struct duty *duty, struct standing *s, int64_t now_us)
{
    enum phase before = s->phase;

    if (s->phase == PHASE_WAITING)
        s->phase = PHASE_STANDING;
    else if (s->phase == PHASE_SETTLING)
        s->phase = PHASE_WELL;
    if (send(duty, s, false, 0)) {
        s->at_desk = true;
        s->worse = false;
        if (s->phase == PHASE_STANDING)
            log_info("condition lasts", "condition=%s", s->key);
    } else {
        s->phase = before;
        s->due_us = now_us + AGAIN_US;
    }
}

static bool is_waiting(const struct standing *s)
{
    return !s->at_desk && (s->phase == PHASE_WAITING || s->phase == PHASE_SETTLING);
}

void conditions_look(struct duty *duty)
{
    int64_t now_us = clock_mono_us(), next_us = INT64_MAX;

    for (struct standing *s = duty->conditions; s; s = s->next) {
        if (is_waiting(s) && s->due_us <= now_us)
            move_on(duty, s, now_us);
        if (is_waiting(s) && s->due_us < next_us)
            next_us = s->due_us;
    }
    if (!duty->condition_due)
        return;
    if (next_us == INT64_MAX)
        timer_cancel(duty->condition_due);
    else
        timer_after(duty->condition_due, next_us - now_us);
}

/* ---- where it is told -------------------------------------------------------------- */

/* One place of a condition: its own key there, and the area; NULL: the camera's. */
struct place {
    char key[CONDITION_MAX];
    const char *area;
};

/* A condition of kengd itself is told in every area that lies in no other one; the i-th of
 * them. The first one's key is the condition's own. */
static bool place_at(const struct settings *set, const char *key, size_t n,
                     struct place *out)
{
    for (size_t i = 0; i < set->area_count; i++) {
        if (set->areas[i].within)
            continue;
        bool first = out->area == NULL;
        out->area = set->areas[i].id;
        if (n-- > 0)
            continue;
        snprintf(out->key, sizeof out->key, first ? "%s" : "%s@%s", key, out->area);
        return true;
    }
    return false;
}

typedef void place_fn(struct duty *duty, const struct place *place,
                      const struct condition *what);

static void at_each_place(struct duty *duty, const struct condition *what, place_fn *fn)
{
    struct place place = { .area = NULL };

    if (what->camera || !place_at(duty->set, what->key, 0, &place)) {
        place.area = NULL;
        snprintf(place.key, sizeof place.key, "%s", what->key);
        fn(duty, &place, what);
        return;
    }
    for (size_t n = 0; place.area = NULL, place_at(duty->set, what->key, n, &place); n++)
        fn(duty, &place, what);
}

static void lasts_there(struct duty *duty, const struct place *place,
                        const struct condition *what)
{
    struct standing *s = find_or_add(duty, place->key);
    bool told = s->phase == PHASE_STANDING || s->phase == PHASE_SETTLING;

    if (told && what->severity > s->severity) {
        s->worse = true;
        s->phase = PHASE_WAITING;
        s->due_us = clock_mono_us();
    } else if (s->phase == PHASE_SETTLING) {
        s->phase = PHASE_STANDING;
    } else if (s->phase == PHASE_WELL) {
        s->phase = PHASE_WAITING;
        s->due_us = clock_mono_us() + what->grace_us;
    }
    describe(s, what, place->area);
}

static void over_there(struct duty *duty, const struct place *place,
                       const struct condition *what)
{
    struct standing *s = find(duty, place->key);
    bool unknown = !s;

    if (unknown) {
        s = find_or_add(duty, place->key);
        s->area = place->area ? xstrdup(place->area) : NULL;
    }
    /* Of what was told before the start only the catalogue knows. */
    if (unknown || s->phase == PHASE_STANDING || s->worse) {
        s->phase = PHASE_SETTLING;
        s->worse = false;
        s->due_us = clock_mono_us() + duty->set->alerts.health.settle_us;
    } else if (s->phase == PHASE_WAITING) {
        s->phase = PHASE_WELL;
    }
}

static void tell_there(struct duty *duty, const struct place *place,
                       const struct condition *what)
{
    struct standing *once = xcalloc(1, sizeof *once);

    once->phase = PHASE_STANDING;
    snprintf(once->key, sizeof once->key, "%s", place->key);
    describe(once, what, place->area);
    if (!send(duty, once, true, what->once_in_us))
        log_warning("notice not stored", "condition=%s", once->key);
    standing_free(once);
}

void duty_condition_lasts(struct duty *duty, const struct condition *what)
{
    at_each_place(duty, what, lasts_there);
    conditions_look(duty);
}

void duty_condition_over(struct duty *duty, const char *key)
{
    const struct standing *known = find(duty, key);
    struct condition what = { .key = key,
                              .camera = known && known->camera
                                            ? settings_find_camera(duty->set, known->camera)
                                            : NULL };

    at_each_place(duty, &what, over_there);
    conditions_look(duty);
}

void duty_tell(struct duty *duty, const struct condition *what)
{
    at_each_place(duty, what, tell_there);
}

/* ---- what is gone from the configuration --------------------------------------- */

static void on_gone_ended(void *arg)
{
    struct notice *notice = arg;

    errand_tell(&notice->errand);
    errand_end(&notice->errand);
    free(notice);
}

void conditions_reload(struct duty *duty)
{
    struct notice *notice = xcalloc(1, sizeof *notice);
    struct standing **at = &duty->conditions;

    while (*at) {
        struct standing *s = *at;
        if ((s->camera && !settings_find_camera(duty->set, s->camera)) ||
            (s->area && !settings_find_area(duty->set, s->area)) ||
            is_of_what_is_gone(duty->set, s->key)) {
            *at = s->next;
            standing_free(s);
        } else {
            at = &s->next;
        }
    }
    if (!errand_ask(duty, &notice->errand, notice_end_gone_job, on_gone_ended))
        free(notice);
}

static void on_due(void *arg)
{
    conditions_look(arg);
}

void conditions_open(struct duty *duty)
{
    duty->condition_due = timer_new(duty->loop, on_due, duty);
    conditions_reload(duty);
}

void conditions_close(struct duty *duty)
{
    timer_free(duty->condition_due);
    duty->condition_due = NULL;
    while (duty->conditions) {
        struct standing *s = duty->conditions;
        duty->conditions = s->next;
        standing_free(s);
    }
}
