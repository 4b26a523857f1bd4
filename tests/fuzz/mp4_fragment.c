/* A camera's process sends whatever it likes: an init, a fragment, and what is done to both
 * before they are believed. The first two bytes say how long the init is. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "media/mp4.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_fragment(const struct init *init, const uint8_t *bytes, size_t size)
{
    struct mp4_fragment frag;
    uint8_t *copy = xmalloc(size ? size : 1);

    memcpy(copy, bytes, size);
    if (mp4_read_fragment(init, copy, size, &frag, NULL) && init) {
        if (frag.samples == 0 || frag.duration > (uint64_t)3600 * init->timescale)
            abort();
        /* What was taken can be moved to time zero. */
        if (!mp4_rebase(copy, size, init, (int64_t)frag.dts, NULL))
            abort();
    } else if (init) {
        mp4_rebase(copy, size, init, 1, NULL);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2)
        return 0;
    size_t init_size = (size_t)bytes[0] << 8 | bytes[1];
    bytes += 2;
    size -= 2;
    if (init_size > size)
        init_size = size;
    struct init *init = mp4_read_init(bytes, init_size, NULL);
    if (init && strnlen(init->codecs, sizeof init->codecs) == sizeof init->codecs)
        abort();
    read_fragment(init, bytes + init_size, size - init_size);
    read_fragment(NULL, bytes + init_size, size - init_size);
    init_unref(init);
    return 0;
}
