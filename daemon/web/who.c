#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "rights.h"

static const char *const role_words[] = {
    [ROLE_OFFICIAL] = "official",
    [ROLE_STAFF] = "staff",
    [ROLE_ADMIN] = "admin",
    [ROLE_SCREEN] = "screen",
    [ROLE_GUEST] = "guest",
};

#define MAY(right) (1u << (right))

/* What each role may. RIGHT_OPEN needs nobody, RIGHT_CONTROL is the socket's. */
static const unsigned role_rights[] = {
    [ROLE_OFFICIAL] = MAY(RIGHT_VIEW) | MAY(RIGHT_ANSWER) | MAY(RIGHT_RAISE),
    [ROLE_STAFF] =
        MAY(RIGHT_VIEW) | MAY(RIGHT_ANSWER) | MAY(RIGHT_RAISE) | MAY(RIGHT_PLAYBACK) |
        MAY(RIGHT_EXPORT),
    [ROLE_ADMIN] = MAY(RIGHT_VIEW) | MAY(RIGHT_ANSWER) | MAY(RIGHT_RAISE) |
                   MAY(RIGHT_PLAYBACK) | MAY(RIGHT_EXPORT) | MAY(RIGHT_PAIR) |
                   MAY(RIGHT_MANAGE) | MAY(RIGHT_DEBUG) | MAY(RIGHT_PROBE),
    [ROLE_SCREEN] = MAY(RIGHT_VIEW),
    [ROLE_GUEST] = 0, /* shared.c knows its link, nothing else does */
};

const char *role_word(enum role role)
{
    return role_words[role];
}

bool role_read(const char *word, enum role *role)
{
    for (size_t i = 0; i < ROLE_GUEST; i++) /* a guest is made of an event only */
        if (strcmp(role_words[i], word) == 0) {
            *role = (enum role)i;
            return true;
        }
    return false;
}

void token_hash(const char *token, uint8_t hash[TOKEN_HASH])
{
    SHA256((const unsigned char *)token, strlen(token), hash);
}

const struct who *who_ref(const struct who *who)
{
    ((struct who *)who)->refs++;
    return who;
}

void who_unref(const struct who *who)
{
    struct who *w = (struct who *)who;

    if (!w || --w->refs > 0)
        return;
    settings_unref(w->settings);
    free(w->areas);
    free(w->name);
    free(w->event);
    free(w);
}

bool who_may(const struct who *who, enum right right)
{
    if (right == RIGHT_OPEN)
        return true;
    if (!who)
        return false;
    /* They tell of every area. */
    if ((right == RIGHT_MANAGE || right == RIGHT_PROBE) && !who_may_see_every_area(who))
        return false;
    if (right == RIGHT_CONTROL)
        return who->token_id == 0;
    if (right == RIGHT_PAIR && who->role == ROLE_OFFICIAL)
        return who->person && who->person->rank == 1;
    return role_rights[who->role] & MAY(right);
}

/* By identifier: the area may be of a later snapshot of the settings than `who`. */
bool who_may_see_area(const struct who *who, const struct area *area)
{
    if (!who)
        return false;
    if (who->everywhere)
        return true;
    for (const struct area *a = area; a; a = a->within)
        for (size_t i = 0; i < who->area_count; i++)
            if (strcmp(a->id, who->areas[i]->id) == 0)
                return true;
    return false;
}

bool who_may_see_every_area(const struct who *who)
{
    for (size_t i = 0; i < who->settings->area_count; i++)
        if (!who_may_see_area(who, &who->settings->areas[i]))
            return false;
    return who->everywhere || who->settings->area_count > 0;
}

bool who_may_see_camera(const struct who *who, const struct camera_settings *camera)
{
    return camera && who_may_see_area(who, camera->area);
}

bool who_may_see_footage(const struct who *who, const struct camera_settings *camera)
{
    return camera ? who_may_see_camera(who, camera) : who_may_see_every_area(who);
}

static struct who *who_new(const struct settings *set, const char *name)
{
    struct who *who = xcalloc(1, sizeof *who);

    who->refs = 1;
    who->settings = settings_ref(set);
    who->name = xstrdup(name ? name : "");
    return who;
}

static void add_area(struct who *who, const struct area *area)
{
    who->areas = xrealloc(who->areas, (who->area_count + 1) * sizeof *who->areas);
    who->areas[who->area_count++] = area;
}

/* A screen's token carries the screen's name; a renamed one is still its area's. */
static const struct screen *screen_of(const struct settings *set, const struct area *area,
                                      const char *name)
{
    const struct screen *any = NULL;

    for (size_t i = 0; i < set->screen_count; i++) {
        const struct screen *screen = &set->screens[i];
        if (screen->area != area)
            continue;
        if (name && (strcmp(screen->name, name) == 0 || strcmp(screen->id, name) == 0))
            return screen;
        if (!any)
            any = screen;
    }
    return any;
}

static const struct who *who_of_person(const struct settings *set,
                                       const struct token_row *row)
{
    const struct person *person = settings_find_person(set, row->person);

    if (!person)
        return NULL;
    struct who *who = who_new(set, person->name);
    who->person = person;
    who->role = person->role;
    for (size_t i = 0; i < person->area_count; i++)
        add_area(who, person->areas[i]);
    /* An admin without areas is the whole site's; anybody else then sees nothing. */
    who->everywhere = person->role == ROLE_ADMIN && person->area_count == 0;
    return who;
}

static const struct who *who_of_role(const struct settings *set,
                                     const struct token_row *row)
{
    const struct area *area = row->area ? settings_find_area(set, row->area) : NULL;
    enum role role;

    if (!row->role || !role_read(row->role, &role) || (row->area && !area) ||
        (!area && role != ROLE_ADMIN))
        return NULL;
    struct who *who = who_new(set, row->name && *row->name ? row->name : row->role);
    who->role = role;
    who->everywhere = !area;
    if (area)
        add_area(who, area);
    if (role == ROLE_SCREEN)
        who->screen = screen_of(set, area, row->name);
    return who;
}

static const struct who *who_of_guest(const struct settings *set,
                                      const struct token_row *row)
{
    struct who *who = who_new(set, row->name);

    who->role = ROLE_GUEST;
    who->event = xstrdup(row->event);
    return who;
}

const struct who *who_from_row(const struct settings *set, const struct token_row *row,
                               int64_t now_us)
{
    if (row->revoked_us != 0 || (row->expires_us != 0 && row->expires_us <= now_us))
        return NULL;
    struct who *who =
        (struct who *)(row->event    ? who_of_guest(set, row)
                       : row->person ? who_of_person(set, row)
                                     : who_of_role(set, row));
    if (!who)
        return NULL;
    who->token_id = row->id;
    who->parent_id = row->parent;
    who->expires_us = row->expires_us;
    memcpy(who->hash, row->hash, sizeof who->hash);
    return who;
}

const struct who *who_control(const struct settings *set)
{
    struct who *who = who_new(set, "kengctl");

    who->role = ROLE_ADMIN;
    who->everywhere = true;
    return who;
}
