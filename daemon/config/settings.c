#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "core/memory.h"
#include "core/secret.h"
#include "reader.h"
#include "zone.h"

const struct settings *settings_ref(const struct settings *set)
{
    atomic_fetch_add(&((struct settings *)set)->refs, 1);
    return set;
}

static void clear_polygons(struct polygon *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i].points);
    free(list);
}

static void clear_camera(struct camera_settings *camera)
{
    free(camera->name);
    secret_free_text(camera->url); /* some makes want the password inside the path */
    secret_free_text(camera->sub_url);
    free(camera->user);
    secret_free_text(camera->password);
    free(camera->tls.fingerprint);
    free(camera->tls.ca);
    clear_polygons(camera->motion.zones, camera->motion.zone_count);
    clear_polygons(camera->motion.masks, camera->motion.mask_count);
    clear_polygons(camera->motion.night.zones, camera->motion.night.zone_count);
    free(camera->volume);
    free(camera->record_hours);
    free(camera->motion.hours);
}

static void clear_person(struct person *person)
{
    free(person->name);
    free(person->areas);
    free(person->phone);
    free(person->email);
    free(person->zalo);
}

void settings_add_file(struct settings *set, char *path)
{
    set->files = xrealloc(set->files, (set->file_count + 1) * sizeof *set->files);
    set->files[set->file_count++] = path;
}

void settings_unref(const struct settings *shared)
{
    struct settings *set = (struct settings *)shared;

    if (!set || atomic_fetch_sub(&set->refs, 1) != 1)
        return;
    for (size_t i = 0; i < set->file_count; i++)
        free(set->files[i]);
    free(set->files);
    for (size_t i = 0; i < set->area_count; i++)
        free(set->areas[i].name);
    for (size_t i = 0; i < set->camera_count; i++)
        clear_camera(&set->cameras[i]);
    for (size_t i = 0; i < set->person_count; i++)
        clear_person(&set->people[i]);
    for (size_t i = 0; i < set->screen_count; i++) {
        free(set->screens[i].name);
        free(set->screens[i].layout);
    }
    for (size_t i = 0; i < set->web.listen_count; i++)
        free(set->web.listen[i]);
    for (size_t i = 0; i < set->webhook_count; i++) {
        secret_free_text(set->webhooks[i].url);
        secret_free_text(set->webhooks[i].secret);
        free(set->webhooks[i].areas);
    }
    free(set->webhooks);
    for (size_t i = 0; i < set->storage.volume_count; i++)
        free(set->storage.volumes[i].path);
    free(set->storage.volumes);
    free(set->alerts.holidays);
    secret_free_text(set->channels.email.password);
    secret_free_text(set->channels.mqtt.password);
    secret_free_text(set->channels.zalo.token);
    char *channels[] = { set->channels.push.contact, set->channels.email.host,
                         set->channels.email.user,   set->channels.email.from,
                         set->channels.mqtt.host,    set->channels.mqtt.user,
                         set->channels.mqtt.prefix,  set->channels.mqtt.discovery };
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
        free(channels[i]);
    char *owned[] = { set->file,           set->site.name,       set->site.time_zone,
                      set->paths.state,    set->paths.runtime,   set->storage.recordings,
                      set->web.public_url, set->web.certificate, set->web.key };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    zone_close(set->site.zone);
    for (size_t i = 0; i < set->web.proxy_count; i++)
        free(set->web.proxies[i]);
    free(set->web.proxies);
    free(set->web.listen);
    free(set->areas);
    free(set->cameras);
    free(set->people);
    free(set->screens);
    free(set);
}

/* ---- disks ---------------------------------------------------------------------- */

size_t settings_volume_count(const struct settings *set)
{
    return 1 + set->storage.volume_count;
}

struct volume_settings settings_volume(const struct settings *set, size_t which)
{
    if (which > 0)
        return set->storage.volumes[which - 1];
    return (struct volume_settings){ .path = set->storage.recordings,
                                     .reserve = set->storage.reserve,
                                     .most = set->storage.most };
}

const char *settings_volume_path(const struct settings *set, const char *id)
{
    for (size_t i = 0; i < settings_volume_count(set); i++) {
        struct volume_settings volume = settings_volume(set, i);
        if (strcmp(volume.id, id ? id : "") == 0)
            return volume.path;
    }
    return NULL;
}

/* ---- finding -------------------------------------------------------------------- */

const struct area *settings_find_area(const struct settings *set, const char *id)
{
    for (size_t i = 0; i < set->area_count; i++)
        if (strcmp(set->areas[i].id, id) == 0)
            return &set->areas[i];
    return NULL;
}

const struct camera_settings *settings_find_camera(const struct settings *set,
                                                   const char *id)
{
    for (size_t i = 0; i < set->camera_count; i++)
        if (strcmp(set->cameras[i].id, id) == 0)
            return &set->cameras[i];
    return NULL;
}

const struct person *settings_find_person(const struct settings *set, const char *id)
{
    for (size_t i = 0; i < set->person_count; i++)
        if (strcmp(set->people[i].id, id) == 0)
            return &set->people[i];
    return NULL;
}

const struct screen *settings_find_screen(const struct settings *set, const char *id)
{
    for (size_t i = 0; i < set->screen_count; i++)
        if (strcmp(set->screens[i].id, id) == 0)
            return &set->screens[i];
    return NULL;
}

bool area_is_within(const struct area *area, const struct area *whole)
{
    for (; area; area = area->within)
        if (strcmp(area->id, whole->id) == 0)
            return true;
    return false;
}

/* ---- comparing ------------------------------------------------------------------ */

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_view(const struct view_settings *a, const struct view_settings *b)
{
    return a->on == b->on && a->frozen_us == b->frozen_us &&
           a->covered_us == b->covered_us;
}

enum change settings_compare_camera(const struct settings *before,
                                    const struct settings *now, const char *camera_id)
{
    const struct camera_settings *a = settings_find_camera(before, camera_id);
    const struct camera_settings *b = settings_find_camera(now, camera_id);

    if (!a)
        return b ? CHANGE_NEW : CHANGE_SAME;
    if (!b)
        return CHANGE_GONE;
    bool same = same_text(a->url, b->url) && same_text(a->sub_url, b->sub_url) &&
                same_text(a->user, b->user) && same_text(a->password, b->password) &&
                a->transport == b->transport && a->sandbox == b->sandbox &&
                a->login == b->login && a->audio == b->audio &&
                same_text(a->tls.fingerprint, b->tls.fingerprint) &&
                same_text(a->tls.ca, b->tls.ca) && a->record == b->record &&
                same_text(a->volume, b->volume) &&
                a->record_hours_count == b->record_hours_count &&
                (a->record_hours_count == 0 ||
                 memcmp(a->record_hours, b->record_hours,
                        a->record_hours_count * sizeof *a->record_hours) == 0) &&
                same_view(&a->view, &b->view);
    return same ? CHANGE_SAME : CHANGE_DIFFERENT;
}

static bool same_listen(const struct settings *a, const struct settings *b)
{
    if (a->web.listen_count != b->web.listen_count)
        return false;
    for (size_t i = 0; i < a->web.listen_count; i++)
        if (strcmp(a->web.listen[i], b->web.listen[i]) != 0)
            return false;
    return true;
}

static bool same_volumes(const struct settings *a, const struct settings *b)
{
    if (a->storage.volume_count != b->storage.volume_count)
        return false;
    for (size_t i = 0; i < a->storage.volume_count; i++)
        if (strcmp(a->storage.volumes[i].id, b->storage.volumes[i].id) != 0 ||
            !same_text(a->storage.volumes[i].path, b->storage.volumes[i].path))
            return false;
    return true;
}

const char *settings_needs_restart(const struct settings *a, const struct settings *b)
{
    if (!same_text(a->paths.state, b->paths.state))
        return "paths.state";
    if (!same_text(a->paths.runtime, b->paths.runtime))
        return "paths.runtime";
    if (!same_text(a->storage.recordings, b->storage.recordings))
        return "storage.recordings";
    if (!same_volumes(a, b))
        return "storage.volumes";
    if (!same_listen(a, b))
        return "web.listen";
    /* Another certificate is taken up as it is; with TLS or without is another server. */
    if (!a->web.certificate != !b->web.certificate)
        return "web.certificate";
    return NULL;
}

/* Footage is where it was recorded to, whatever is written now. */
static void keep_volumes(struct settings *now, const struct settings *before)
{
    free(now->storage.recordings);
    now->storage.recordings = xstrdup(before->storage.recordings);
    if (same_volumes(before, now))
        return;
    for (size_t i = 0; i < now->storage.volume_count; i++)
        free(now->storage.volumes[i].path);
    free(now->storage.volumes);
    now->storage.volume_count = before->storage.volume_count;
    now->storage.volumes = xcalloc(now->storage.volume_count, sizeof *now->storage.volumes);
    for (size_t i = 0; i < now->storage.volume_count; i++) {
        now->storage.volumes[i] = before->storage.volumes[i];
        now->storage.volumes[i].path = xstrdup(before->storage.volumes[i].path);
    }
}

const struct settings *settings_load_again(const struct settings *before, const char *file,
                                           const char **restart, struct faults *faults)
{
    struct settings *now = (struct settings *)settings_load(file, faults);

    *restart = now ? settings_needs_restart(before, now) : NULL;
    if (now)
        keep_volumes(now, before);
    return now;
}
