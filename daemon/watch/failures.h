/*
 * The logins that failed lately at one place, and which of them count: all, until a login
 * with a configured password was right; then only those of configured passwords, for what
 * somebody types must not stop a camera whose own password is right. Passwords are known
 * by their marks (tries.h). Zero at first. Thread: the owner's. Times: monotonic
 * microseconds
 * (`_us`).
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "store/access_rows.h"

enum { MARKS = 16 };

struct failures {
    /* The passwords that are configured here, each once. */
    struct {
        int mark, users;
    } marks[MARKS];
    bool proven; /* a login of this configuration was right */
    struct {
        int64_t us;        /* 0: none */
        int mark;          /* of the password */
    } failed[LOGINS_SEEN]; /* since the configuration changed */
};

/* So many more, or with a minus fewer, use this password. */
void failures_configure(struct failures *f, int mark, int users);
bool failures_is_configured(const struct failures *f, int mark);
/* One mark of all configured passwords, whatever their order. */
int failures_configured(const struct failures *f);

void failures_note(struct failures *f, int mark, int64_t us);
/* The configuration is another one: nothing has failed. */
void failures_forget(struct failures *f);

/* How many count now. */
int failures_recent(const struct failures *f, int64_t now_us);
/* How long until fewer than TRIES_MOST do; 0: fewer do. */
int64_t failures_pause_us(const struct failures *f, int64_t now_us);
