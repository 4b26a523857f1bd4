/* What only shows when all settings are read. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "reader.h"
#include "value.h"

/* Where the setting stands whose path these keys are; the place that exists and comes
 * nearest to it, when it does not. */
static const struct node *find_setting(struct node *const *trees, size_t count,
                                       const char *const *keys,
                                       const struct node **nearest_key)
{
    *nearest_key = NULL;
    for (size_t t = 0; t < count; t++) {
        const struct node *node = trees[t];
        for (int i = 0; keys[i] && node; i++)
            node = node_find(node, keys[i], nearest_key);
        if (node)
            return node;
    }
    return NULL;
}

static void tell(struct reader *r, struct node *const *trees, size_t count,
                 const char *const *keys, bool at_key, const char *what)
{
    struct place places[5];
    const struct node *key, *node = find_setting(trees, count, keys, &key);
    size_t depth = 0;

    for (; keys[depth]; depth++)
        places[depth] =
            (struct place){ depth > 0 ? &places[depth - 1] : NULL, keys[depth], 0 };
    if (at_key || !node)
        node = key ? key : trees[0];
    fault_at(r, node, &places[depth - 1], what);
}

/* ---- areas form a tree ---------------------------------------------------------- */

static bool comes_back(const struct area *area, size_t most)
{
    const struct area *at = area->within;

    for (size_t steps = 0; at && steps < most; steps++, at = at->within)
        if (at == area)
            return true;
    return false;
}

static void check_tree(struct reader *r, struct node *const *trees, size_t count)
{
    for (size_t i = 0; i < r->set->area_count; i++) {
        struct area *area = &r->set->areas[i];
        const char *const keys[] = { "areas", area->id, "within", NULL };
        if (!comes_back(area, r->set->area_count))
            continue;
        tell(
            r, trees, count, keys, false,
            _("this area lies within itself, directly or through others; name the area around "
              "it, or take the line away"));
        area->within = NULL; /* told once for the whole circle */
    }
}

/* ---- the web's doors ------------------------------------------------------------ */

static bool is_open_to_others(const struct settings *set)
{
    bool loopback = true;

    for (size_t i = 0; i < set->web.listen_count && loopback; i++)
        value_listen(set->web.listen[i], &loopback);
    return !loopback;
}

static void check_web(struct reader *r, struct node *const *trees, size_t count)
{
    static const char *const certificate[] = { "web", "certificate", NULL };
    static const char *const key[] = { "web", "key", NULL };
    static const char *const listen[] = { "web", "listen", NULL };
    const struct node *nearest;
    bool has_certificate = find_setting(trees, count, certificate, &nearest);
    bool has_key = find_setting(trees, count, key, &nearest);

    if (has_certificate && !has_key)
        tell(
            r, trees, count, certificate, true,
            _("a certificate needs its private key; write for example 'key: tls/key.pem'"));
    if (has_key && !has_certificate)
        tell(r, trees, count, key, true,
             _("a private key needs its certificate; write for example 'certificate: "
               "tls/cert.pem'"));
    if (!has_key && !has_certificate && is_open_to_others(r->set))
        tell(r, trees, count, listen, false,
             _("without a certificate everybody on the network could read along; write "
               "certificate and key, or listen only on 127.0.0.1, for example "
               "\"127.0.0.1:8080\""));
}

/* ---- disks ---------------------------------------------------------------------- */

static void check_volumes(struct reader *r, struct node *const *trees, size_t count)
{
    for (size_t i = 1; i < settings_volume_count(r->set); i++) {
        struct volume_settings volume = settings_volume(r->set, i);
        const char *const keys[] = { "storage", "volumes", volume.id, NULL };
        for (size_t n = 0; volume.path && n < i; n++) {
            const char *other = settings_volume(r->set, n).path;
            if (other && !strcmp(other, volume.path))
                tell(r, trees, count, keys, true,
                     _("this is the directory of another disk; give each one its own"));
        }
    }
}

/* ---- cameras -------------------------------------------------------------------- */

/* Without the camera's word there is nothing to wait for. */
static void check_source(struct reader *r, const struct camera_settings *camera,
                         struct node *const *trees, size_t count)
{
    const char *const source[] = { "cameras", camera->id, "motion", "source", NULL };

    if (!r->incomplete && camera->motion.source != MOTION_SOURCE_OWN &&
        !camera->onvif.events)
        tell(r, trees, count, source, false,
             _("the camera's own detection is not listened to; write 'onvif: on' beside "
               "'motion'"));
}

static void check_motion(struct reader *r, const struct camera_settings *camera,
                         struct node *const *trees, size_t count)
{
    const char *const night[] = { "cameras", camera->id, "motion", "night", "hours", NULL };
    const char *const masks[] = { "cameras", camera->id, "motion", "masks_in_recording",
                                  NULL };
    const struct night *hours = &camera->motion.night.hours;

    if ((hours->from.by != EDGE_CLOCK || hours->to.by != EDGE_CLOCK) &&
        !r->set->site.place.known && !r->incomplete)
        tell(r, trees, count, night, false,
             _("sunrise and sunset need a place; write for example 'place: [21.03, 105.85]' "
               "below 'site:', or hours of the clock"));
    if (camera->motion.masks_in_recording)
        tell(r, trees, count, masks, false,
             _("a recording is what the camera sent, unchanged, so that it can be "
               "evidence; kengd cannot blacken anything in it. Set a privacy mask in the "
               "camera itself, and take this line away"));
}

static bool is_volume(const struct settings *set, const char *id)
{
    return !strcmp(id, FIRST_VOLUME) || (*id && settings_volume_path(set, id));
}

static void check_volume(struct reader *r, const struct camera_settings *camera,
                         struct node *const *trees, size_t count)
{
    const char *const keys[] = { "cameras", camera->id, "volume", NULL };

    if (r->incomplete || !camera->volume || is_volume(r->set, camera->volume))
        return;
    char *what = xformat(_("there is no disk '%s'; write it below 'storage: volumes:', or "
                           "'recordings' for the one of storage.recordings"),
                         camera->volume);
    tell(r, trees, count, keys, false, what);
    free(what);
}

static void check_camera(struct reader *r, const struct camera_settings *camera,
                         struct node *const *trees, size_t count)
{
    const char *const user[] = { "cameras", camera->id, "user", NULL };
    const char *const password[] = { "cameras", camera->id, "password", NULL };
    const struct node *nearest;

    if (!r->incomplete && find_setting(trees, count, password, &nearest) &&
        !find_setting(trees, count, user, &nearest))
        tell(r, trees, count, password, true,
             _("a password needs a user; write for example 'user: viewer'"));
    check_volume(r, camera, trees, count);
    check_source(r, camera, trees, count);
    check_motion(r, camera, trees, count);
}

static bool is_rtsps(const char *url)
{
    return url && strncasecmp(url, "rtsps://", 8) == 0;
}

static void check_transport(struct reader *r, const struct camera_settings *camera,
                            struct node *const *trees, size_t count)
{
    const char *const transport[] = { "cameras", camera->id, "transport", NULL };
    const char *const tls[] = { "cameras", camera->id, "tls", NULL };
    bool any = is_rtsps(camera->url) || is_rtsps(camera->sub_url);

    if (any && camera->transport == TRANSPORT_UDP)
        tell(r, trees, count, transport, false,
             _("over UDP nothing would be encrypted; write 'transport: tcp' with rtsps://, or "
               "rtsp:// with UDP"));
    if (camera->url && !any && (camera->tls.fingerprint || camera->tls.ca))
        tell(r, trees, count, tls, true,
             _("only rtsps:// has certificates; write rtsps:// in the url, or take tls away"));
}

void check_across(struct reader *r, struct node *const *trees, size_t count)
{
    check_tree(r, trees, count);
    if (!r->incomplete)
        check_web(r, trees, count);
    check_volumes(r, trees, count);
    for (size_t i = 0; i < r->set->camera_count; i++) {
        check_camera(r, &r->set->cameras[i], trees, count);
        check_transport(r, &r->set->cameras[i], trees, count);
    }
}
