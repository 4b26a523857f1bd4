/*
 * The Range header, one range of bytes.
 * Thread: any; pure. Source: RFC 9110, sections 14.1.2 and 14.2.
 */
#pragma once
#include <stdint.h>

enum range_kind {
    RANGE_NONE,    /* none, or one that may be ignored: all of it, 200 */
    RANGE_PART,    /* 206 */
    RANGE_OUTSIDE, /* 416 */
};

/* `header` may be NULL. For RANGE_PART: *first <= *last < size. */
enum range_kind range_read(const char *header, uint64_t size, uint64_t *first,
                           uint64_t *last);
