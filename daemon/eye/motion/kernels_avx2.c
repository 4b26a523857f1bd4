#include "kernels.h"

extern const struct kernels kernels_avx2;
#define KERNELS      kernels_avx2
#define KERNELS_NAME "avx2"
#include "kernels_text.h"
