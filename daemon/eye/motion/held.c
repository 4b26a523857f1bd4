#include "held.h"

#include <libavcodec/defs.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

struct parameters *parameters_new(const struct track *track)
{
    size_t size = track->parameters_size <= sizeof track->parameters
                      ? track->parameters_size
                      : sizeof track->parameters;
    struct parameters *p = xmalloc(sizeof *p + size);

    *p = (struct parameters){ .refs = 1, .codec = track->codec, .size = size };
    memcpy(p->bytes, track->parameters, size);
    return p;
}

struct parameters *parameters_ref(struct parameters *p)
{
    atomic_fetch_add(&p->refs, 1);
    return p;
}

void parameters_unref(struct parameters *p)
{
    if (p && atomic_fetch_sub(&p->refs, 1) == 1)
        free(p);
}

struct held *held_new(const struct packet *packet, struct parameters *parameters)
{
    struct held *h = xcalloc(1, sizeof *h);

    *h = (struct held){
        .parameters = parameters_ref(parameters),
        .pts = packet->pts,
        .wall_us = packet->wall_us,
        .arrived_us = packet->arrived_us,
        .clock = packet->track->clock,
        .run = packet->run,
        .key = packet->key,
        .damaged = packet->damaged,
        .size = packet->size,
        .bytes = av_buffer_alloc(packet->size + AV_INPUT_BUFFER_PADDING_SIZE),
    };
    if (!h->bytes)
        abort(); /* as core/memory.h */
    memcpy(h->bytes->data, packet->bytes, packet->size);
    memset(h->bytes->data + packet->size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    return h;
}

void held_free(struct held *h)
{
    if (!h)
        return;
    parameters_unref(h->parameters);
    av_buffer_unref(&h->bytes);
    free(h);
}
