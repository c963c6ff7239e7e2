// Pixel loops over interleaved 8-bit RGB. The arithmetic follows what Pillow documents and computes, so that a
// recipe gives here what it gives there; a script compares the two.

#include "CPixels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// MARK: Resizing

// Weights are fixed-point with this many fractional bits: 32 bits less 8 of value and 2 of headroom.
enum { precision = 32 - 8 - 2 };

// The resampling table of one axis: for each target position the first source position, how many, and their weights.
typedef struct {
    int *first;
    int *count;
    int32_t *weights;
    int taps;
} axis_weights;

static void axis_free(axis_weights *axis) {
    free(axis->first);
    free(axis->count);
    free(axis->weights);
}

// A triangle filter, widened by the scale when shrinking (that is the antialiasing).
static int axis_prepare(axis_weights *axis, int source, int target) {
    double scale = (double)source / target;
    double support = scale < 1.0 ? 1.0 : scale;
    double inverse = 1.0 / support;
    axis->taps = (int)ceil(support) * 2 + 1;
    axis->first = malloc(sizeof(int) * target);
    axis->count = malloc(sizeof(int) * target);
    axis->weights = malloc(sizeof(int32_t) * (size_t)target * axis->taps);
    double *exact = malloc(sizeof(double) * axis->taps);
    if (!axis->first || !axis->count || !axis->weights || !exact) {
        axis_free(axis);
        free(exact);
        return -1;
    }
    for (int at = 0; at < target; at++) {
        double center = (at + 0.5) * scale;
        int first = (int)(center - support + 0.5);
        int last = (int)(center + support + 0.5);
        if (first < 0) first = 0;
        if (last > source) last = source;
        int count = last - first;
        double sum = 0;
        for (int k = 0; k < count; k++) {
            double distance = fabs((first + k - center + 0.5) * inverse);
            exact[k] = distance < 1.0 ? 1.0 - distance : 0.0;
            sum += exact[k];
        }
        int32_t *weights = axis->weights + (size_t)at * axis->taps;
        for (int k = 0; k < count; k++) {
            double weight = sum != 0.0 ? exact[k] / sum : exact[k];
            weights[k] = (int32_t)(0.5 + weight * (1 << precision));
        }
        axis->first[at] = first;
        axis->count[at] = count;
    }
    free(exact);
    return 0;
}

// No weight of a triangle filter is negative and they sum to one, so rounding cannot leave 0...255 by more than
// the rounding of the weights themselves.
static inline uint8_t rounded(int32_t sum) {
    int32_t value = sum >> precision;
    return value > 255 ? 255 : (uint8_t)value;
}

static void resize_rows(
    const uint8_t *source, int stride, int height, const axis_weights *axis, uint8_t *target, int width
) {
    for (int y = 0; y < height; y++) {
        const uint8_t *row = source + (size_t)y * stride;
        uint8_t *out = target + (size_t)y * width * 3;
        for (int x = 0; x < width; x++) {
            const int32_t *weights = axis->weights + (size_t)x * axis->taps;
            const uint8_t *pixel = row + (size_t)axis->first[x] * 3;
            int32_t red = 1 << (precision - 1), green = red, blue = red;
            for (int k = 0; k < axis->count[x]; k++) {
                red += pixel[0] * weights[k];
                green += pixel[1] * weights[k];
                blue += pixel[2] * weights[k];
                pixel += 3;
            }
            out[0] = rounded(red);
            out[1] = rounded(green);
            out[2] = rounded(blue);
            out += 3;
        }
    }
}

static int resize_columns(
    const uint8_t *source, int stride, int width, const axis_weights *axis, uint8_t *target, int height
) {
    int values = width * 3;
    int32_t *sums = malloc(sizeof(int32_t) * values);
    if (!sums) return -1;
    for (int y = 0; y < height; y++) {
        const int32_t *weights = axis->weights + (size_t)y * axis->taps;
        for (int x = 0; x < values; x++) sums[x] = 1 << (precision - 1);
        for (int k = 0; k < axis->count[y]; k++) {
            const uint8_t *row = source + (size_t)(axis->first[y] + k) * stride;
            int32_t weight = weights[k];
            for (int x = 0; x < values; x++) sums[x] += row[x] * weight;
        }
        uint8_t *out = target + (size_t)y * values;
        for (int x = 0; x < values; x++) out[x] = rounded(sums[x]);
    }
    free(sums);
    return 0;
}

int pixels_resize(
    const uint8_t *source, int source_width, int source_height, int source_stride,
    uint8_t *target, int width, int height
) {
    if (source_width == width && source_height == height) {
        for (int y = 0; y < height; y++) {
            memcpy(target + (size_t)y * width * 3, source + (size_t)y * source_stride, (size_t)width * 3);
        }
        return 0;
    }
    axis_weights axis;
    if (source_height == height) {
        if (axis_prepare(&axis, source_width, width)) return -1;
        resize_rows(source, source_stride, height, &axis, target, width);
        axis_free(&axis);
        return 0;
    }
    const uint8_t *middle = source;
    uint8_t *owned = NULL;
    int stride = source_stride;
    if (source_width != width) {
        if (axis_prepare(&axis, source_width, width)) return -1;
        owned = malloc((size_t)source_height * width * 3);
        if (!owned) {
            axis_free(&axis);
            return -1;
        }
        resize_rows(source, source_stride, source_height, &axis, owned, width);
        axis_free(&axis);
        middle = owned;
        stride = width * 3;
    }
    if (axis_prepare(&axis, source_height, height)) {
        free(owned);
        return -1;
    }
    int status = resize_columns(middle, stride, width, &axis, target, height);
    axis_free(&axis);
    free(owned);
    return status;
}

void pixels_flip(uint8_t *pixels, int width, int height) {
    for (int y = 0; y < height; y++) {
        uint8_t *left = pixels + (size_t)y * width * 3;
        uint8_t *right = left + (size_t)(width - 1) * 3;
        for (; left < right; left += 3, right -= 3) {
            for (int channel = 0; channel < 3; channel++) {
                uint8_t held = left[channel];
                left[channel] = right[channel];
                right[channel] = held;
            }
        }
    }
}

// MARK: Colour

static inline uint8_t grey_of(const uint8_t *pixel) {
    return (uint8_t)((pixel[0] * 19595 + pixel[1] * 38470 + pixel[2] * 7471 + 0x8000) >> 16);
}

// From `from` towards `to` by `factor`, which may go beyond either.
static inline uint8_t blend(int from, int to, float factor) {
    float value = (float)from + factor * (float)(to - from);
    if (value <= 0.0f) return 0;
    if (value >= 255.0f) return 255;
    return (uint8_t)value;
}

static void blend_all(uint8_t *pixels, int64_t count, int from, float factor) {
    uint8_t table[256];
    for (int value = 0; value < 256; value++) table[value] = blend(from, value, factor);
    for (int64_t at = 0; at < count * 3; at++) pixels[at] = table[pixels[at]];
}

void pixels_brightness(uint8_t *pixels, int64_t count, float factor) { blend_all(pixels, count, 0, factor); }

void pixels_contrast(uint8_t *pixels, int64_t count, float factor) {
    uint64_t sum = 0;
    for (int64_t at = 0; at < count; at++) sum += grey_of(pixels + at * 3);
    int mean = count > 0 ? (int)((double)sum / (double)count + 0.5) : 0;
    blend_all(pixels, count, mean, factor);
}

void pixels_saturation(uint8_t *pixels, int64_t count, float factor) {
    for (int64_t at = 0; at < count; at++) {
        uint8_t *pixel = pixels + at * 3;
        int grey = grey_of(pixel);
        for (int channel = 0; channel < 3; channel++) pixel[channel] = blend(grey, pixel[channel], factor);
    }
}

void pixels_hue(uint8_t *pixels, int64_t count, uint8_t shift) {
    for (int64_t at = 0; at < count; at++) {
        uint8_t *pixel = pixels + at * 3;
        int red = pixel[0], green = pixel[1], blue = pixel[2];
        int most = red > green ? red : green;
        if (blue > most) most = blue;
        int least = red < green ? red : green;
        if (blue < least) least = blue;
        if (most == least) continue;  // grey has no hue, and no saturation to come back with

        float range = (float)(most - least);
        float from_red = (float)(most - red) / range;
        float from_green = (float)(most - green) / range;
        float from_blue = (float)(most - blue) / range;
        float sextant;
        if (red == most) {
            sextant = from_blue - from_green;
        } else if (green == most) {
            sextant = (float)(2.0 + from_red - from_blue);
        } else {
            sextant = (float)(4.0 + from_green - from_red);
        }
        double turn = sextant / 6.0 + 1.0;
        float turned = (float)(turn >= 1.0 ? turn - 1.0 : turn);
        uint8_t hue = (uint8_t)((uint8_t)(turned * 255.0) + shift);
        uint8_t saturation = (uint8_t)(range / (float)most * 255.0);
        if (saturation == 0) {
            pixel[0] = pixel[1] = pixel[2] = (uint8_t)most;
            continue;
        }

        float back = (float)(hue * 6.0 / 255.0);
        float strength = (float)(saturation / 255.0);
        int sector = (int)back;
        float fraction = back - (float)sector;
        uint8_t low = (uint8_t)lround((double)most * (1.0 - strength));
        uint8_t falling = (uint8_t)lround((double)most * (1.0 - strength * fraction));
        uint8_t rising = (uint8_t)lround((double)most * (1.0 - strength * (1.0 - fraction)));
        uint8_t full = (uint8_t)most;
        switch (sector % 6) {
        case 0: pixel[0] = full, pixel[1] = rising, pixel[2] = low; break;
        case 1: pixel[0] = falling, pixel[1] = full, pixel[2] = low; break;
        case 2: pixel[0] = low, pixel[1] = full, pixel[2] = rising; break;
        case 3: pixel[0] = low, pixel[1] = falling, pixel[2] = full; break;
        case 4: pixel[0] = rising, pixel[1] = low, pixel[2] = full; break;
        default: pixel[0] = full, pixel[1] = low, pixel[2] = falling; break;
        }
    }
}

void pixels_grey(const uint8_t *pixels, int64_t count, uint8_t *grey) {
    for (int64_t at = 0; at < count; at++) grey[at] = grey_of(pixels + at * 3);
}

// MARK: Layout

void pixels_orient(const uint8_t *source, int64_t width, int64_t height, int orientation, uint8_t *target) {
    int64_t wide = orientation >= 5 ? height : width, high = orientation >= 5 ? width : height;
    for (int64_t y = 0; y < high; y++) {
        for (int64_t x = 0; x < wide; x++, target += 3) {
            int64_t left, top;
            switch (orientation) {
            case 2: left = width - 1 - x, top = y; break;
            case 3: left = width - 1 - x, top = height - 1 - y; break;
            case 4: left = x, top = height - 1 - y; break;
            case 5: left = y, top = x; break;
            case 6: left = y, top = height - 1 - x; break;
            case 7: left = width - 1 - y, top = height - 1 - x; break;
            case 8: left = width - 1 - y, top = x; break;
            default: left = x, top = y;
            }
            memcpy(target, source + (top * width + left) * 3, 3);
        }
    }
}
