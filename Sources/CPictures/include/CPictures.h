// Decoders of picture files behind one C interface: their libraries report errors by longjmp, which Swift cannot catch.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    picture_ok = 0,
    /// The data break the format's rules, or use a part of it that is not supported; `reason` says which.
    picture_broken,
    /// The file ends before its picture does.
    picture_cut_off,
    /// `width` x `height` pixels are more than the limit.
    picture_too_large,
    picture_out_of_memory,
} picture_status;

/// A decoded picture, or the reason why there is none.
typedef struct {
    /// `width * height * 3` interleaved values, to be released by `picture_release`; NULL unless the status is `picture_ok`.
    uint8_t *rgb;
    int64_t width;
    int64_t height;
    /// Channels of the file: 1 grey or palette index, 2 grey with alpha, 3 colour, 4 colour with alpha, or CMYK.
    int channels;
    /// Bits of a sample in the file.
    int depth;
    /// Nonzero when a PNG states a gamma other than sRGB's. The values are never changed by it.
    int has_gamma;
    char reason[256];
} picture;

/// The decoders. Each reads `count` bytes at `bytes`, takes pictures of at most `limit` pixels, and gives the first frame of
/// several, as it is stored (the orientation is not applied).
picture_status picture_read_jpeg(const uint8_t *bytes, size_t count, int64_t limit, picture *out);
picture_status picture_read_png(const uint8_t *bytes, size_t count, int64_t limit, picture *out);
picture_status picture_read_webp(const uint8_t *bytes, size_t count, int64_t limit, picture *out);
picture_status picture_read_gif(const uint8_t *bytes, size_t count, int64_t limit, picture *out);
picture_status picture_read_bmp(const uint8_t *bytes, size_t count, int64_t limit, picture *out);
picture_status picture_read_tiff(const uint8_t *bytes, size_t count, int64_t limit, picture *out);

void picture_release(picture *picture);

#ifdef __cplusplus
}
#endif
