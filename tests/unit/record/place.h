/*
 * A place to record to for one test: directories, a catalogue, a loop, a clock that stands
 * where it is put, and a camera "gate" whose fragments are made by hand.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "make_mp4.h"
#include "record/recorder.h"
#include "volume.h"

struct place {
    char dir[64]; /* above all others */
    char *recordings, *state;
    struct settings set;
    struct camera_settings camera;
    struct loop *loop;
    struct desk *desk;
    struct holds *holds;
    struct storage *storage;
    struct volume *volume; /* its first */
    struct stream *stream;
    struct recorder *rec;
    struct init *init;
};

/* 2026-11-21 00:00:00 UTC and so many seconds. */
int64_t at(double seconds);

/* The clocks, both; and whether the kernel trusts the wall clock. */
void clock_set(int64_t us);
void clock_step(int64_t wall_us); /* the wall clock alone */
extern bool clock_trusted;
void clock_distrust(void); /* as after a boot */

int place_make(void **state);
int place_drop(void **state);

/* Opens the volume and begins to record; closes as a clean stop does. */
void place_open(struct place *p);
void place_close(struct place *p);
/* As a kill leaves it: the catalogue and the files as they are now are copied, the clean stop
 * is done, and the copies put back. */
void place_kill(struct place *p);

/* A new run begins. */
void new_run(struct place *p, int64_t start_us);
/* Half seconds from..to, a keyframe every second second; the clocks go along. */
void feed(struct place *p, double from_s, double to_s);
void feed_fragment(struct place *p, double start_s, double duration_s, bool key, uint32_t size);

/* All jobs back, everything synced and in the catalogue. */
void settle(struct place *p);

/* What the catalogue says of the camera "gate". */
struct segment_list rows(struct place *p);
struct gap_list gaps(struct place *p);
/* Fails unless recordings and gaps tile from..to: no hole and no overlap. */
void assert_tiled(struct place *p, int64_t from_us, int64_t to_us);

int count_files(struct place *p);
char *file_path(struct place *p, const char *below);
