/*
 * Puts the RTP packets of one track that came over UDP into the order of their sequence:
 * a packet behind a hole is kept until the hole is filled, until it has waited 80 ms, or
 * until more than 64 would be kept. What is whole is handed on at once and not copied.
 * Packets of other sources and wild numbers pass through: rtp_admit() judges them.
 * Thread: the loop's. Times: monotonic microseconds (`_us`).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { REORDER_WINDOW = 64, REORDER_WAIT_US = 80000 };

struct reorder;

typedef void reorder_fn(void *arg, const uint8_t *bytes, size_t size, int64_t us);

struct reorder *reorder_new(reorder_fn *fn, void *arg);
void reorder_free(struct reorder *r); /* what is kept is dropped */

void reorder_take(struct reorder *r, const uint8_t *bytes, size_t size, int64_t us);

/* Hands on what has waited long enough. */
void reorder_look(struct reorder *r, int64_t now_us);
