#include <string.h>

#include "core/clock.h"
#include "failures.h"
#include "tries.h"

void failures_configure(struct failures *f, int mark, int users)
{
    int at = -1;

    for (int i = 0; i < MARKS; i++) {
        if (f->marks[i].users > 0 && f->marks[i].mark == mark) {
            f->marks[i].users += users;
            return;
        }
        if (f->marks[i].users == 0)
            at = i;
    }
    if (at < 0 || users < 0)
        return;
    f->marks[at].mark = mark;
    f->marks[at].users = users;
}

bool failures_is_configured(const struct failures *f, int mark)
{
    for (int i = 0; i < MARKS; i++)
        if (f->marks[i].users > 0 && f->marks[i].mark == mark)
            return true;
    return false;
}

int failures_configured(const struct failures *f)
{
    int all = 0;

    for (int i = 0; i < MARKS; i++)
        if (f->marks[i].users > 0)
            all ^= f->marks[i].mark;
    return all;
}

/* In the place of the oldest. */
void failures_note(struct failures *f, int mark, int64_t us)
{
    int oldest = 0;

    for (int i = 1; i < LOGINS_SEEN; i++)
        if (f->failed[i].us < f->failed[oldest].us)
            oldest = i;
    f->failed[oldest].us = us > 1 ? us : 1;
    f->failed[oldest].mark = mark;
}

void failures_forget(struct failures *f)
{
    memset(f->failed, 0, sizeof f->failed);
    f->proven = false;
}

static bool counts(const struct failures *f, int i, int64_t now_us)
{
    return f->failed[i].us && now_us - f->failed[i].us < TRIES_WINDOW_US &&
           (!f->proven || failures_is_configured(f, f->failed[i].mark));
}

int failures_recent(const struct failures *f, int64_t now_us)
{
    int count = 0;

    for (int i = 0; i < LOGINS_SEEN; i++)
        count += counts(f, i, now_us);
    return count;
}

int64_t failures_pause_us(const struct failures *f, int64_t now_us)
{
    int over = failures_recent(f, now_us) - TRIES_MOST + 1; /* so many must grow old */
    int64_t pause_us = 0;

    for (int i = 0; over > 0 && i < LOGINS_SEEN; i++) {
        int64_t left_us = f->failed[i].us + TRIES_WINDOW_US - now_us;
        int older = 0;

        if (!counts(f, i, now_us))
            continue;
        for (int k = 0; k < LOGINS_SEEN; k++)
            older += counts(f, k, now_us) && f->failed[k].us <= f->failed[i].us;
        if (older >= over && (pause_us == 0 || left_us < pause_us))
            pause_us = left_us;
    }
    return pause_us;
}
