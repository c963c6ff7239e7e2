// How the worker's process keeps memory; needs no libtorch.

#define _GNU_SOURCE
#include "CTorch.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

void torch_keep_memory(void) {
#if defined(__GLIBC__)
    // One arena: the others, which any thread but the first gets, cannot hold tensors above 64 MB and map each anew.
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, -1);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
}

void torch_give_back_memory(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
