// Helpers of all decoders.
#pragma once

#include "CPictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Records why a picture cannot be read.
__attribute__((format(printf, 3, 4)))
picture_status picture_fail(picture *out, picture_status status, const char *format, ...);

/// Checks a size and reserves the pixels, all of them zero.
picture_status picture_reserve(picture *out, int64_t width, int64_t height, int64_t limit);

/// Ink to light, as Pillow's `convert("RGB")` computes it.
static inline void picture_from_cmyk(const uint8_t *cmyk, uint8_t *rgb) {
    int light = 255 - cmyk[3];
    for (int channel = 0; channel < 3; channel++) {
        int product = cmyk[channel] * light + 128;
        int value = light - ((product + (product >> 8)) >> 8);
        rgb[channel] = value < 0 ? 0 : (uint8_t)value;
    }
}

static inline uint32_t picture_little(const uint8_t *bytes, int count) {
    uint32_t value = 0;
    for (int at = count - 1; at >= 0; at--) value = value << 8 | bytes[at];
    return value;
}
