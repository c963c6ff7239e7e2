// Pixel loops over interleaved 8-bit RGB: in C, so that they are quick in debug builds too.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Resizes `source_width` x `source_height` pixels at `source` (rows `source_stride` bytes apart) to
/// `width` x `height` packed pixels at `target`: bilinear, antialiased when shrinking, two passes in fixed point
/// with 8-bit values between them, as Pillow's `Image.resize(size, BILINEAR)` rounds. Returns 0, or -1 when memory
/// is short.
int pixels_resize(
    const uint8_t *source, int source_width, int source_height, int source_stride,
    uint8_t *target, int width, int height);

/// Mirrors every row in place.
void pixels_flip(uint8_t *pixels, int width, int height);

/// Multiplies every value by `factor`, as Pillow's `ImageEnhance.Brightness`.
void pixels_brightness(uint8_t *pixels, int64_t count, float factor);

/// Moves every value away from the mean grey by `factor`, as Pillow's `ImageEnhance.Contrast`.
void pixels_contrast(uint8_t *pixels, int64_t count, float factor);

/// Moves every pixel away from its own grey by `factor`, as Pillow's `ImageEnhance.Color`.
void pixels_saturation(uint8_t *pixels, int64_t count, float factor);

/// Turns the hue by `shift` 256ths of the circle through Pillow's 8-bit HSV, as torchvision's `adjust_hue`.
void pixels_hue(uint8_t *pixels, int64_t count, uint8_t shift);

/// The ITU-R 601-2 grey of each pixel, as Pillow's `convert("L")`.
void pixels_grey(const uint8_t *pixels, int64_t count, uint8_t *grey);

/// Turns stored pixels upright by Exif's orientation (1 to 8), as Pillow's `ImageOps.exif_transpose`. For 5 to 8 the target
/// has `height` x `width` pixels.
void pixels_orient(const uint8_t *source, int64_t width, int64_t height, int orientation, uint8_t *target);

#ifdef __cplusplus
}
#endif
