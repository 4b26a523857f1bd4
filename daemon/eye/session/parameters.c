#include <string.h>

#include "parameter_set.h"
#include "parameters.h"

struct set {
    const uint8_t *nal;
    size_t size;
};

/* The next set of a list; false at its end. */
static bool next_set(const uint8_t **at, size_t *left, struct set *out)
{
    if (*left < 2)
        return false;
    *out = (struct set){ *at + 2, (size_t)(*at)[0] << 8 | (*at)[1] };
    if (out->size > *left - 2)
        return false;
    *at += 2 + out->size;
    *left -= 2 + out->size;
    return true;
}

static bool find_set(const struct track *track, enum set_kind kind, unsigned id,
                     bool any_id, struct set *out)
{
    const uint8_t *at = track->parameters;
    size_t left = track->parameters_size;

    while (next_set(&at, &left, out)) {
        if (set_kind(track->codec, out->nal, out->size) == kind &&
            (any_id || set_id(track->codec, out->nal, out->size) == id))
            return true;
    }
    return false;
}

static size_t put_set(uint8_t *to, size_t used, const struct set *set)
{
    if (used + 2 + set->size <= PARAMETERS_MAX) {
        to[used] = (uint8_t)(set->size >> 8);
        to[used + 1] = (uint8_t)set->size;
        memcpy(to + used + 2, set->nal, set->size);
    }
    return used + 2 + set->size; /* above the maximum: it did not fit */
}

/* Before the first set of the same or a later kind; away with the one it replaces. */
static void insert_set(struct track *track, const struct set *set, enum set_kind kind,
                       unsigned id)
{
    uint8_t list[PARAMETERS_MAX];
    const uint8_t *at = track->parameters;
    size_t left = track->parameters_size, used = 0;
    bool is_in = false;
    struct set old;

    while (next_set(&at, &left, &old) && used <= PARAMETERS_MAX) {
        enum set_kind its = set_kind(track->codec, old.nal, old.size);

        if (!is_in && its >= kind) {
            used = put_set(list, used, set);
            is_in = true;
        }
        if (used <= PARAMETERS_MAX &&
            !(its == kind && set_id(track->codec, old.nal, old.size) == id))
            used = put_set(list, used, &old);
    }
    if (!is_in && used <= PARAMETERS_MAX)
        used = put_set(list, used, set);
    if (used > PARAMETERS_MAX)
        used = put_set(list, 0, set);
    memcpy(track->parameters, list, used);
    track->parameters_size = used;
}

bool parameters_merge(struct track *track, const uint8_t *sets, size_t size)
{
    bool is_new = false;
    struct set set, old;

    while (next_set(&sets, &size, &set)) {
        enum set_kind kind = set_kind(track->codec, set.nal, set.size);
        unsigned id = set_id(track->codec, set.nal, set.size);

        if (kind == SET_NONE || set.size + 2 > PARAMETERS_MAX)
            continue;
        if (find_set(track, kind, id, false, &old) && old.size == set.size &&
            memcmp(old.nal, set.nal, set.size) == 0)
            continue;
        insert_set(track, &set, kind, id);
        is_new = true;
    }
    track->version += is_new;
    return is_new;
}

static int sextet(char c)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

bool parameters_merge_base64(struct track *track, struct span text)
{
    uint8_t set[2 + PARAMETERS_MAX];
    uint32_t word = 0;
    size_t size = 2;
    int bits = 0;

    text = span_trim(text);
    for (size_t i = 0; i < text.size && text.at[i] != '='; i++) {
        int value = sextet(text.at[i]);

        if (value < 0 || size == sizeof set)
            return false;
        word = word << 6 | (uint32_t)value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            set[size++] = (uint8_t)(word >> bits);
        }
    }
    while (size > 2 && set[size - 1] == 0)
        size--;
    set[0] = (uint8_t)((size - 2) >> 8);
    set[1] = (uint8_t)(size - 2);
    return parameters_merge(track, set, size);
}

bool parameters_are_complete(const struct track *track)
{
    struct set set;

    return find_set(track, SET_SEQUENCE, 0, true, &set) &&
           find_set(track, SET_PICTURE, 0, true, &set) &&
           (track->codec == CODEC_H264 || find_set(track, SET_VIDEO, 0, true, &set));
}

int parameters_reorder(const struct track *track)
{
    struct set sps;

    if (!find_set(track, SET_SEQUENCE, 0, true, &sps))
        return -1;
    return set_reorder(track->codec, sps.nal, sps.size);
}

double parameters_fps(const struct track *track)
{
    struct set sps;

    return find_set(track, SET_SEQUENCE, 0, true, &sps)
               ? set_fps(track->codec, sps.nal, sps.size)
               : 0;
}
