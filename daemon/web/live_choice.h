/*
 * Which of a camera's two streams a page is sent where it left that to us: the
 * sub-stream, and the main stream while the sub-stream is silent or refused, if every
 * browser can show it. Thread: loop only. Times: monotonic microseconds, given.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct stream;

struct live_choice {
    struct stream *sub, *main; /* NULL: none, or not to be chosen */
    bool on_main;
    int64_t since_us; /* that the other one has been better; 0: it is not */
};

/* At the begin. NULL: there is nothing to choose from. */
struct stream *live_choice_first(struct live_choice *choice);

/* From time to time. The stream to go over to; NULL: stay. */
struct stream *live_choice_look(struct live_choice *choice, int64_t now_us);
