#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "parts.h"
#include "rule.h"
#include "snapshot.h"
#include "store/reserve.h"

/* Bytes of what a person may say to an alert; what is longer is cut. */
enum { NOTE_MAX = 1000, NAME_MAX_BYTES = 200 };

/* Something that a person asked for, and waits for. */
struct request {
    struct errand errand; /* first */
    char *alert_id;       /* of an answer */
    enum answer answer;
    char *who, *note;
    struct event_row event; /* of what is raised */
    char *channel, *person; /* of a test: only on this one, to this one; NULL: all */
    const struct picture *picture;
    answer_fn *done;
    void *arg;
    enum answer_result result;
    struct alert_row alert; /* as it is now */
    struct error err;
};

static char *keep_text(const char *text, size_t most)
{
    if (!text || !*text)
        return NULL;
    char *kept = xstrndup(text, most);
    text_cut_utf8(kept);
    return kept;
}

static void request_free(struct request *request)
{
    free(request->alert_id);
    free(request->channel);
    free(request->person);
    free(request->who);
    free(request->note);
    event_row_clear(&request->event);
    picture_unref(request->picture);
    alert_row_clear(&request->alert);
    free(request);
}

static void finish(struct request *request)
{
    bool has_alert =
        request->result == ANSWER_TAKEN || request->result == ANSWER_TOO_LATE;

    if (request->result == ANSWER_FAILED)
        log_error("answer or alarm not stored", "who='%s' why='%s'",
                  request->who ? request->who : "", request->err.text);
    request->done(request->arg, request->result, has_alert ? &request->alert : NULL,
                  request->result == ANSWER_FAILED ? &request->err : NULL);
}

static void on_request_done(void *arg)
{
    struct request *request = arg;

    errand_tell(&request->errand);
    finish(request);
    errand_end(&request->errand);
    request_free(request);
}

/* The desk was full. Not called at once: nobody expects an answer while asking. */
static void on_refused(void *arg)
{
    finish(arg);
    request_free(arg);
}

static void ask(struct duty *duty, struct request *request, desk_fn *job)
{
    if (errand_ask(duty, &request->errand, job, on_request_done))
        return;
    request->result = ANSWER_FAILED;
    error_set(&request->err, ERR_BUSY,
              _("the catalogue is too slow just now; please try again"));
    loop_post(duty->loop, on_refused, request);
}

/* ---- answers ---------------------------------------------------------------------- */

static void join_note(struct alert_row *alert, const char *note)
{
    if (!note)
        return;
    char *whole =
        alert->answer_note ? xformat("%s\n%s", alert->answer_note, note) : xstrdup(note);
    free(alert->answer_note);
    alert->answer_note = whole;
}

/* False: it was answered before. */
static bool take_answer(struct alert_row *alert, const struct request *request,
                        int64_t now_us)
{
    bool closes = request->answer != ANSWER_ACKNOWLEDGE;

    if (alert->state != ALERT_OPEN && !(closes && alert->state == ALERT_ACKNOWLEDGED))
        return false;
    if (alert->state == ALERT_OPEN) {
        alert->answered_by = xstrdup(request->who);
        alert->answered_us = now_us;
    }
    alert->state = ALERT_ACKNOWLEDGED;
    alert->escalate_us = 0;
    join_note(alert, request->note);
    if (closes) {
        alert->state =
            request->answer == ANSWER_FALSE_ALARM ? ALERT_FALSE : ALERT_RESOLVED;
        alert->closed_by = xstrdup(request->who);
        alert->closed_us = now_us;
    }
    return true;
}

static bool answer_in(struct errand *errand, struct store *store, void *arg,
                      struct error *err)
{
    struct request *request = arg;
    struct alert_row changed;
    bool found;

    if (!alert_get(store, request->alert_id, &request->alert, &found, err))
        return false;
    request->result = ANSWER_UNKNOWN;
    if (!found)
        return true;
    request->result = ANSWER_TOO_LATE;
    if (!take_answer(&request->alert, request, clock_wall_us()))
        return true;
    if (!alert_update(store, &request->alert, err) ||
        !errand_follow_up(errand, store, &request->alert,
                          request->alert.state == ALERT_ACKNOWLEDGED ? "answered"
                                                                     : "closed",
                          err))
        return false;
    request->result = ANSWER_TAKEN;
    changed = alert_row_copy(&request->alert);
    errand_changed(errand, &changed, false);
    return true;
}

/* What a person says must be stored, also with the state disk full: for that some of it is
 * kept in reserve. */
static bool commit_surely(struct request *request, struct store *store, work_fn *work)
{
    if (errand_commit(&request->errand, store, work, request, &request->err))
        return true;
    if (!reserve_give_up(request->errand.set->paths.state))
        return false;
    alert_row_clear(&request->alert);
    request->err = (struct error){ 0 };
    return errand_commit(&request->errand, store, work, request, &request->err);
}

static void answer_job(struct store *store, void *arg)
{
    struct request *request = arg;

    if (!commit_surely(request, store, answer_in))
        request->result = ANSWER_FAILED;
    else if (request->result == ANSWER_TAKEN)
        log_info("alert answered", "alert=%s state=%s", request->alert.id,
                 alert_state_word(request->alert.state));
}

void duty_answer(struct duty *duty, const char *alert_id, enum answer answer,
                 const char *who, const char *note, answer_fn *done, void *arg)
{
    struct request *request = xcalloc(1, sizeof *request);

    request->alert_id = xstrndup(alert_id, ROW_ID_MAX);
    request->answer = answer;
    request->who = keep_text(who, NAME_MAX_BYTES);
    if (!request->who)
        request->who = xstrdup("?");
    request->note = keep_text(note, NOTE_MAX);
    request->done = done;
    request->arg = arg;
    ask(duty, request, answer_job);
}

/* ---- alarms and tests ------------------------------------------------------------- */

static bool raise_in(struct errand *errand, struct store *store, void *arg,
                     struct error *err)
{
    struct request *request = arg;
    /* An alarm is for all at once; a test is for those who would be told first. */
    struct new_alert what = { .event = &request->event,
                              .everybody = request->event.kind == EVENT_ALARM,
                              .is_closed = request->person != NULL,
                              .channel = request->channel,
                              .person = request->person };

    if (!event_insert(store, &request->event, err) ||
        !errand_raise(errand, store, &what, err))
        return false;
    request->alert = alert_row_copy(&errand->changes[errand->change_count - 1].alert);
    request->result = ANSWER_TAKEN;
    return true;
}

static void raise_job(struct store *store, void *arg)
{
    struct request *request = arg;
    struct event_row *event = &request->event;
    char name[SNAPSHOT_NAME_MAX];
    struct error err;

    /* An alarm without its picture is better than none. */
    if (request->picture) {
        if (snapshot_write(request->errand.set->paths.state, event->start_us, event->id,
                           request->picture, true, name, &err))
            event->picture = xstrdup(name);
        else
            log_error("picture not stored", "event=%s why='%s'", event->id, err.text);
    }
    if (!commit_surely(request, store, raise_in))
        request->result = ANSWER_FAILED;
    else
        log_info("alert raised", "alert=%s kind=%s area=%s", request->alert.id,
                 event_kind_word(event->kind), event->area);
}

static struct request *raise_request(enum event_kind kind, const struct area *area,
                                     const char *who, answer_fn *done, void *arg)
{
    struct request *request = xcalloc(1, sizeof *request);
    int64_t now_us = clock_wall_us();

    /* A moment: its clip is what was before and after. */
    request->event = (struct event_row){ .kind = kind,
                                         .severity = kind == EVENT_ALARM
                                                         ? SEVERITY_URGENT
                                                         : SEVERITY_NOTICE,
                                         .area = xstrdup(area->id),
                                         .start_us = now_us,
                                         .end_us = now_us,
                                         .seen_us = now_us };
    row_id_new(now_us, request->event.id);
    request->event.by = keep_text(who, NAME_MAX_BYTES);
    request->who = keep_text(who, NAME_MAX_BYTES);
    request->done = done;
    request->arg = arg;
    return request;
}

void duty_raise(struct duty *duty, const struct area *area,
                const struct camera_settings *camera, const char *who, const char *note,
                const struct picture *snapshot, answer_fn *done, void *arg)
{
    struct request *request = raise_request(EVENT_ALARM, area, who, done, arg);

    request->event.camera = camera ? xstrdup(camera->id) : NULL;
    request->event.note = keep_text(note, NOTE_MAX);
    request->picture = snapshot ? picture_ref(snapshot) : NULL;
    ask(duty, request, raise_job);
}

void duty_test(struct duty *duty, const struct area *area, const char *who,
               const char *channel, const char *person, answer_fn *done, void *arg)
{
    struct request *request = raise_request(EVENT_TEST, area, who, done, arg);

    request->channel = channel ? xstrdup(channel) : NULL;
    request->person = person ? xstrdup(person) : NULL;
    ask(duty, request, raise_job);
}

/* ---- deliveries ------------------------------------------------------------------- */

struct receipt {
    struct errand errand; /* first */
    char *alert_id, *recipient;
};

static bool deliver_in(struct errand *errand, struct store *store, void *arg,
                       struct error *err)
{
    struct receipt *receipt = arg;
    struct delivery_list list;
    bool well = true;

    if (!deliveries_of(store, receipt->alert_id, &list, err))
        return false;
    for (size_t i = 0; well && i < list.count; i++) {
        struct delivery_row *row = &list.rows[i];
        if (row->state != DELIVERY_WAITING || strcmp(row->channel, "page") != 0 ||
            strcmp(row->recipient, receipt->recipient) != 0)
            continue;
        row->state = DELIVERY_DELIVERED;
        row->tries++;
        row->at_us = clock_wall_us();
        well = delivery_update(store, row, err);
    }
    delivery_list_free(&list);
    return well;
}

static void deliver_job(struct store *store, void *arg)
{
    struct receipt *receipt = arg;
    struct error err;

    if (!errand_commit(&receipt->errand, store, deliver_in, receipt, &err))
        log_warning("delivery not noted", "alert=%s recipient=%s why='%s'",
                    receipt->alert_id, receipt->recipient, err.text);
}

static void receipt_free(struct receipt *receipt)
{
    free(receipt->alert_id);
    free(receipt->recipient);
    free(receipt);
}

static void on_deliver_done(void *arg)
{
    struct receipt *receipt = arg;

    errand_tell(&receipt->errand);
    errand_end(&receipt->errand);
    receipt_free(receipt);
}

void duty_delivered(struct duty *duty, const char *alert_id, const char *recipient)
{
    struct receipt *receipt = xcalloc(1, sizeof *receipt);

    receipt->alert_id = xstrndup(alert_id, ROW_ID_MAX);
    receipt->recipient = xstrndup(recipient, ID_MAX + 8);
    if (errand_ask(duty, &receipt->errand, deliver_job, on_deliver_done))
        return;
    log_warning("delivery not noted", "alert=%s recipient=%s why='%s'", receipt->alert_id,
                receipt->recipient, _("the catalogue is too slow"));
    receipt_free(receipt);
}
