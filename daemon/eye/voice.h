/*
 * What a camera's process writes to its standard error, passed on by the nursery a line
 * at a time. The log is kengd's: who owns such a process may neither fill it, nor write
 * into other's lines, nor ring the whole machine with a priority, nor change how its file
 * is open. Thread: the nursery's. Times: monotonic microseconds (`_us`).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VOICE_LINE = 1000 };

struct voice {
    int fd; /* -1: none; it is not heard */
    char line[VOICE_LINE];
    size_t used;      /* of a line that has not ended */
    int64_t saved_us; /* what it may still say, as the time in which that adds up */
    int64_t at_us;
};

/* Returns the end for the process, which never blocks; -1: none could be made. */
int voice_open(struct voice *v, int64_t now_us);

/* Whether it has not said too much; else it is asked again a second later. */
bool voice_may_speak(struct voice *v, int64_t now_us);

/* Passes on to `to` what has come. */
void voice_pass_on(struct voice *v, int to);

/* The process has ended: the last words, as far as it may speak. */
void voice_close(struct voice *v, int to);
