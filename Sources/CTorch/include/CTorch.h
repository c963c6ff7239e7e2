// The few tensor operations that the vision worker needs, as a C interface over ATen.
//
// Tensors are float32 unless said otherwise and belong to the caller, who releases them. Every function that
// can fail returns a status; a function that fails writes nothing to its results.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TorchTensor *TorchTensorRef;
typedef struct TorchGenerator *TorchGeneratorRef;

typedef enum TorchStatusKind {
    TORCH_OK = 0,
    TORCH_FAILED = 1,
    TORCH_OUT_OF_MEMORY = 2,
} TorchStatusKind;

/// How a call went; `message` is null when it went well and else freed by `torch_free_message`.
typedef struct TorchStatus {
    TorchStatusKind kind;
    char *message;
} TorchStatus;

void torch_free_message(char *message);

// The library

/// Loads the library with these functions from a file, where the program is not linked against it; before everything but
/// the two functions on memory. Returns NULL, or the loader's reason, which stays valid until the next call. Not thread-safe.
const char *torch_load(const char *path);

/// Called once, while the process has one thread: memory is kept between steps instead of being given back to the
/// system and faulted in again, which takes longer than the arithmetic.
void torch_keep_memory(void);

/// Gives what is kept and not used back to the system.
void torch_give_back_memory(void);
/// Threads of one operation; counts for the calling thread.
void torch_set_threads(int32_t threads);
const char *torch_version(void);
/// The widest vector instructions in use, such as "AVX2".
const char *torch_instructions(void);
/// The BLAS by its own description, OpenBLAS or MKL; null when it has none, as the reference BLAS.
const char *torch_blas(void);
/// Whether operations of the calling thread are recorded for `torch_backward`.
void torch_record_gradients(bool record);
/// Whether the library has CUDA and finds a GPU. Loads the library's CUDA part, if there is one.
bool torch_has_cuda(void);
/// The versions of CUDA and cuDNN; null without CUDA.
const char *torch_cuda_versions(void);
/// Whether new tensors of the calling thread are made on the first visible GPU. Random numbers come from the CPU either
/// way, so both devices draw the same ones. cuDNN chooses deterministic algorithms, and products have 32 bits.
TorchStatus torch_use_cuda(bool use);
/// Whether operations of the calling thread compute in 16 bits (bfloat16) where autocast considers that safe.
void torch_mixed_precision(bool on);

// Making and reading tensors

void torch_release(TorchTensorRef tensor);
/// Copies values in row-major order.
TorchStatus torch_from_floats(const float *values, const int64_t *sizes, int32_t rank, TorchTensorRef *result);
/// Class indices (int64).
TorchStatus torch_from_indices(const int64_t *values, int64_t count, TorchTensorRef *result);
/// A batch of pictures, one after the other, in interleaved 8-bit RGB: `tables` has the 256 floats of each of the
/// three channels. The result is [count, 3, height, width] in channels-last memory.
TorchStatus torch_from_pixels(
    const uint8_t *pixels, int64_t count, int64_t height, int64_t width, const float *tables,
    TorchTensorRef *result);
/// The same values in channels-last memory when the tensor has four dimensions.
TorchStatus torch_channels_last(TorchTensorRef x, TorchTensorRef *result);
int32_t torch_rank(TorchTensorRef tensor);
int64_t torch_size(TorchTensorRef tensor, int32_t dimension);
int64_t torch_count(TorchTensorRef tensor);
/// Values in row-major order, whatever the memory format.
TorchStatus torch_read_floats(TorchTensorRef tensor, float *values);
TorchStatus torch_read_indices(TorchTensorRef tensor, int64_t *values);
/// Overwrites the tensor's values in place, from row-major order.
TorchStatus torch_write_floats(TorchTensorRef tensor, const float *values);

// Operations

TorchStatus torch_conv2d(
    TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, int64_t stride, int64_t padding, int64_t groups,
    TorchTensorRef *result);
/// Zeros around the picture.
TorchStatus torch_pad(
    TorchTensorRef x, int64_t left, int64_t right, int64_t top, int64_t bottom, TorchTensorRef *result);
/// In training the running mean and variance are updated in place.
TorchStatus torch_batch_norm(
    TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, TorchTensorRef mean, TorchTensorRef variance,
    bool training, double momentum, double epsilon, TorchTensorRef *result);

typedef enum TorchActivation {
    TORCH_RELU,
    TORCH_RELU6,
    TORCH_HARD_SWISH,
    TORCH_HARD_SIGMOID,
    TORCH_SIGMOID,
    TORCH_SILU,
    /// The exact form, with the error function.
    TORCH_GELU,
} TorchActivation;

/// Returns a new tensor; the input keeps its values.
TorchStatus torch_activate(TorchTensorRef x, TorchActivation activation, TorchTensorRef *result);
TorchStatus torch_max_pool2d(
    TorchTensorRef x, int64_t size, int64_t stride, int64_t padding, TorchTensorRef *result);
/// Normalizes over the last dimension.
TorchStatus torch_layer_norm(
    TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, double epsilon, TorchTensorRef *result);
/// [n, c, h, w] to [n, h, w, c], or back with `forward` false.
TorchStatus torch_channels_at_end(TorchTensorRef x, bool forward, TorchTensorRef *result);
/// [n, c, h, w] to [n, 1 + h w, c]: a token per position, after the token `first` of shape [1, 1, c].
TorchStatus torch_tokens(TorchTensorRef x, TorchTensorRef first, TorchTensorRef *result);
/// Attention over tokens: `packed` is [n, t, 3 d] with queries, keys and values; the result is [n, t, d].
TorchStatus torch_attention(TorchTensorRef packed, int64_t heads, TorchTensorRef *result);
/// [n, t, d] to [n, d].
TorchStatus torch_first_token(TorchTensorRef x, TorchTensorRef *result);
/// The largest value of each `size` neighbouring rows; the width stays.
TorchStatus torch_max_pool_rows(TorchTensorRef x, int64_t size, TorchTensorRef *result);
/// The mean of each channel: [n, c, h, w] to [n, c, 1, 1].
TorchStatus torch_global_average(TorchTensorRef x, TorchTensorRef *result);
TorchStatus torch_global_maximum(TorchTensorRef x, TorchTensorRef *result);
/// [n, c, 1, 1] to [n, c].
TorchStatus torch_flatten(TorchTensorRef x, TorchTensorRef *result);
TorchStatus torch_linear(TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, TorchTensorRef *result);
TorchStatus torch_add(TorchTensorRef x, TorchTensorRef y, TorchTensorRef *result);
TorchStatus torch_multiply(TorchTensorRef x, TorchTensorRef y, TorchTensorRef *result);
/// Zeroes values with this probability and scales the rest by 1 / (1 - probability).
TorchStatus torch_dropout(
    TorchTensorRef x, double probability, TorchGeneratorRef generator, TorchTensorRef *result);
/// The same for whole examples of a batch: stochastic depth.
TorchStatus torch_drop_examples(
    TorchTensorRef x, double probability, TorchGeneratorRef generator, TorchTensorRef *result);
/// The mean over the batch.
TorchStatus torch_cross_entropy(
    TorchTensorRef logits, TorchTensorRef targets, double label_smoothing, TorchTensorRef *result);
/// The mean over all values of the binary cross-entropy of logits.
TorchStatus torch_binary_cross_entropy(TorchTensorRef logits, TorchTensorRef targets, TorchTensorRef *result);
/// The mean of the squared differences.
TorchStatus torch_squared_error(TorchTensorRef values, TorchTensorRef targets, TorchTensorRef *result);
TorchStatus torch_softmax(TorchTensorRef logits, TorchTensorRef *result);
/// Logits of columns, [n, k, 1, w], to log-probabilities in the order of `torch_ctc_loss`: [w, n, k].
TorchStatus torch_column_log_softmax(TorchTensorRef logits, TorchTensorRef *result);
/// Connectionist temporal classification (Graves et al. 2006) with class 0 as the blank: the mean over the batch of each
/// example's loss, divided by the length of its target. `targets` holds the targets one after the other (int64);
/// `widths` and `lengths` have the columns and the target's length of each of `count` examples. An example with fewer
/// columns than its target needs adds nothing.
TorchStatus torch_ctc_loss(
    TorchTensorRef log_probabilities, TorchTensorRef targets, const int64_t *widths, const int64_t *lengths, int64_t count,
    TorchTensorRef *result);
/// The sum of all values.
TorchStatus torch_sum(TorchTensorRef x, TorchTensorRef *result);

// Probes, in 64-bit floats

/// The mean and the population standard deviation of each column of a float32 matrix.
TorchStatus torch_column_moments(TorchTensorRef x, double *mean, double *deviation);
/// The columns of a float32 matrix as 64-bit floats, minus `mean` and divided by `scale`.
TorchStatus torch_standardized(
    TorchTensorRef x, const double *mean, const double *scale, TorchTensorRef *result);
/// Mean cross-entropy of a multinomial logistic regression plus `penalty` / 2 times the sum of squared weights, and its
/// gradient. `coefficients` has for each class the weights and then the intercept.
TorchStatus torch_logistic_loss(
    TorchTensorRef x, TorchTensorRef targets, int64_t classes, const double *coefficients, double penalty, double *loss,
    double *gradient);
/// The probabilities of the classes for each row.
TorchStatus torch_logistic_shares(TorchTensorRef x, int64_t classes, const double *coefficients, double *shares);
/// For each row of `x` the indices of the `count` nearest rows of `among`, nearest first.
TorchStatus torch_nearest_rows(TorchTensorRef x, TorchTensorRef among, int64_t count, int64_t *indices);

// Learning

void torch_require_gradient(TorchTensorRef parameter, bool required);
TorchStatus torch_backward(TorchTensorRef loss);
/// Null when the parameter has no gradient. Releases nothing: the gradient is the parameter's.
bool torch_has_gradient(TorchTensorRef parameter);
TorchStatus torch_gradient(TorchTensorRef parameter, TorchTensorRef *result);
void torch_clear_gradient(TorchTensorRef parameter);

/// `torch.optim.AdamW`, one parameter: `step` counts from 1. Does nothing without a gradient.
TorchStatus torch_adamw(
    TorchTensorRef parameter, TorchTensorRef mean, TorchTensorRef square, int64_t step, double learning_rate,
    double weight_decay, double beta1, double beta2, double epsilon);
/// `torch.optim.SGD` without dampening; `first` says that there is no momentum yet.
TorchStatus torch_sgd(
    TorchTensorRef parameter, TorchTensorRef velocity, bool first, double learning_rate, double momentum,
    bool nesterov, double weight_decay);

// Randomness

TorchStatus torch_make_generator(uint64_t seed, TorchGeneratorRef *result);
void torch_release_generator(TorchGeneratorRef generator);
/// The size of a generator's state in bytes.
TorchStatus torch_generator_state_size(TorchGeneratorRef generator, int64_t *size);
TorchStatus torch_read_generator(TorchGeneratorRef generator, uint8_t *state);
TorchStatus torch_write_generator(TorchGeneratorRef generator, const uint8_t *state, int64_t size);
/// New values in place, from a normal distribution around zero.
TorchStatus torch_fill_normal(TorchTensorRef tensor, double deviation, TorchGeneratorRef generator);
/// New values in place, evenly from -bound to bound.
TorchStatus torch_fill_uniform(TorchTensorRef tensor, double bound, TorchGeneratorRef generator);

#ifdef __cplusplus
}
#endif
