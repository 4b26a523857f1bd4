/*
 * What a hostile process can say to kengd: any bytes, cut into reads of any size, through
 * the reader and every decoder of wire/camera_link.h.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/camera_link.h"
#include "wire/debug_link.h"
#include "wire/reader.h"

static uint8_t *room;

static uint8_t *on_room(void *arg, const struct wire_header *h)
{
    /* As kengd: large only for media, which no decoder here reads. */
    bool media = h->kind == WIRE_FRAGMENT || h->kind == WIRE_JPEG || h->kind == WIRE_INIT;

    if (h->size > (media ? WIRE_BODY_MAX : WIRE_JSON_MAX))
        return NULL;
    room = malloc(h->size);
    return room;
}

static bool decode(const struct wire_header *h, const uint8_t *body)
{
    struct camera_challenge challenge;
    struct camera_measured measured;
    struct camera_trouble trouble;
    struct camera_motion motion;
    struct camera_orders orders;
    struct camera_view view;
    struct camera_login login;
    struct error err;
    uint8_t cells[LINK_ACTIVITY];
    bool wanted;

    switch (h->kind) {
    case WIRE_CHALLENGE:
        return link_read_challenge(body, h->size, &challenge, &err);
    case WIRE_MEASURED:
        return link_read_measured(body, h->size, &measured, &err);
    case WIRE_STATE:
        return link_read_trouble(body, h->size, &trouble, &err);
    case WIRE_MOTION:
        return link_read_motion(body, h->size, &motion, &err);
    case WIRE_ACTIVITY:
        return link_read_activity(body, h->size, cells, &err);
    case WIRE_ORDERS:
        return link_read_motion_orders(body, h->size, &orders.motion, &err);
    case WIRE_VIEW:
        return link_read_view(body, h->size, &view, &err);
    case WIRE_START:
        return link_read_orders(body, h->size, &orders, &err);
    case WIRE_LOGIN:
        return link_read_login(body, h->size, &login, &err);
    case WIRE_DEBUG:
        return link_check_debug(body, h->size, &err);
    case WIRE_PICTURES:
        return link_read_pictures(body, h->size, &wanted, &err);
    default:
        return true;
    }
}

static bool on_take(void *arg, const struct wire_header *h, uint8_t *body)
{
    decode(h, body);
    free(body);
    room = NULL;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *from, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *from, size_t size)
{
    static const struct wire_taker taker = { .room = on_room, .take = on_take };
    struct wire_reader reader;
    size_t step = size ? 1 + from[0] * 4u : 1;

    wire_reader_start(&reader, &taker, NULL);
    for (size_t at = size ? 1 : 0; at < size;) {
        struct iovec where[2];
        int count = wire_reader_where(&reader, where, true);
        size_t given = 0;
        for (int i = 0; i < count && given < step; i++) {
            size_t n = where[i].iov_len;
            n = n < step - given ? n : step - given;
            n = n < size - at ? n : size - at;
            memcpy(where[i].iov_base, from + at, n);
            at += n;
            given += n;
            if (n < where[i].iov_len)
                break;
        }
        if (given == 0 || wire_reader_got(&reader, given) != WIRE_MORE)
            break;
    }
    free(room);
    room = NULL;
    return 0;
}
