// WEBP by libwebp; of an animation the first frame on its canvas.

#include "parts.h"

#include <webp/decode.h>
#include <webp/demux.h>

static picture_status failed(const uint8_t *bytes, size_t count, VP8StatusCode code, picture *out) {
    // The container says how long the file is to be.
    int is_short = count >= 8 && count - 8 < picture_little(bytes + 4, 4);
    if (is_short || code == VP8_STATUS_NOT_ENOUGH_DATA) {
        return picture_fail(out, picture_cut_off, "the data end early");
    }
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY: return picture_fail(out, picture_out_of_memory, "out of memory");
    case VP8_STATUS_UNSUPPORTED_FEATURE: return picture_fail(out, picture_broken, "it uses an unsupported feature");
    default: return picture_fail(out, picture_broken, "the data are corrupt");
    }
}

static picture_status first_frame(const uint8_t *bytes, size_t count, picture *out) {
    WebPData data = {bytes, count};
    WebPAnimDecoderOptions options;
    if (!WebPAnimDecoderOptionsInit(&options)) return picture_fail(out, picture_broken, "its decoder is of another version");
    options.color_mode = MODE_RGBA;
    options.use_threads = 0;
    WebPAnimDecoder *decoder = WebPAnimDecoderNew(&data, &options);
    if (!decoder) return failed(bytes, count, VP8_STATUS_BITSTREAM_ERROR, out);
    uint8_t *frame = NULL;
    int milliseconds = 0;
    picture_status status = picture_ok;
    if (WebPAnimDecoderGetNext(decoder, &frame, &milliseconds) && frame) {
        for (int64_t at = 0; at < out->width * out->height; at++) memcpy(out->rgb + at * 3, frame + at * 4, 3);
    } else {
        status = failed(bytes, count, VP8_STATUS_BITSTREAM_ERROR, out);
    }
    WebPAnimDecoderDelete(decoder);
    return status;
}

picture_status picture_read_webp(const uint8_t *bytes, size_t count, int64_t limit, picture *out) {
    memset(out, 0, sizeof *out);
    WebPBitstreamFeatures features;
    VP8StatusCode code = WebPGetFeatures(bytes, count, &features);
    if (code != VP8_STATUS_OK) return failed(bytes, count, code, out);
    out->channels = features.has_alpha ? 4 : 3;
    out->depth = 8;
    picture_status status = picture_reserve(out, features.width, features.height, limit);
    if (status != picture_ok) return status;
    if (features.has_animation) return first_frame(bytes, count, out);
    size_t size = (size_t)(out->width * out->height) * 3;
    if (!WebPDecodeRGBInto(bytes, count, out->rgb, size, (int)(out->width * 3))) {
        return failed(bytes, count, VP8_STATUS_BITSTREAM_ERROR, out);
    }
    return picture_ok;
}
