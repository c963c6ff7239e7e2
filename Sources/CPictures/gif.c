// The first frame of a GIF by giflib, on its canvas. Transparent pixels keep the colour of their index.

#include "parts.h"

#include <gif_lib.h>

typedef struct {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    int has_ended;
} gif_source;

static int on_read(GifFileType *gif, GifByteType *target, int wanted) {
    gif_source *source = gif->UserData;
    if (wanted < 0) return 0;
    size_t left = source->count - source->position;
    size_t taken = (size_t)wanted < left ? (size_t)wanted : left;
    if (taken < (size_t)wanted) source->has_ended = 1;
    memcpy(target, source->bytes + source->position, taken);
    source->position += taken;
    return (int)taken;
}

static picture_status failed(GifFileType *gif, const gif_source *source, picture *out) {
    if (source->has_ended) return picture_fail(out, picture_cut_off, "the data end early");
    const char *text = GifErrorString(gif->Error);
    return picture_fail(out, picture_broken, "%s", text ? text : "the data are corrupt");
}

static void fill(uint8_t *target, int64_t pixels, const uint8_t *colour) {
    for (int64_t at = 0; at < pixels; at++) memcpy(target + at * 3, colour, 3);
}

/// Fills the canvas outside the frame. Whole rows are copied from the first of them, because a few bytes may announce a
/// canvas of many megabytes.
static void fill_around(
    const GifImageDesc *frame, int64_t width, int64_t height, const uint8_t *colour, picture *out
) {
    int64_t right = frame->Left + frame->Width;
    const uint8_t *filled = NULL;
    for (int64_t y = 0; y < height; y++) {
        uint8_t *row = out->rgb + y * width * 3;
        if (y >= frame->Top && y < frame->Top + frame->Height) {
            fill(row, frame->Left, colour);
            fill(row + right * 3, width - right, colour);
        } else if (filled) {
            memcpy(row, filled, (size_t)width * 3);
        } else {
            fill(row, width, colour);
            filled = row;
        }
    }
}

static picture_status read_frame(
    GifFileType *gif, const gif_source *source, int transparent, int64_t limit, picture *out
) {
    if (DGifGetImageDesc(gif) == GIF_ERROR) return failed(gif, source, out);
    const GifImageDesc *frame = &gif->Image;
    int64_t width = frame->Left + frame->Width, height = frame->Top + frame->Height;
    if (gif->SWidth > width) width = gif->SWidth;
    if (gif->SHeight > height) height = gif->SHeight;
    picture_status status = picture_reserve(out, width, height, limit);
    if (status != picture_ok) return status;
    out->channels = 3;
    out->depth = 8;

    const ColorMapObject *map = frame->ColorMap ? frame->ColorMap : gif->SColorMap;
    uint8_t palette[256][3] = {{0}};
    for (int at = 0; at < 256; at++) {
        if (!map) {
            memset(palette[at], at, 3);
        } else if (at < map->ColorCount) {
            palette[at][0] = map->Colors[at].Red;
            palette[at][1] = map->Colors[at].Green;
            palette[at][2] = map->Colors[at].Blue;
        }
    }
    if (frame->Width <= 0 || frame->Height <= 0) return picture_fail(out, picture_broken, "its frame is empty");
    GifPixelType *row = malloc((size_t)frame->Width);
    if (!row) return picture_fail(out, picture_out_of_memory, "out of memory");
    static const int starts[4] = {0, 4, 2, 1}, steps[4] = {8, 8, 4, 2};
    int passes = frame->Interlace ? 4 : 1;
    for (int pass = 0; pass < passes && status == picture_ok; pass++) {
        int step = frame->Interlace ? steps[pass] : 1;
        for (int y = frame->Interlace ? starts[pass] : 0; y < frame->Height; y += step) {
            if (DGifGetLine(gif, row, frame->Width) == GIF_ERROR) {
                status = failed(gif, source, out);
                break;
            }
            uint8_t *target = out->rgb + ((int64_t)(frame->Top + y) * width + frame->Left) * 3;
            for (int x = 0; x < frame->Width; x++) memcpy(target + x * 3, palette[row[x]], 3);
        }
    }
    free(row);
    // Only now, because a few bytes may announce a large canvas.
    if (status == picture_ok) fill_around(frame, width, height, palette[transparent >= 0 ? transparent : 0], out);
    return status;
}

static picture_status decode(GifFileType *gif, const gif_source *source, int64_t limit, picture *out) {
    int transparent = -1;
    for (;;) {
        GifRecordType type;
        if (DGifGetRecordType(gif, &type) == GIF_ERROR) {
            // Bytes between two blocks are skipped, as in Pillow.
            if (gif->Error == D_GIF_ERR_WRONG_RECORD && !source->has_ended) continue;
            return failed(gif, source, out);
        }
        switch (type) {
        case IMAGE_DESC_RECORD_TYPE: return read_frame(gif, source, transparent, limit, out);
        case TERMINATE_RECORD_TYPE: return picture_fail(out, picture_broken, "it has no frame");
        case EXTENSION_RECORD_TYPE: {
            int code;
            GifByteType *block;
            if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) return failed(gif, source, out);
            // A block begins with its length.
            if (code == GRAPHICS_EXT_FUNC_CODE && block && block[0] >= 4 && (block[1] & 1)) transparent = block[4];
            while (block) {
                if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) return failed(gif, source, out);
            }
            break;
        }
        default: break;
        }
    }
}

picture_status picture_read_gif(const uint8_t *bytes, size_t count, int64_t limit, picture *out) {
    memset(out, 0, sizeof *out);
    gif_source source = {bytes, count, 0, 0};
    int code = 0;
    GifFileType *gif = DGifOpen(&source, on_read, &code);
    if (!gif) {
        if (source.has_ended) return picture_fail(out, picture_cut_off, "the data end early");
        const char *text = GifErrorString(code);
        return picture_fail(out, picture_broken, "%s", text ? text : "the data are corrupt");
    }
    picture_status status = decode(gif, &source, limit, out);
    DGifCloseFile(gif, &code);
    return status;
}
