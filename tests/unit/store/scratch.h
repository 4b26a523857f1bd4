/* A state directory that lasts for one test, and a clock that stands where it is put. */
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/memory.h"
#include "store/store.h"

struct scratch {
    char *dir;   /* the state directory, not made yet */
    char *above; /* where it lies */
};

/* cmocka's setup and teardown; the scratch is the state. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* Fails the test with the error's sentence. */
struct store *scratch_open(const struct scratch *scratch, enum store_use use);
#define well(call)                                    \
    do {                                              \
        struct error well_err = { .kind = ERR_NONE }; \
        struct error *e = &well_err;                  \
        if (!(call))                                  \
            fail_msg("%s", well_err.text);            \
    } while (0)

/* Runs statements on the closed catalogue, as nobody should. */
void scratch_raw(const struct scratch *scratch, const char *sql);
char *scratch_path(const struct scratch *scratch, const char *name);
void scratch_write(const struct scratch *scratch, const char *name, const void *bytes,
                   size_t size);
int scratch_count(const struct scratch *scratch, const char *prefix);

void scratch_clock(int64_t wall_us);
