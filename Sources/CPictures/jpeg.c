// JPEG by libjpeg: accurate transform and smooth upsampling, the library's defaults and Pillow's.

#include "parts.h"

#include <setjmp.h>

#include <jpeglib.h>
#include <jerror.h>

// More than any encoder writes; each scan of a large picture costs a pass over all of it.
enum { most_scans = 100 };

typedef struct {
    struct jpeg_decompress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf back;
    picture *out;
    uint8_t *row;
    // The file ended, and a scan missed data after that.
    int has_ended;
    int misses_data;
    int has_too_many_scans;
} jpeg_work;

static const JOCTET end_marker[2] = {0xFF, JPEG_EOI};

static jpeg_work *work_of(j_common_ptr codec) { return codec->client_data; }

static void on_error(j_common_ptr codec) {
    char text[JMSG_LENGTH_MAX];
    codec->err->format_message(codec, text);
    snprintf(work_of(codec)->out->reason, sizeof work_of(codec)->out->reason, "%s", text);
    longjmp(work_of(codec)->back, 1);
}

// Warnings leave a picture as every viewer shows it, but for a scan without data.
static void on_message(j_common_ptr codec, int level) {
    if (level < 0 && codec->err->msg_code == JWRN_HIT_MARKER && work_of(codec)->has_ended) {
        work_of(codec)->misses_data = 1;
    }
}

static void on_output(j_common_ptr codec) { (void)codec; }

static void begin_source(j_decompress_ptr codec) { (void)codec; }

static boolean fill_source(j_decompress_ptr codec) {
    work_of((j_common_ptr)codec)->has_ended = 1;
    codec->src->next_input_byte = end_marker;
    codec->src->bytes_in_buffer = sizeof end_marker;
    return TRUE;
}

static void skip_source(j_decompress_ptr codec, long count) {
    if (count <= 0) return;
    if ((size_t)count > codec->src->bytes_in_buffer) {
        fill_source(codec);
        return;
    }
    codec->src->next_input_byte += count;
    codec->src->bytes_in_buffer -= (size_t)count;
}

static void end_source(j_decompress_ptr codec) { (void)codec; }

static void on_progress(j_common_ptr codec) {
    if (!codec->is_decompressor || ((j_decompress_ptr)codec)->input_scan_number <= most_scans) return;
    work_of(codec)->has_too_many_scans = 1;
    longjmp(work_of(codec)->back, 1);
}

// A file of several scans that has lost its end is whole only if every coefficient came in full precision.
static int is_whole(const jpeg_work *work) {
    if (!work->has_ended) return 1;
    if (work->misses_data) return 0;
    const struct jpeg_decompress_struct *codec = &work->codec;
    if (!codec->coef_bits) return !jpeg_has_multiple_scans((j_decompress_ptr)codec);
    for (int component = 0; component < codec->num_components; component++) {
        for (int at = 0; at < DCTSIZE2; at++) {
            if (codec->coef_bits[component][at] != 0) return 0;
        }
    }
    return 1;
}

static picture_status decode(jpeg_work *work, int64_t limit) {
    struct jpeg_decompress_struct *codec = &work->codec;
    picture *out = work->out;
    jpeg_read_header(codec, TRUE);
    out->channels = codec->num_components;
    out->depth = codec->data_precision;
    switch (codec->num_components) {
    case 1: codec->out_color_space = JCS_GRAYSCALE; break;
    case 3: codec->out_color_space = JCS_RGB; break;
    case 4: codec->out_color_space = JCS_CMYK; break;
    default:
        return picture_fail(out, picture_broken, "it has %d components", codec->num_components);
    }
    int64_t pixels = (int64_t)codec->image_width * codec->image_height;
    if (codec->image_width > 0 && codec->image_height > limit / codec->image_width) {
        return picture_reserve(out, codec->image_width, codec->image_height, limit);
    }
    // A block of 64 values takes a bit or more; arithmetic coding can do with less, but never with this little.
    if (pixels > 4 << 20 && pixels / 8192 > (int64_t)codec->src->bytes_in_buffer) {
        return picture_fail(
            out, picture_cut_off, "%u x %u pixels cannot be in so few bytes", codec->image_width, codec->image_height);
    }
    jpeg_start_decompress(codec);
    picture_status status = picture_reserve(out, codec->output_width, codec->output_height, limit);
    if (status != picture_ok) return status;
    size_t width = codec->output_width;
    work->row = malloc(width * 4);
    if (!work->row) return picture_fail(out, picture_out_of_memory, "out of memory");
    while (codec->output_scanline < codec->output_height) {
        uint8_t *target = out->rgb + (size_t)codec->output_scanline * width * 3;
        JSAMPROW row = codec->num_components == 3 ? target : work->row;
        if (jpeg_read_scanlines(codec, &row, 1) != 1) break;
        if (codec->num_components == 1) {
            for (size_t x = 0; x < width; x++) memset(target + x * 3, work->row[x], 3);
        } else if (codec->num_components == 4) {
            // Adobe stores inks inverted; like Pillow, so does everyone, with its marker or without.
            for (size_t at = 0; at < width * 4; at++) work->row[at] = 255 - work->row[at];
            for (size_t x = 0; x < width; x++) picture_from_cmyk(work->row + x * 4, target + x * 3);
        }
    }
    if (!is_whole(work)) return picture_fail(out, picture_cut_off, "the data end early");
    return picture_ok;
}

picture_status picture_read_jpeg(const uint8_t *bytes, size_t count, int64_t limit, picture *out) {
    memset(out, 0, sizeof *out);
    jpeg_work *work = calloc(1, sizeof *work);
    if (!work) return picture_fail(out, picture_out_of_memory, "out of memory");
    work->out = out;
    work->codec.err = jpeg_std_error(&work->errors);
    work->errors.error_exit = on_error;
    work->errors.emit_message = on_message;
    work->errors.output_message = on_output;
    work->codec.client_data = work;
    volatile picture_status status;
    if (setjmp(work->back)) {
        picture_release(out);
        if (work->has_too_many_scans) {
            snprintf(out->reason, sizeof out->reason, "it has more than %d scans", most_scans);
        }
        status = work->has_ended ? picture_cut_off : picture_broken;
    } else {
        jpeg_create_decompress(&work->codec);
        work->source.init_source = begin_source;
        work->source.fill_input_buffer = fill_source;
        work->source.skip_input_data = skip_source;
        work->source.resync_to_restart = jpeg_resync_to_restart;
        work->source.term_source = end_source;
        work->source.next_input_byte = bytes;
        work->source.bytes_in_buffer = count;
        work->codec.src = &work->source;
        work->progress.progress_monitor = on_progress;
        work->codec.progress = &work->progress;
        status = decode(work, limit);
    }
    jpeg_destroy_decompress(&work->codec);
    free(work->row);
    free(work);
    return status;
}
