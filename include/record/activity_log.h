/*
 * Keeps where something moved at one camera: seconds are gathered and written to the
 * catalogue every few of them. What a kill takes with it is at most those.
 * Thread: loop only; the catalogue's desk writes. Times: microseconds since 1970, UTC.
 */
#pragma once
#include "core/loop.h"
#include "store/activity_rows.h"
#include "store/desk.h"

struct activity_log;

/* `records` (STORE_RECORDS) outlives the log. */
struct activity_log *activity_log_start(struct loop *loop, struct desk *records,
                                        const char *camera);
void activity_log_add(struct activity_log *log, const struct active_second *second);
/* Hands over what is gathered. NULL is allowed. */
void activity_log_stop(struct activity_log *log);

/* The clock was set: hands over what all logs have gathered, before the catalogue moves
 * from..to; seconds of then that come late are moved here. delta_us 0: nothing moves. */
void activity_logs_moved(int64_t from_us, int64_t to_us, int64_t delta_us);

/* Forgets now and then what has outlived the footage; of cameras without footage, what is
 * older than `keep_us`, while the clock is trusted. */
struct activity_tidy;
struct activity_tidy *activity_tidy_start(struct loop *loop, struct desk *records,
                                          int64_t keep_us);
void activity_tidy_reload(struct activity_tidy *tidy, int64_t keep_us);
void activity_tidy_stop(struct activity_tidy *tidy); /* NULL is allowed */
