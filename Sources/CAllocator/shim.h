// How the C library's allocator is set: Swift's own module of that library leaves it out.
#include <malloc.h>
