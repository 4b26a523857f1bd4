/*
 * Video made in the test: a person-like square that walks over a gradient, encoded by
 * libx264 or libx265 as a camera does, packets length-prefixed as packet.h wants them.
 */
#pragma once
#include <stdbool.h>

#include "packet.h"

enum { FILM_FPS = 15, FILM_GOP = 30 };

struct film_packet {
    uint8_t *bytes;
    size_t size;
    int64_t pts, dts;
    bool key;
};

struct film {
    struct track track;
    struct film_packet *packets;
    int count;
};

struct film_order {
    enum codec codec;
    int width, height, seconds;
    int walk_from_s, walk_to_s; /* the square crosses the picture */
    bool grows;                 /* ... and comes nearer on its way */
    int stops_at_permille;      /* ... and stands there from then on; 0: goes all the way */
    int gop;                    /* 0: FILM_GOP */
    bool intra_refresh;         /* no keyframe but the first: a column of each picture is */
    int b_frames;
};

/* NULL: this libavcodec has no such encoder. */
struct film *film_make(const struct film_order *order);
void film_free(struct film *film);

/* The packet as a session would hand it over; wall time 1000 s + run time. */
struct packet film_packet(const struct film *film, int i, uint32_t run);
