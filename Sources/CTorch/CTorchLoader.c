// The C interface of CTorch in programs that are not linked against libtorch: it is loaded from a library of its own, which
// scripts/build-wheel makes of CTorch.cpp for the libtorch of a Python package.

#include "CTorch.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(XSTATUS, XNOTHING, XVALUE) \
    XNOTHING(torch_set_threads, (int32_t threads), (threads)) \
    XVALUE(const char *, torch_version, (void), ()) \
    XVALUE(const char *, torch_instructions, (void), ()) \
    XVALUE(const char *, torch_blas, (void), ()) \
    XNOTHING(torch_record_gradients, (bool record), (record)) \
    XVALUE(bool, torch_has_cuda, (void), ()) \
    XVALUE(const char *, torch_cuda_versions, (void), ()) \
    XSTATUS(torch_use_cuda, (bool use), (use)) \
    XNOTHING(torch_mixed_precision, (bool on), (on)) \
    XNOTHING(torch_release, (TorchTensorRef tensor), (tensor)) \
    XSTATUS(torch_from_floats, \
        (const float *values, const int64_t *sizes, int32_t rank, TorchTensorRef *result), (values, sizes, rank, result)) \
    XSTATUS(torch_from_indices, \
        (const int64_t *values, int64_t count, TorchTensorRef *result), (values, count, result)) \
    XSTATUS(torch_from_pixels, \
        (const uint8_t *pixels, int64_t count, int64_t height, int64_t width, const float *tables, TorchTensorRef *result), (pixels, count, height, width, tables, result)) \
    XSTATUS(torch_channels_last, (TorchTensorRef x, TorchTensorRef *result), (x, result)) \
    XVALUE(int32_t, torch_rank, (TorchTensorRef tensor), (tensor)) \
    XVALUE(int64_t, torch_size, (TorchTensorRef tensor, int32_t dimension), (tensor, dimension)) \
    XVALUE(int64_t, torch_count, (TorchTensorRef tensor), (tensor)) \
    XSTATUS(torch_read_floats, (TorchTensorRef tensor, float *values), (tensor, values)) \
    XSTATUS(torch_read_indices, (TorchTensorRef tensor, int64_t *values), (tensor, values)) \
    XSTATUS(torch_write_floats, (TorchTensorRef tensor, const float *values), (tensor, values)) \
    XSTATUS(torch_conv2d, \
        (TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, int64_t stride, int64_t padding, int64_t groups, TorchTensorRef *result), (x, weight, bias, stride, padding, groups, result)) \
    XSTATUS(torch_pad, \
        (TorchTensorRef x, int64_t left, int64_t right, int64_t top, int64_t bottom, TorchTensorRef *result), (x, left, right, top, bottom, result)) \
    XSTATUS(torch_batch_norm, \
        (TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, TorchTensorRef mean, TorchTensorRef variance, bool training, double momentum, double epsilon, TorchTensorRef *result), (x, weight, bias, mean, variance, training, momentum, epsilon, result)) \
    XSTATUS(torch_activate, \
        (TorchTensorRef x, TorchActivation activation, TorchTensorRef *result), (x, activation, result)) \
    XSTATUS(torch_max_pool2d, (TorchTensorRef x, int64_t size, int64_t stride, int64_t padding, TorchTensorRef *result), (x, size, stride, padding, result)) \
    XSTATUS(torch_layer_norm, \
        (TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, double epsilon, TorchTensorRef *result), (x, weight, bias, epsilon, result)) \
    XSTATUS(torch_channels_at_end, (TorchTensorRef x, bool forward, TorchTensorRef *result), (x, forward, result)) \
    XSTATUS(torch_tokens, (TorchTensorRef x, TorchTensorRef first, TorchTensorRef *result), (x, first, result)) \
    XSTATUS(torch_attention, (TorchTensorRef packed, int64_t heads, TorchTensorRef *result), (packed, heads, result)) \
    XSTATUS(torch_first_token, (TorchTensorRef x, TorchTensorRef *result), (x, result)) \
    XSTATUS(torch_column_moments, (TorchTensorRef x, double *mean, double *deviation), (x, mean, deviation)) \
    XSTATUS(torch_standardized, \
        (TorchTensorRef x, const double *mean, const double *scale, TorchTensorRef *result), (x, mean, scale, result)) \
    XSTATUS(torch_logistic_loss, \
        (TorchTensorRef x, TorchTensorRef targets, int64_t classes, const double *coefficients, double penalty, double *loss, double *gradient), (x, targets, classes, coefficients, penalty, loss, gradient)) \
    XSTATUS(torch_logistic_shares, \
        (TorchTensorRef x, int64_t classes, const double *coefficients, double *shares), (x, classes, coefficients, shares)) \
    XSTATUS(torch_nearest_rows, \
        (TorchTensorRef x, TorchTensorRef among, int64_t count, int64_t *indices), (x, among, count, indices)) \
    XSTATUS(torch_max_pool_rows, (TorchTensorRef x, int64_t size, TorchTensorRef *result), (x, size, result)) \
    XSTATUS(torch_global_average, (TorchTensorRef x, TorchTensorRef *result), (x, result)) \
    XSTATUS(torch_global_maximum, (TorchTensorRef x, TorchTensorRef *result), (x, result)) \
    XSTATUS(torch_flatten, (TorchTensorRef x, TorchTensorRef *result), (x, result)) \
    XSTATUS(torch_linear, \
        (TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, TorchTensorRef *result), (x, weight, bias, result)) \
    XSTATUS(torch_add, (TorchTensorRef x, TorchTensorRef y, TorchTensorRef *result), (x, y, result)) \
    XSTATUS(torch_multiply, (TorchTensorRef x, TorchTensorRef y, TorchTensorRef *result), (x, y, result)) \
    XSTATUS(torch_dropout, \
        (TorchTensorRef x, double probability, TorchGeneratorRef generator, TorchTensorRef *result), (x, probability, generator, result)) \
    XSTATUS(torch_drop_examples, \
        (TorchTensorRef x, double probability, TorchGeneratorRef generator, TorchTensorRef *result), (x, probability, generator, result)) \
    XSTATUS(torch_cross_entropy, \
        (TorchTensorRef logits, TorchTensorRef targets, double label_smoothing, TorchTensorRef *result), (logits, targets, label_smoothing, result)) \
    XSTATUS(torch_binary_cross_entropy, \
        (TorchTensorRef logits, TorchTensorRef targets, TorchTensorRef *result), (logits, targets, result)) \
    XSTATUS(torch_squared_error, \
        (TorchTensorRef values, TorchTensorRef targets, TorchTensorRef *result), (values, targets, result)) \
    XSTATUS(torch_softmax, (TorchTensorRef logits, TorchTensorRef *result), (logits, result)) \
    XSTATUS(torch_column_log_softmax, (TorchTensorRef logits, TorchTensorRef *result), (logits, result)) \
    XSTATUS(torch_ctc_loss, \
        (TorchTensorRef log_probabilities, TorchTensorRef targets, const int64_t *widths, const int64_t *lengths, int64_t count, TorchTensorRef *result), (log_probabilities, targets, widths, lengths, count, result)) \
    XSTATUS(torch_sum, (TorchTensorRef x, TorchTensorRef *result), (x, result)) \
    XNOTHING(torch_require_gradient, (TorchTensorRef parameter, bool required), (parameter, required)) \
    XSTATUS(torch_backward, (TorchTensorRef loss), (loss)) \
    XVALUE(bool, torch_has_gradient, (TorchTensorRef parameter), (parameter)) \
    XSTATUS(torch_gradient, (TorchTensorRef parameter, TorchTensorRef *result), (parameter, result)) \
    XNOTHING(torch_clear_gradient, (TorchTensorRef parameter), (parameter)) \
    XSTATUS(torch_adamw, \
        (TorchTensorRef parameter, TorchTensorRef mean, TorchTensorRef square, int64_t step, double learning_rate, double weight_decay, double beta1, double beta2, double epsilon), (parameter, mean, square, step, learning_rate, weight_decay, beta1, beta2, epsilon)) \
    XSTATUS(torch_sgd, \
        (TorchTensorRef parameter, TorchTensorRef velocity, bool first, double learning_rate, double momentum, bool nesterov, double weight_decay), (parameter, velocity, first, learning_rate, momentum, nesterov, weight_decay)) \
    XSTATUS(torch_make_generator, (uint64_t seed, TorchGeneratorRef *result), (seed, result)) \
    XNOTHING(torch_release_generator, (TorchGeneratorRef generator), (generator)) \
    XSTATUS(torch_generator_state_size, (TorchGeneratorRef generator, int64_t *size), (generator, size)) \
    XSTATUS(torch_read_generator, (TorchGeneratorRef generator, uint8_t *state), (generator, state)) \
    XSTATUS(torch_write_generator, \
        (TorchGeneratorRef generator, const uint8_t *state, int64_t size), (generator, state, size)) \
    XSTATUS(torch_fill_normal, \
        (TorchTensorRef tensor, double deviation, TorchGeneratorRef generator), (tensor, deviation, generator)) \
    XSTATUS(torch_fill_uniform, \
        (TorchTensorRef tensor, double bound, TorchGeneratorRef generator), (tensor, bound, generator))

#define FIELD_STATUS(name, arguments, names) TorchStatus (*name) arguments;
#define FIELD_NOTHING(name, arguments, names) void (*name) arguments;
#define FIELD_VALUE(result, name, arguments, names) result (*name) arguments;
static struct {
    FUNCTIONS(FIELD_STATUS, FIELD_NOTHING, FIELD_VALUE)
} loaded;

const char *torch_load(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return dlerror();
#define FIND(name) \
    *(void **)(&loaded.name) = dlsym(library, #name); \
    if (!loaded.name) return dlerror();
#define FIND_NAMED(name, arguments, names) FIND(name)
#define FIND_VALUE(result, name, arguments, names) FIND(name)
    FUNCTIONS(FIND_NAMED, FIND_NAMED, FIND_VALUE)
    return NULL;
}

void torch_free_message(char *message) { free(message); }

// Nothing calls these before torch_load; should something do so, it fails or does nothing.
#define CALL_STATUS(name, arguments, names) \
    TorchStatus name arguments { \
        if (!loaded.name) return (TorchStatus){TORCH_FAILED, strdup("the numeric library is not loaded")}; \
        return loaded.name names; \
    }
#define CALL_NOTHING(name, arguments, names) \
    void name arguments { \
        if (loaded.name) loaded.name names; \
    }
#define CALL_VALUE(result, name, arguments, names) \
    result name arguments { return loaded.name ? loaded.name names : (result)0; }
FUNCTIONS(CALL_STATUS, CALL_NOTHING, CALL_VALUE)
