// The first page of a TIFF by libtiff: grey, palette, RGB, CMYK and YCbCr of 1 to 16 bits, in strips or tiles.

#include "parts.h"

#include <stdarg.h>

#include <tiffio.h>

typedef struct {
    TIFF *tiff;
    picture *out;
    const uint8_t *bytes;
    uint64_t count;
    uint64_t position;
    int has_ended;
    uint32_t width, height;
    uint16_t bits, samples, photometric, planes, extra;
    int is_tiled;
    uint8_t palette[256][3];
} tiff_work;

static tmsize_t on_read(thandle_t handle, void *target, tmsize_t wanted) {
    tiff_work *work = handle;
    uint64_t left = work->position < work->count ? work->count - work->position : 0;
    uint64_t taken = (uint64_t)wanted < left ? (uint64_t)wanted : left;
    if (taken < (uint64_t)wanted) work->has_ended = 1;
    memcpy(target, work->bytes + work->position, taken);
    work->position += taken;
    return (tmsize_t)taken;
}

static tmsize_t on_write(thandle_t handle, void *source, tmsize_t count) {
    (void)handle;
    (void)source;
    (void)count;
    return -1;
}

static toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
    tiff_work *work = handle;
    uint64_t base = whence == SEEK_CUR ? work->position : whence == SEEK_END ? work->count : 0;
    work->position = base + offset < work->count ? base + offset : work->count;
    if (base + offset > work->count) work->has_ended = 1;
    return work->position;
}

static int on_close(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t on_size(thandle_t handle) { return ((tiff_work *)handle)->count; }

// The first error is the cause; later ones follow from it.
static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
    (void)tiff;
    (void)module;
    tiff_work *work = user;
    if (!work->out->reason[0]) vsnprintf(work->out->reason, sizeof work->out->reason, format, arguments);
    return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
    (void)tiff;
    (void)user;
    (void)module;
    (void)format;
    (void)arguments;
    return 1;
}

static picture_status failed(tiff_work *work, const char *fallback) {
    picture_release(work->out);
    if (!work->out->reason[0]) snprintf(work->out->reason, sizeof work->out->reason, "%s", fallback);
    return work->has_ended ? picture_cut_off : picture_broken;
}

// The upper eight bits of a sample; fewer bits are spread over the range, except for an index.
static inline uint8_t sample(const tiff_work *work, const uint8_t *row, int64_t at) {
    switch (work->bits) {
    case 8: return row[at];
    case 16: {
        uint16_t value;
        memcpy(&value, row + at * 2, 2);
        return (uint8_t)(value >> 8);
    }
    case 12: {
        const uint8_t *pair = row + at / 2 * 3;
        return at % 2 == 0 ? pair[0] : (uint8_t)(pair[1] << 4 | pair[2] >> 4);
    }
    default: {
        int64_t bit = at * work->bits;
        unsigned most = (1u << work->bits) - 1;
        unsigned value = row[bit >> 3] >> (8 - work->bits - (bit & 7)) & most;
        return (uint8_t)(work->photometric == PHOTOMETRIC_PALETTE ? value : value * 255 / most);
    }
    }
}

static inline uint8_t undone(uint8_t value, uint8_t alpha) {
    if (alpha == 0 || alpha == 255) return alpha == 0 ? 0 : value;
    int whole = value * 255 / alpha;
    return whole > 255 ? 255 : (uint8_t)whole;
}

static inline uint8_t clamped(int value) { return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value; }

// In steps of 1/64; the sum is cut off towards zero, as in Pillow's tables.
static inline int chroma(double factor, uint8_t value) { return (int)(factor * 64 * (value - 128) + 0.5); }

// As Pillow converts what it read without libtiff.
static void from_ycbcr(const uint8_t *values, uint8_t *target) {
    int y = values[0];
    target[0] = clamped(y + (chroma(1.402, values[2]) >> 6));
    target[1] = clamped(y + ((chroma(-0.34414, values[1]) + chroma(-0.71414, values[2])) >> 6));
    target[2] = clamped(y + (chroma(1.772, values[1]) >> 6));
}

// `planes` are the rows of the samples: one row with all of them, or a row for each.
static void unpack(const tiff_work *work, uint8_t *const *planes, int64_t width, uint8_t *target) {
    int is_apart = work->planes == PLANARCONFIG_SEPARATE;
    int step = is_apart ? 1 : work->samples;
    for (int64_t x = 0; x < width; x++, target += 3) {
        uint8_t values[5] = {0};
        for (int channel = 0; channel < work->samples && channel < 5; channel++) {
            values[channel] = is_apart
                ? sample(work, planes[channel], x) : sample(work, planes[0], x * step + channel);
        }
        int alpha = -1;
        switch (work->photometric) {
        case PHOTOMETRIC_PALETTE:
            memcpy(target, work->palette[values[0]], 3);
            continue;
        case PHOTOMETRIC_SEPARATED:
            picture_from_cmyk(values, target);
            continue;
        case PHOTOMETRIC_YCBCR:
            from_ycbcr(values, target);
            continue;
        case PHOTOMETRIC_MINISWHITE:
            // As in Pillow, 16 bits are not inverted.
            memset(target, work->bits == 16 ? values[0] : 255 - values[0], 3);
            if (work->extra == EXTRASAMPLE_ASSOCALPHA && work->samples > 1) alpha = values[1];
            break;
        case PHOTOMETRIC_MINISBLACK:
            memset(target, values[0], 3);
            if (work->extra == EXTRASAMPLE_ASSOCALPHA && work->samples > 1) alpha = values[1];
            break;
        default:
            memcpy(target, values, 3);
            if (work->extra == EXTRASAMPLE_ASSOCALPHA && work->samples > 3) alpha = values[3];
        }
        if (alpha >= 0) {
            for (int channel = 0; channel < 3; channel++) target[channel] = undone(target[channel], (uint8_t)alpha);
        }
    }
}

// Strips are tiles as wide as the picture.
static picture_status read_tiles(tiff_work *work) {
    TIFF *tiff = work->tiff;
    picture *out = work->out;
    uint32_t wide = work->width, high = work->height;
    if (work->is_tiled) {
        if (!TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &wide) || !TIFFGetField(tiff, TIFFTAG_TILELENGTH, &high)) {
            return failed(work, "its tiles have no size");
        }
    } else {
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &high);
        if (high > work->height) high = work->height;
    }
    tmsize_t size = work->is_tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
    tmsize_t stride = work->is_tiled ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff);
    int apart = work->planes == PLANARCONFIG_SEPARATE;
    int planes = apart ? (work->samples < 5 ? work->samples : 5) : 1;
    int64_t values = (int64_t)wide * (apart ? 1 : work->samples);
    if (wide == 0 || high == 0 || size <= 0 || stride <= 0 || size / stride < high
        || stride < (values * work->bits + 7) / 8) {
        return failed(work, "its strips or tiles do not fit its size");
    }
    // A strip or tile is never much larger than the picture, but for the padding of tiles.
    if (size > (tmsize_t)64 << 20 && size / 32 > (int64_t)work->width * work->height) {
        return failed(work, "its tiles are far larger than the picture");
    }
    uint8_t *buffer = _TIFFmalloc(size * planes);
    if (!buffer) return picture_fail(out, picture_out_of_memory, "out of memory");
    picture_status status = picture_ok;
    for (uint32_t top = 0; top < work->height && status == picture_ok; top += high) {
        for (uint32_t left = 0; left < work->width && status == picture_ok; left += wide) {
            uint32_t rows = work->height - top < high ? work->height - top : high;
            uint32_t columns = work->width - left < wide ? work->width - left : wide;
            for (int plane = 0; plane < planes && status == picture_ok; plane++) {
                uint8_t *target = buffer + size * plane;
                tmsize_t got = work->is_tiled
                    ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, left, top, 0, (uint16_t)plane), target, size)
                    : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, top, (uint16_t)plane), target, size);
                if (got < stride * (tmsize_t)rows) status = failed(work, "the data end early");
            }
            for (uint32_t y = 0; y < rows && status == picture_ok; y++) {
                uint8_t *at[5];
                for (int plane = 0; plane < planes; plane++) at[plane] = buffer + size * plane + stride * (tmsize_t)y;
                unpack(work, at, columns, out->rgb + ((int64_t)(top + y) * work->width + left) * 3);
            }
            if (left > UINT32_MAX - wide) break;
        }
        if (top > UINT32_MAX - high) break;
    }
    _TIFFfree(buffer);
    return status;
}

// Whether the samples are YCbCr of full resolution without compression, which Pillow reads without libtiff.
static int is_plain_ycbcr(const tiff_work *work, uint16_t compression) {
    uint16_t across = 2, down = 2;
    if (work->photometric != PHOTOMETRIC_YCBCR || compression != COMPRESSION_NONE || work->bits != 8
        || work->samples != 3 || work->planes != PLANARCONFIG_CONTIG) return 0;
    TIFFGetFieldDefaulted(work->tiff, TIFFTAG_YCBCRSUBSAMPLING, &across, &down);
    return across == 1 && down == 1;
}

// Other YCbCr goes through the library's own conversion.
static picture_status read_converted(tiff_work *work) {
    int64_t count = (int64_t)work->width * work->height;
    uint32_t *raster = _TIFFmalloc((tmsize_t)(count * 4));
    if (!raster) return picture_fail(work->out, picture_out_of_memory, "out of memory");
    picture_status status = picture_ok;
    // Rows as they are stored: the orientation is applied later, to every format alike.
    TIFFSetField(work->tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    if (TIFFReadRGBAImageOriented(work->tiff, work->width, work->height, raster, ORIENTATION_TOPLEFT, 1)) {
        for (int64_t at = 0; at < count; at++) {
            work->out->rgb[at * 3] = TIFFGetR(raster[at]);
            work->out->rgb[at * 3 + 1] = TIFFGetG(raster[at]);
            work->out->rgb[at * 3 + 2] = TIFFGetB(raster[at]);
        }
    } else {
        status = failed(work, "the data are corrupt");
    }
    _TIFFfree(raster);
    return status;
}

static picture_status decode(tiff_work *work, int64_t limit) {
    TIFF *tiff = work->tiff;
    picture *out = work->out;
    uint16_t format = SAMPLEFORMAT_UINT, compression = COMPRESSION_NONE, extra_count = 0, *extras = NULL;
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &work->width)
        || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &work->height)) {
        return failed(work, "it has no size");
    }
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &work->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &work->samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &work->planes);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extras);
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &work->photometric)) work->photometric = PHOTOMETRIC_MINISWHITE;
    work->extra = extra_count > 0 && extras ? extras[0] : EXTRASAMPLE_UNSPECIFIED;
    work->is_tiled = TIFFIsTiled(tiff);
    out->depth = work->bits;
    out->channels = work->samples < 4 ? work->samples : 4;
    int is_converted = compression == COMPRESSION_OJPEG || work->photometric == PHOTOMETRIC_YCBCR;
    if (work->photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG
        && work->planes == PLANARCONFIG_CONTIG) {
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        work->photometric = PHOTOMETRIC_RGB;
        is_converted = 0;
    }
    if (is_plain_ycbcr(work, compression)) is_converted = 0;
    int needed = 1;
    switch (work->photometric) {
    case PHOTOMETRIC_MINISWHITE: case PHOTOMETRIC_MINISBLACK: break;
    case PHOTOMETRIC_PALETTE: out->channels = 3; break;
    case PHOTOMETRIC_RGB: case PHOTOMETRIC_YCBCR: needed = 3; break;
    case PHOTOMETRIC_SEPARATED: needed = 4; break;
    default:
        return picture_fail(out, picture_broken, "its colour space %u is not supported", work->photometric);
    }
    if (!is_converted) {
        int is_small = work->bits == 1 || work->bits == 2 || work->bits == 4;
        int is_usual = work->bits == 8 || (work->bits == 16 && work->photometric != PHOTOMETRIC_PALETTE);
        int is_odd = work->bits == 12 && needed == 1 && work->photometric != PHOTOMETRIC_PALETTE;
        if (!is_usual && !is_odd && !(is_small && needed == 1)) {
            return picture_fail(out, picture_broken, "%u bits a sample are not supported: save it with 8 or 16", work->bits);
        }
        if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID && !(format == SAMPLEFORMAT_INT && work->bits == 8)) {
            return picture_fail(out, picture_broken, "signed and floating-point samples are not supported: save it with 8 or 16 bits");
        }
    }
    if (work->samples < needed) return picture_fail(out, picture_broken, "it has too few samples a pixel");
    if (work->photometric == PHOTOMETRIC_PALETTE) {
        uint16_t *red, *green, *blue;
        if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue)) return failed(work, "it has no palette");
        for (int at = 0; at < 1 << work->bits && at < 256; at++) {
            work->palette[at][0] = (uint8_t)(red[at] >> 8);
            work->palette[at][1] = (uint8_t)(green[at] >> 8);
            work->palette[at][2] = (uint8_t)(blue[at] >> 8);
        }
    }
    picture_status status = picture_reserve(out, work->width, work->height, limit);
    if (status != picture_ok) return status;
    return is_converted ? read_converted(work) : read_tiles(work);
}

picture_status picture_read_tiff(const uint8_t *bytes, size_t count, int64_t limit, picture *out) {
    memset(out, 0, sizeof *out);
    tiff_work work;
    memset(&work, 0, sizeof work);
    work.out = out;
    work.bytes = bytes;
    work.count = count;
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return picture_fail(out, picture_out_of_memory, "out of memory");
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, &work);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, &work);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)limit * 8 + (64 << 20));
    // "m": no memory map; every read is checked here.
    work.tiff = TIFFClientOpenExt(
        "picture", "rm", &work, on_read, on_write, on_seek, on_close, on_size, NULL, NULL, options);
    picture_status status = work.tiff ? decode(&work, limit) : failed(&work, "it has no first page");
    if (work.tiff) TIFFClose(work.tiff);
    TIFFOpenOptionsFree(options);
    return status;
}
