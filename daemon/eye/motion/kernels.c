#define KERNELS      kernels_plain
#define KERNELS_NAME "plain"
#include "kernels_text.h"

#ifdef KERNELS_AVX2
extern const struct kernels kernels_avx2;
#endif

const struct kernels *kernels_best(void)
{
#ifdef KERNELS_AVX2
    if (__builtin_cpu_supports("avx2"))
        return &kernels_avx2;
#endif
    return &kernels_plain;
}
