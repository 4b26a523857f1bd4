#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "reorder.h"
#include "rtp.h"

/* As in rtp_admit(): so far ahead, or behind, is no loss and no delay but a jump. */
enum { FAR_AHEAD = 3000, FAR_BEHIND = UINT16_MAX + 1 - 100, BEHIND = 0x8000 };

/* Packets of another source in a row, after which it is the one to be put in order. */
enum { OTHERS_MAX = 50 };

struct held {
    uint8_t *bytes; /* NULL: free */
    size_t size;
    int64_t us;
};

struct reorder {
    reorder_fn *fn;
    void *arg;
    bool begun, jumped;
    uint32_t ssrc;
    uint16_t next;      /* the number that is waited for */
    uint16_t jumped_to; /* the number that would follow a jump, if it is one */
    int others, count;
    struct held held[REORDER_WINDOW]; /* by the number's last bits */
};

struct reorder *reorder_new(reorder_fn *fn, void *arg)
{
    struct reorder *r = xcalloc(1, sizeof *r);

    r->fn = fn;
    r->arg = arg;
    return r;
}

void reorder_free(struct reorder *r)
{
    if (!r)
        return;
    for (int i = 0; i < REORDER_WINDOW; i++)
        free(r->held[i].bytes);
    free(r);
}

static struct held *slot(struct reorder *r, uint16_t sequence)
{
    return &r->held[sequence % REORDER_WINDOW];
}

/* The next number, if its packet is there; a number without one is skipped. */
static void step(struct reorder *r)
{
    struct held *held = slot(r, r->next++);
    struct held now = *held;

    if (!now.bytes)
        return;
    *held = (struct held){ 0 };
    r->count--;
    r->fn(r->arg, now.bytes, now.size, now.us);
    free(now.bytes);
}

static void run_on(struct reorder *r)
{
    while (r->count > 0 && slot(r, r->next)->bytes)
        step(r);
}

static void let_all_go(struct reorder *r)
{
    while (r->count > 0)
        step(r);
}

static void begin(struct reorder *r, uint32_t ssrc, uint16_t next)
{
    let_all_go(r);
    r->begun = true;
    r->jumped = false;
    r->others = 0;
    r->ssrc = ssrc;
    r->next = next;
}

static void keep(struct reorder *r, uint16_t sequence, const uint8_t *bytes, size_t size,
                 int64_t us)
{
    struct held *held = slot(r, sequence);

    if (held->bytes)
        return; /* it came twice */
    *held = (struct held){ xmalloc(size), size, us };
    memcpy(held->bytes, bytes, size);
    r->count++;
}

/* A number that does not fit is believed when the next one follows it. */
static void take_far(struct reorder *r, uint16_t sequence)
{
    uint16_t after = (uint16_t)(sequence + 1);

    if (r->jumped && r->jumped_to == sequence) {
        begin(r, r->ssrc, after);
    } else {
        r->jumped = true;
        r->jumped_to = after;
    }
}

void reorder_take(struct reorder *r, const uint8_t *bytes, size_t size, int64_t us)
{
    struct rtp_packet p;
    uint16_t ahead;

    if (!rtp_read(bytes, size, &p))
        return;
    if (!r->begun)
        begin(r, p.ssrc, p.sequence);
    if (p.ssrc != r->ssrc) {
        if (++r->others >= OTHERS_MAX)
            begin(r, p.ssrc, (uint16_t)(p.sequence + 1));
        r->fn(r->arg, bytes, size, us);
        return;
    }
    r->others = 0;
    ahead = (uint16_t)(p.sequence - r->next);
    if (ahead >= FAR_AHEAD) {
        if (ahead < FAR_BEHIND)
            take_far(r, p.sequence);
        r->fn(r->arg, bytes, size, us);
        return;
    }
    r->jumped = false;
    while ((uint16_t)(p.sequence - r->next) >= REORDER_WINDOW)
        step(r);
    run_on(r);
    if (p.sequence != r->next) {
        keep(r, p.sequence, bytes, size, us);
        return;
    }
    r->next++;
    r->fn(r->arg, bytes, size, us);
    run_on(r);
}

void reorder_look(struct reorder *r, int64_t now_us)
{
    while (r->count > 0) {
        uint16_t at = r->next;

        while (!slot(r, at)->bytes)
            at++;
        if (now_us - slot(r, at)->us < REORDER_WAIT_US)
            return;
        r->next = at;
        run_on(r);
    }
}
