/*
 * Runs the detector over a recorded file, as fast as it goes, on the caller's thread:
 * what keng-camera --replay does. The same file gives the same events.
 */
#pragma once
#include <stdio.h>

#include "motion.h"

enum replay_how {
    REPLAY_AS_CAMERA, /* what a camera's process does */
    REPLAY_ALL,       /* decodes and looks at everything */
    REPLAY_DECODE,    /* decodes everything, as it was meant, and looks at nothing */
};

/*
 * `file`: MP4 with H.264 or H.265. Writes one JSON object with one key, the file's name
 * without folder and ending:
 *   events  [[from, to, decided], ...] seconds of the file; decided: of the newest packet
 *           then
 *   scores  permille, zones  "" where there are none: one for each event
 *   views  [[at, kind], ...] whenever the kind of the view changed, and now and then
 *   cpu, dur  seconds;  packets, decoded, analysed  numbers
 * 0, or 1 and a sentence on standard error.
 */
int motion_replay(const char *file, const struct motion_setup *setup,
                  enum replay_how how, FILE *out);

/* The same of an open file, under a name, with nothing but read() and lseek() of it. */
int motion_replay_open(int fd, const char *name, const struct motion_setup *setup,
                       enum replay_how how, FILE *out);
