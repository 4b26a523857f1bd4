/*
 * How often the log may say the same thing. What is the same: a phrase with its first field
 * ("camera lost", "camera=gate"). Each has a burst and then its turn now and then, and so has
 * a phrase whatever its fields; what is left out is counted, and told when it has ended.
 * Thread: whose it is; log.c holds a lock. Times: microseconds, monotonic (`_us`).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_SAME_BURST = 10,
    LOG_SAME_EVERY_US = 120000000, /* 40 lines in the first hour, then 30 */
    LOG_PHRASE_BURST = 200,
    LOG_PHRASE_EVERY_US = 6000000, /* 800 lines, then 600: about 100 KiB an hour */
    LOG_ENDED_US = 300000000,      /* nothing of it for so long: it has ended */
    LOG_KEPT = 512,                /* phrases and fields that are remembered */
};

/* What was left out. */
struct log_left_out {
    char phrase[64], first[64]; /* cut to that; first "": of the phrase, whatever its fields */
    uint64_t count;
    int64_t since_us;
};

struct log_limit;
struct log_limit *log_limit_new(void);
void log_limit_free(struct log_limit *limit);

/* Whether the line may be written. `told`: how many of the same were left out since the last
 * that was; the line says so. */
bool log_limit_admits(struct log_limit *limit, const char *phrase, const char *fields,
                      int64_t now_us, uint64_t *told);
/* The next flood that has ended, or that had to make room in the memory; false: none.
 * `all`: also those that go on, for kengd ends. */
bool log_limit_ended(struct log_limit *limit, int64_t now_us, bool all,
                     struct log_left_out *out);
