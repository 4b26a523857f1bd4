#include <stdatomic.h>
#include <string.h>

#include "core/secret.h"
#include "store/alert_rows.h"

/* The last one's milliseconds (48 bits) and the first 16 of its 80 random bits, which
 * count on within a millisecond: who comes later sorts later, from whatever thread. */
static atomic_uint_least64_t last;

static uint64_t next_head(int64_t at_us)
{
    uint64_t ms = (at_us > 0 ? (uint64_t)at_us / 1000 : 0) & 0xffffffffffff;
    uint64_t before = atomic_load(&last), now;
    uint16_t start;

    secret_random(&start, sizeof start);
    do {
        /* Half of the numbers are left for counting: 32,768 in one millisecond. */
        now = before >> 16 == ms ? before + 1 : ms << 16 | (start & 0x7fff);
    } while (!atomic_compare_exchange_weak(&last, &before, now));
    return now;
}

void row_id_new(int64_t at_us, char to[ROW_ID_MAX])
{
    /* Crockford's base 32: no I, L, O or U. Source: the ULID specification. */
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t head = next_head(at_us), tail;

    secret_random(&tail, sizeof tail);
    /* 128 bits in 26 digits of 5; the first digit holds 3. */
    unsigned __int128 all = (unsigned __int128)head << 64 | tail;
    for (int i = ROW_ID_MAX - 2; i >= 0; i--, all >>= 5)
        to[i] = digits[(unsigned)all & 31];
    to[ROW_ID_MAX - 1] = 0;
}
