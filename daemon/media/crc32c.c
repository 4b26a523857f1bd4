#include "crc32c.h"

#include <string.h>

#include "media/mp4.h"

/* The polynomial 0x1EDC6F41 with its bits turned round. */
enum { POLYNOMIAL = 0x82f63b78u };

/* Eight tables, so that eight bytes go in one step: a fragment of 100 KB in some 60 us.
 */
static uint32_t table[8][256];

__attribute__((constructor)) static void fill_table(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
        table[0][byte] = crc;
    }
    for (int step = 1; step < 8; step++)
        for (int byte = 0; byte < 256; byte++)
            table[step][byte] =
                table[step - 1][byte] >> 8 ^ table[0][table[step - 1][byte] & 0xff];
}

uint32_t crc32c_by_table(uint32_t crc, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    crc = ~crc;
    for (; size >= 8; at += 8, size -= 8)
        crc = table[7][(crc ^ at[0]) & 0xff] ^ table[6][(crc >> 8 ^ at[1]) & 0xff] ^
              table[5][(crc >> 16 ^ at[2]) & 0xff] ^ table[4][crc >> 24 ^ at[3]] ^
              table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
    for (; size > 0; at++, size--)
        crc = crc >> 8 ^ table[0][(crc ^ *at) & 0xff];
    return ~crc;
}

#ifdef __x86_64__
/* The instruction of SSE 4.2: ten times as fast, which is most of what writing costs. */
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc,
                                                                 const void *bytes,
                                                                 size_t size)
{
    const uint8_t *at = bytes;
    uint64_t wide = (uint32_t)~crc;

    for (; size >= 8; at += 8, size -= 8) {
        uint64_t eight;
        memcpy(&eight, at, sizeof eight);
        wide = __builtin_ia32_crc32di(wide, eight);
    }
    uint32_t narrow = (uint32_t)wide;
    for (; size > 0; at++, size--)
        narrow = __builtin_ia32_crc32qi(narrow, *at);
    return ~narrow;
}

uint32_t mp4_crc32c(uint32_t crc, const void *bytes, size_t size)
{
    return __builtin_cpu_supports("sse4.2") ? by_instruction(crc, bytes, size)
                                            : crc32c_by_table(crc, bytes, size);
}
#else
uint32_t mp4_crc32c(uint32_t crc, const void *bytes, size_t size)
{
    return crc32c_by_table(crc, bytes, size);
}
#endif
