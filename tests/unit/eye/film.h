/*
 * Films for tests: pictures that an encoder of the machine makes, as packets of a
 * session. A film without its encoder is NULL, and its test is skipped.
 */
#pragma once
#include "packet.h"

struct film {
    struct track track;
    struct packet
        *packets; /* clock 90000, pts and dts from 0, arrived and wall not set */
    int count;
};

struct film_wish {
    enum codec codec;
    int width, height, fps, seconds, gop; /* gop: pictures from keyframe to keyframe */
    int b_frames;
};

struct film *film_new(const struct film_wish *wish);
void film_free(struct film *film);
