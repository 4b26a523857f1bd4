/*
 * How kengd itself is: what lasts goes to the duty room as a condition, in both
 * languages, and once a day that all is well.
 */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/condition.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "inside.h"
#include "store/reserve.h"

/* The disks are looked at more often than the rest: each second of theirs is footage. */
enum { LOOK_S = 20, LOOK_AT_DISKS_S = 5, SENTENCE = 480 };

#define DAY_US SECONDS_US(86400)

struct wellbeing {
    struct kengd *k;
    struct timer *look, *look_at_disks;
};

/* One sentence in both languages: `write` fills it in the thread's. */
typedef void write_fn(char to[SENTENCE], const void *about);

static void lasts(struct kengd *k, struct condition what, write_fn *write, const void *about)
{
    char sentences[LANGUAGES][SENTENCE];
    enum language before = text_language();

    for (int i = 0; i < LANGUAGES; i++) {
        text_use((enum language)i);
        write(sentences[i], about);
        text_cut_utf8(sentences[i]);
        what.texts[i] = sentences[i];
    }
    text_use(before);
    if (what.once_in_us > 0)
        duty_tell(k->duty, &what);
    else
        duty_condition_lasts(k->duty, &what);
}

/* ---- kengd itself -------------------------------------------------------------------------- */

static void write_text(char to[SENTENCE], const void *about)
{
    snprintf(to, SENTENCE, "%s", _((const char *)about));
}

static void write_recording(char to[SENTENCE], const void *about)
{
    const struct volume_state *disk = about;

    snprintf(to, SENTENCE, _("Recordings are not written: %s"), disk->why);
}

static void look_at_recording(struct kengd *k, size_t which)
{
    struct volume_settings volume = settings_volume(k->set, which);
    struct volume_state disk;
    char key[sizeof "recording/" + ID_MAX];

    snprintf(key, sizeof key, "recording%s%s", *volume.id ? "/" : "", volume.id);
    storage_volume_state(k->storage, which, &disk);
    if (disk.ok)
        duty_condition_over(k->duty, key);
    else
        lasts(k,
              (struct condition){ .key = key,
                                  .severity = SEVERITY_URGENT,
                                  .grace_us = k->set->alerts.health.recording_us },
              write_recording, &disk);
}

static void write_slow(char to[SENTENCE], const void *about)
{
    const struct volume_settings *volume = about;

    snprintf(to, SENTENCE,
             _("The disk %s is too slow: live pictures, then motion detection, then "
               "sub-streams are given up so that recording goes on; see kengctl status"),
             volume->path);
}

static void look_at_slowness(struct kengd *k, size_t which)
{
    struct volume_settings volume = settings_volume(k->set, which);
    struct volume_state disk;
    char key[sizeof "slow-disk/" + ID_MAX];

    snprintf(key, sizeof key, "slow-disk%s%s", *volume.id ? "/" : "", volume.id);
    storage_volume_state(k->storage, which, &disk);
    if (disk.given_up == SACRIFICE_NONE)
        duty_condition_over(k->duty, key);
    else
        lasts(k,
              (struct condition){ .key = key,
                                  .severity = SEVERITY_WARNING,
                                  .grace_us = k->set->alerts.health.recording_us },
              write_slow, &volume);
}

struct days {
    double held, promised;
    const char *path; /* of one of several disks; NULL: there is only one */
};

static void write_days(char to[SENTENCE], const void *about)
{
    const struct days *days = about;

    if (days->path)
        snprintf(to, SENTENCE,
                 _("The disk %s holds %.1f days of recordings, %.0f are promised; add a disk "
                   "or shorten storage.keep"),
                 days->path, days->held, days->promised);
    else
        snprintf(to, SENTENCE,
             _("The disk holds %.1f days of recordings, %.0f are promised; add a disk or "
               "shorten storage.keep"),
             days->held, days->promised);
}

static void look_at_days(struct kengd *k)
{
    size_t which = 0;
    struct days days = { .held = kengd_fewest_days(k, &which),
                         .promised = (double)k->set->storage.keep_us / (double)DAY_US };

    if (days.held < 0)
        return;
    if (settings_volume_count(k->set) > 1)
        days.path = settings_volume(k->set, which).path;
    if (days.held >= days.promised)
        duty_condition_over(k->duty, "disk-days");
    else
        lasts(k,
              (struct condition){ .key = "disk-days",
                                  .severity = SEVERITY_WARNING,
                                  .grace_us = k->set->alerts.health.disk_us },
              write_days, &days);
}

/* ---- the state disk ------------------------------------------------------------------------ */

struct state_look {
    struct kengd *k;
    char *state_dir;
    bool kept;
    int64_t free_bytes;
};

static void keep_reserve(struct store *store, void *arg)
{
    struct state_look *look = arg;

    look->kept = reserve_keep(look->state_dir, &look->free_bytes);
}

static void write_state(char to[SENTENCE], const void *about)
{
    snprintf(to, SENTENCE,
             _("The disk of %s is full: events and answers cannot be stored; free some space "
               "there"),
             (const char *)about);
}

static void on_state_looked(void *arg)
{
    struct state_look *look = arg;
    struct kengd *k = look->k;

    if (k->wellbeing && look->kept && look->free_bytes >= RESERVE_BYTES)
        duty_condition_over(k->duty, "state-disk");
    else if (k->wellbeing && look->free_bytes >= 0)
        lasts(k,
              (struct condition){ .key = "state-disk",
                                  .severity = SEVERITY_URGENT,
                                  .grace_us = k->set->alerts.health.recording_us },
              write_state, look->state_dir);
    free(look->state_dir);
    free(look);
}

static void look_at_state(struct kengd *k)
{
    struct state_look *look = xcalloc(1, sizeof *look);

    look->k = k;
    look->state_dir = xstrdup(k->set->paths.state);
    if (desk_ask(k->duties, keep_reserve, on_state_looked, look))
        return;
    free(look->state_dir);
    free(look);
}

static void look_at_clock(struct kengd *k)
{
    if (clock_is_synchronised())
        duty_condition_over(k->duty, "clock");
    else
        lasts(k,
              (struct condition){ .key = "clock",
                                  .severity = SEVERITY_WARNING,
                                  .grace_us = k->set->alerts.health.clock_us },
              write_text,
              N_("The clock is not trusted: no time server has answered; check the network, "
                 "or run kengctl clock trust"));
}

/* Whole days until it ends; false: there is none that can be read. */
static bool certificate_days(const char *path, int *days)
{
    FILE *file = fopen(path, "re");
    X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    int seconds = 0;
    bool well = certificate && ASN1_TIME_diff(days, &seconds, NULL,
                                              X509_get0_notAfter(certificate));

    X509_free(certificate);
    if (file)
        fclose(file);
    if (well && seconds < 0)
        (*days)--;
    return well;
}

static void write_certificate(char to[SENTENCE], const void *about)
{
    int days = *(const int *)about;

    if (days < 0)
        snprintf(to, SENTENCE,
                 _("The certificate of the pages has expired; phones cannot come in"));
    else
        snprintf(to, SENTENCE, _("The certificate of the pages ends in %d days; renew it"),
                 days);
}

static void look_at_certificate(struct kengd *k)
{
    int days;

    if (!k->set->web.certificate || !certificate_days(k->set->web.certificate, &days))
        return;
    if (days > 30) {
        duty_condition_over(k->duty, "certificate");
        return;
    }
    lasts(k,
          (struct condition){ .key = "certificate",
                              .severity = days <= 1   ? SEVERITY_URGENT
                                          : days <= 7 ? SEVERITY_WARNING
                                                      : SEVERITY_NOTICE },
          write_certificate, &days);
}

/* ---- all is well --------------------------------------------------------------------------- */

struct figures {
    size_t recording, cameras;
    double days;
    bool well;
};

static void write_figures(char to[SENTENCE], const void *about)
{
    const struct figures *f = about;
    int used = snprintf(to, SENTENCE, f->well ? _("All is well: %zu of %zu cameras record")
                                              : _("Not all is well: %zu of %zu cameras record"),
                        f->recording, f->cameras);

    if (f->days >= 0 && used > 0 && used < SENTENCE)
        snprintf(to + used, (size_t)(SENTENCE - used),
                 _(", the disk holds %.1f days of recordings"), f->days);
}

static void look_at_morning(struct kengd *k, const struct volume_state *disk)
{
    struct figures figures = { .cameras = k->camera_count, .days = kengd_fewest_days(k, NULL) };
    int64_t day;
    int minute;

    settings_local_time(k->set, clock_wall_us(), &day, &minute);
    if (k->set->alerts.all_well < 0 || minute / 60 != k->set->alerts.all_well)
        return;
    for (size_t i = 0; i < k->camera_count; i++)
        figures.recording += k->cameras[i] && camera_health_of(k->cameras[i])->state ==
                                                  CAMERA_RECORDING;
    figures.well = figures.recording == figures.cameras && disk->ok && clock_is_synchronised();
    lasts(k,
          (struct condition){ .key = "all-well",
                              .severity = SEVERITY_NOTICE,
                              .once_in_us = DAY_US - SECONDS_US(2 * 3600) },
          write_figures, &figures);
}

static void on_look_at_disks(void *arg)
{
    struct kengd *k = arg;

    for (size_t i = 0; i < settings_volume_count(k->set); i++) {
        look_at_recording(k, i);
        look_at_slowness(k, i);
    }
    look_at_state(k);
}

static void on_look(void *arg)
{
    struct kengd *k = arg;
    struct volume_state disk;

    storage_state(k->storage, &disk);
    look_at_days(k);
    look_at_clock(k);
    look_at_certificate(k);
    look_at_morning(k, &disk);
    log_sweep(false);
}

struct wellbeing *wellbeing_start(struct kengd *k)
{
    struct wellbeing *well = xcalloc(1, sizeof *well);

    well->k = k;
    well->look = timer_new(k->loop, on_look, k);
    well->look_at_disks = timer_new(k->loop, on_look_at_disks, k);
    timer_every(well->look, SECONDS_US(LOOK_S));
    timer_every(well->look_at_disks, SECONDS_US(LOOK_AT_DISKS_S));
    look_at_state(k);
    return well;
}

void wellbeing_stop(struct wellbeing *well)
{
    if (!well)
        return;
    timer_free(well->look);
    timer_free(well->look_at_disks);
    free(well);
}
