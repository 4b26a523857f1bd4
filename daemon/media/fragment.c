#include <stdlib.h>

#include "core/memory.h"
#include "media/fragment.h"

/* A count is the one thing about a published object that changes, also for those who hold
 * it const. */
static void add_reference(const atomic_uint *refs)
{
    atomic_fetch_add_explicit((atomic_uint *)refs, 1, memory_order_relaxed);
}

/* Whether it was the last. What other threads read of it happened before it is freed. */
static bool drop_reference(const atomic_uint *refs)
{
    return atomic_fetch_sub_explicit((atomic_uint *)refs, 1, memory_order_acq_rel) == 1;
}

struct init *init_new(size_t size)
{
    struct init *init = xcalloc(1, sizeof *init + size);

    atomic_init(&init->refs, 1);
    init->size = size;
    return init;
}

const struct init *init_ref(const struct init *init)
{
    add_reference(&init->refs);
    return init;
}

void init_unref(const struct init *init)
{
    if (init && drop_reference(&init->refs))
        free((struct init *)init);
}

struct fragment *fragment_new(const struct init *init, size_t size)
{
    struct fragment *frag = xmalloc(sizeof *frag + size);

    /* The media is the caller's to fill; only what stands before it is cleared. */
    *frag = (struct fragment){ .init = init_ref(init), .size = size };
    atomic_init(&frag->refs, 1);
    return frag;
}

const struct fragment *fragment_ref(const struct fragment *frag)
{
    add_reference(&frag->refs);
    return frag;
}

void fragment_unref(const struct fragment *frag)
{
    if (!frag || !drop_reference(&frag->refs))
        return;
    init_unref(frag->init);
    free((struct fragment *)frag);
}

struct picture *picture_new(size_t size)
{
    struct picture *picture = xmalloc(sizeof *picture + size);

    *picture = (struct picture){ .size = size };
    atomic_init(&picture->refs, 1);
    return picture;
}

const struct picture *picture_ref(const struct picture *picture)
{
    add_reference(&picture->refs);
    return picture;
}

void picture_unref(const struct picture *picture)
{
    if (picture && drop_reference(&picture->refs))
        free((struct picture *)picture);
}
