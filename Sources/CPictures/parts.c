// Helpers of all decoders: failing, reserving pixels, releasing them.

#include "parts.h"

#include <stdarg.h>

picture_status picture_fail(picture *out, picture_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out->reason, sizeof out->reason, format, arguments);
    va_end(arguments);
    picture_release(out);
    return status;
}

picture_status picture_reserve(picture *out, int64_t width, int64_t height, int64_t limit) {
    out->width = width;
    out->height = height;
    if (width <= 0 || height <= 0) return picture_fail(out, picture_broken, "its size is zero");
    if (width > limit / height) return picture_fail(out, picture_too_large, "too large");
    out->rgb = calloc((size_t)(width * height), 3);
    if (!out->rgb) return picture_fail(out, picture_out_of_memory, "out of memory");
    return picture_ok;
}

void picture_release(picture *picture) {
    free(picture->rgb);
    picture->rgb = NULL;
}
