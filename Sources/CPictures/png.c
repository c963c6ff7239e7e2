// PNG by libpng, without any of its transformations: no gamma, no profile, no background.

#include "parts.h"

#include <setjmp.h>

#include <png.h>

typedef struct {
    png_structp png;
    png_infop info;
    picture *out;
    const uint8_t *bytes;
    size_t count;
    size_t position;
    int has_ended;
    uint8_t *rows;
    png_bytep *pointers;
    // Set between `png_read_info` and unpacking.
    int colour;
    int depth;
    uint8_t palette[256][3];
} png_work;

static void on_error(png_structp png, png_const_charp text) {
    png_work *work = png_get_error_ptr(png);
    snprintf(work->out->reason, sizeof work->out->reason, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep target, size_t wanted) {
    png_work *work = png_get_io_ptr(png);
    if (wanted > work->count - work->position) {
        work->has_ended = 1;
        png_error(png, "the data end early");
    }
    memcpy(target, work->bytes + work->position, wanted);
    work->position += wanted;
}

static void unpack(const png_work *work, const uint8_t *row, int64_t width, uint8_t *target) {
    int depth = work->depth;
    // Of 16 bits the upper eight, which come first.
    size_t step = depth == 16 ? 2 : 1;
    switch (work->colour) {
    case PNG_COLOR_TYPE_GRAY:
    case PNG_COLOR_TYPE_PALETTE:
        for (int64_t x = 0; x < width; x++) {
            unsigned value;
            if (depth >= 8) {
                value = row[(size_t)x * step];
            } else {
                int64_t bit = x * depth;
                value = row[bit >> 3] >> (8 - depth - (bit & 7)) & ((1u << depth) - 1);
            }
            if (work->colour == PNG_COLOR_TYPE_PALETTE) {
                memcpy(target + x * 3, work->palette[value & 255], 3);
            } else {
                if (depth < 8) value = value * 255 / ((1u << depth) - 1);
                memset(target + x * 3, (int)value, 3);
            }
        }
        break;
    case PNG_COLOR_TYPE_GRAY_ALPHA:
        for (int64_t x = 0; x < width; x++) memset(target + x * 3, row[(size_t)x * 2 * step], 3);
        break;
    default: {
        size_t channels = work->colour == PNG_COLOR_TYPE_RGB_ALPHA ? 4 : 3;
        for (int64_t x = 0; x < width; x++) {
            for (size_t channel = 0; channel < 3; channel++) {
                target[x * 3 + (int64_t)channel] = row[((size_t)x * channels + channel) * step];
            }
        }
    }
    }
}

static picture_status decode(png_work *work, int64_t limit) {
    png_structp png = work->png;
    picture *out = work->out;
    png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);
    png_set_benign_errors(png, 1);
    png_set_read_fn(png, work, on_read);
    png_read_info(png, work->info);
    png_uint_32 width, height;
    int interlace;
    png_get_IHDR(png, work->info, &width, &height, &work->depth, &work->colour, &interlace, NULL, NULL);
    out->depth = work->depth;
    // A gamma within a twentieth of sRGB's is the usual one.
    png_fixed_point gamma = 0;
    if (png_get_gAMA_fixed(png, work->info, &gamma) && !png_get_valid(png, work->info, PNG_INFO_sRGB)) {
        double product = gamma * 2.2 / 100000;
        out->has_gamma = product < 0.95 || product > 1.05;
    }
    switch (work->colour) {
    case PNG_COLOR_TYPE_GRAY: out->channels = 1; break;
    case PNG_COLOR_TYPE_GRAY_ALPHA: out->channels = 2; break;
    case PNG_COLOR_TYPE_RGB_ALPHA: out->channels = 4; break;
    default: out->channels = 3;
    }
    png_colorp colours;
    int colour_count = 0;
    if (work->colour == PNG_COLOR_TYPE_PALETTE && png_get_PLTE(png, work->info, &colours, &colour_count)) {
        for (int at = 0; at < colour_count && at < 256; at++) {
            work->palette[at][0] = colours[at].red;
            work->palette[at][1] = colours[at].green;
            work->palette[at][2] = colours[at].blue;
        }
    }
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, work->info);
    size_t stride = png_get_rowbytes(png, work->info);
    // Deflate makes of a byte at most 1032; a size that needs more is not in this file.
    if ((uint64_t)width * height > 4 << 20 && (uint64_t)stride * height / 1100 > work->count
        && (int64_t)width <= limit / (int64_t)height) {
        return picture_fail(out, picture_cut_off, "%u x %u pixels cannot be in so few bytes", width, height);
    }
    picture_status status = picture_reserve(out, width, height, limit);
    if (status != picture_ok) return status;
    size_t kept = passes > 1 ? height : 1;
    work->rows = calloc(kept, stride);
    work->pointers = calloc(kept, sizeof *work->pointers);
    if (!work->rows || !work->pointers) return picture_fail(out, picture_out_of_memory, "out of memory");
    if (passes == 1) {
        for (size_t y = 0; y < height; y++) {
            png_read_row(png, work->rows, NULL);
            unpack(work, work->rows, width, out->rgb + y * width * 3);
        }
        return picture_ok;
    }
    for (size_t y = 0; y < height; y++) work->pointers[y] = work->rows + y * stride;
    png_read_image(png, work->pointers);
    for (size_t y = 0; y < height; y++) unpack(work, work->pointers[y], width, out->rgb + y * width * 3);
    return picture_ok;
}

picture_status picture_read_png(const uint8_t *bytes, size_t count, int64_t limit, picture *out) {
    memset(out, 0, sizeof *out);
    png_work *work = calloc(1, sizeof *work);
    if (!work) return picture_fail(out, picture_out_of_memory, "out of memory");
    work->out = out;
    work->bytes = bytes;
    work->count = count;
    work->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, work, on_error, on_warning);
    volatile picture_status status = picture_out_of_memory;
    if (work->png) {
        if (setjmp(png_jmpbuf(work->png))) {
            picture_release(out);
            status = work->has_ended ? picture_cut_off : picture_broken;
        } else {
            work->info = png_create_info_struct(work->png);
            if (work->info) status = decode(work, limit);
        }
        png_destroy_read_struct(&work->png, work->info ? &work->info : NULL, NULL);
    }
    free(work->rows);
    free(work->pointers);
    free(work);
    return status;
}
