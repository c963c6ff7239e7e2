// BMP, read by hand: 1 to 32 bits, palettes, bit fields, run lengths, either direction, the headers of Windows and OS/2,
// with the file's own header or without it (.dib).

#include "parts.h"

typedef struct {
    const uint8_t *bytes;
    size_t count;
    size_t pixels;
    int64_t width, height;
    int is_top_down;
    unsigned bits, compression;
    uint32_t masks[3];
    uint8_t palette[256][3];
} bmp_file;

enum { raw = 0, run_length_8 = 1, run_length_4 = 2, bit_fields = 3 };

static picture_status read_head(bmp_file *bmp, picture *out) {
    const uint8_t *bytes = bmp->bytes;
    if (bmp->count < 26) return picture_fail(out, picture_cut_off, "the data end within the header");
    int has_file_header = bytes[0] == 'B' && bytes[1] == 'M';
    size_t start = has_file_header ? 14 : 0;
    uint32_t size = picture_little(bytes + start, 4);
    if (size > bmp->count - start) return picture_fail(out, picture_cut_off, "the data end within the header");
    const uint8_t *head = bytes + start;
    size_t entry = 4;
    uint32_t colours = 0;
    if (size == 12) {
        bmp->width = picture_little(head + 4, 2);
        bmp->height = picture_little(head + 6, 2);
        bmp->bits = picture_little(head + 10, 2);
        entry = 3;
    } else if (size == 40 || size == 52 || size == 56 || size == 64 || size == 108 || size == 124) {
        bmp->width = (int32_t)picture_little(head + 4, 4);
        bmp->height = (int32_t)picture_little(head + 8, 4);
        bmp->is_top_down = bmp->height < 0;
        if (bmp->height < 0) bmp->height = -bmp->height;
        bmp->bits = picture_little(head + 14, 2);
        bmp->compression = picture_little(head + 16, 4);
        colours = picture_little(head + 32, 4);
    } else {
        return picture_fail(out, picture_broken, "its header has the unknown length %u", size);
    }
    out->depth = bmp->bits <= 8 ? (int)bmp->bits : 8;
    out->channels = 3;
    size_t at = start + (size_t)size;
    if (bmp->compression == bit_fields) {
        // A header of 40 bytes has the masks behind it.
        const uint8_t *masks = size >= 52 ? head + 40 : bytes + at;
        if (size < 52) {
            if (bmp->count - at < 12) return picture_fail(out, picture_cut_off, "the data end within the header");
            at += 12;
        }
        for (int channel = 0; channel < 3; channel++) bmp->masks[channel] = picture_little(masks + channel * 4, 4);
    }
    if (bmp->bits <= 8) {
        if (colours == 0) colours = 1u << bmp->bits;
        for (uint32_t index = 0; index < colours && index < 256; index++) {
            if (bmp->count - at < entry) return picture_fail(out, picture_cut_off, "the data end within the palette");
            bmp->palette[index][0] = bytes[at + 2];
            bmp->palette[index][1] = bytes[at + 1];
            bmp->palette[index][2] = bytes[at];
            at += entry;
        }
    }
    bmp->pixels = has_file_header ? picture_little(bytes + 10, 4) : 0;
    if (bmp->pixels == 0) bmp->pixels = at;
    if (bmp->pixels > bmp->count) return picture_fail(out, picture_cut_off, "the data end before the pixels");
    return picture_ok;
}

static uint8_t *row_of(const bmp_file *bmp, const picture *out, int64_t y) {
    return out->rgb + (bmp->is_top_down ? y : bmp->height - 1 - y) * bmp->width * 3;
}

static uint8_t masked(uint32_t pixel, uint32_t mask) {
    if (mask == 0) return 0;
    int shift = __builtin_ctz(mask);
    uint32_t most = mask >> shift;
    return (uint8_t)((uint64_t)((pixel & mask) >> shift) * 255 / most);
}

static picture_status read_rows(const bmp_file *bmp, picture *out) {
    size_t stride = (size_t)((bmp->width * bmp->bits + 31) / 32 * 4);
    for (int64_t y = 0; y < bmp->height; y++) {
        size_t start = bmp->pixels + (size_t)y * stride;
        size_t needed = (size_t)((bmp->width * bmp->bits + 7) / 8);
        if (start > bmp->count || bmp->count - start < needed) {
            return picture_fail(out, picture_cut_off, "the data end early");
        }
        const uint8_t *row = bmp->bytes + start;
        uint8_t *target = row_of(bmp, out, y);
        for (int64_t x = 0; x < bmp->width; x++, target += 3) {
            switch (bmp->bits) {
            case 16: case 24: case 32: {
                int size = (int)bmp->bits / 8;
                uint32_t pixel = picture_little(row + x * size, size);
                for (int channel = 0; channel < 3; channel++) target[channel] = masked(pixel, bmp->masks[channel]);
                break;
            }
            default: {
                int64_t bit = x * bmp->bits;
                unsigned index = row[bit >> 3] >> (8 - bmp->bits - (bit & 7)) & ((1u << bmp->bits) - 1);
                memcpy(target, bmp->palette[index], 3);
            }
            }
        }
    }
    return picture_ok;
}

// Pixels that no run covers keep the palette's first colour.
static picture_status read_runs(const bmp_file *bmp, picture *out) {
    for (int64_t at = 0; at < bmp->width * bmp->height; at++) memcpy(out->rgb + at * 3, bmp->palette[0], 3);
    int is_4 = bmp->compression == run_length_4;
    size_t at = bmp->pixels;
    int64_t x = 0, y = 0;
    while (y < bmp->height) {
        if (bmp->count - at < 2) return picture_fail(out, picture_cut_off, "the data end early");
        unsigned run = bmp->bytes[at], value = bmp->bytes[at + 1];
        at += 2;
        if (run > 0) {
            for (unsigned k = 0; k < run && x < bmp->width; k++, x++) {
                unsigned index = !is_4 ? value : k % 2 == 0 ? value >> 4 : value & 15;
                memcpy(row_of(bmp, out, y) + x * 3, bmp->palette[index], 3);
            }
        } else if (value == 0) {
            x = 0;
            y++;
        } else if (value == 1) {
            return picture_ok;
        } else if (value == 2) {
            if (bmp->count - at < 2) return picture_fail(out, picture_cut_off, "the data end early");
            x += bmp->bytes[at];
            y += bmp->bytes[at + 1];
            at += 2;
            if (x > bmp->width) x = bmp->width;
        } else {
            size_t size = is_4 ? (value + 1) / 2 : value;
            if (bmp->count - at < size) return picture_fail(out, picture_cut_off, "the data end early");
            for (unsigned k = 0; k < value && x < bmp->width; k++, x++) {
                unsigned index = bmp->bytes[at + (is_4 ? k / 2 : k)];
                if (is_4) index = k % 2 == 0 ? index >> 4 : index & 15;
                memcpy(row_of(bmp, out, y) + x * 3, bmp->palette[index], 3);
            }
            at += size + size % 2;
            if (at > bmp->count) at = bmp->count;
        }
    }
    return picture_ok;
}

picture_status picture_read_bmp(const uint8_t *bytes, size_t count, int64_t limit, picture *out) {
    memset(out, 0, sizeof *out);
    bmp_file bmp;
    memset(&bmp, 0, sizeof bmp);
    bmp.bytes = bytes;
    bmp.count = count;
    picture_status status = read_head(&bmp, out);
    if (status != picture_ok) return status;
    int is_run = (bmp.compression == run_length_8 && bmp.bits == 8) || (bmp.compression == run_length_4 && bmp.bits == 4);
    int is_deep = bmp.bits == 16 || bmp.bits == 24 || bmp.bits == 32;
    if (!is_deep && bmp.bits != 1 && bmp.bits != 2 && bmp.bits != 4 && bmp.bits != 8) {
        return picture_fail(out, picture_broken, "%u bits a pixel are not supported", bmp.bits);
    }
    if (!is_run && bmp.compression != raw && !(bmp.compression == bit_fields && is_deep)) {
        return picture_fail(out, picture_broken, "its compression %u is not supported", bmp.compression);
    }
    if (bmp.compression == raw && is_deep) {
        static const uint32_t wide[3] = {0xFF0000, 0xFF00, 0xFF}, narrow[3] = {0x7C00, 0x3E0, 0x1F};
        memcpy(bmp.masks, bmp.bits == 16 ? narrow : wide, sizeof bmp.masks);
    } else if (bmp.compression == bit_fields && !(bmp.masks[0] | bmp.masks[1] | bmp.masks[2])) {
        static const uint32_t wide[3] = {0xFF0000, 0xFF00, 0xFF};
        memcpy(bmp.masks, wide, sizeof bmp.masks);
    }
    if (!is_run && bmp.width > 0 && bmp.height > 0 && bmp.width <= limit / bmp.height
        && (uint64_t)((bmp.width * bmp.bits + 7) / 8) * (uint64_t)bmp.height > count) {
        return picture_fail(out, picture_cut_off, "the data end early");
    }
    status = picture_reserve(out, bmp.width, bmp.height, limit);
    if (status != picture_ok) return status;
    return is_run ? read_runs(&bmp, out) : read_rows(&bmp, out);
}
