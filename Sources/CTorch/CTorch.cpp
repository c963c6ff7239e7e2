// The C interface over ATen. Only <ATen/…> is included, so that no compiler flag is needed.

#include "include/CTorch.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/GradMode.h>

#if __has_include(<torch/csrc/api/include/torch/version.h>)
#include <torch/csrc/api/include/torch/version.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <new>
#include <string>

struct TorchTensor {
    at::Tensor value;
};

struct TorchGenerator {
    at::Generator value;
};

namespace {

TorchStatus failure(TorchStatusKind kind, const std::string &text) {
    return {kind, strdup(text.c_str())};
}

/// Runs `body` and turns what it throws into a status.
template <typename Body> TorchStatus guarded(Body body) {
    try {
        body();
        return {TORCH_OK, nullptr};
    } catch (const std::bad_alloc &) {
        return failure(TORCH_OUT_OF_MEMORY, "out of memory");
    } catch (const c10::Error &error) {
        std::string text = error.what_without_backtrace();
        // c10 has no error type of its own for a failed allocation on the CPU.
        bool memory = text.find("DefaultCPUAllocator") != std::string::npos || text.find("CUDA out of memory") != std::string::npos;
        return failure(memory ? TORCH_OUT_OF_MEMORY : TORCH_FAILED, text);
    } catch (const std::exception &error) {
        std::string text = error.what();
        bool memory = text.find("could not create a memory") != std::string::npos;
        return failure(memory ? TORCH_OUT_OF_MEMORY : TORCH_FAILED, text);
    } catch (...) {
        return failure(TORCH_FAILED, "an unknown error of the tensor library");
    }
}

/// Where new tensors of this thread are made.
thread_local c10::DeviceType device = c10::DeviceType::CPU;

/// A tensor made on the CPU, on this thread's device.
at::Tensor placed(at::Tensor tensor) { return device == c10::DeviceType::CPU ? tensor : tensor.to(device); }

/// Runs `body` and hands its tensor out.
template <typename Body> TorchStatus made(TorchTensorRef *result, Body body) {
    return guarded([&] { *result = new TorchTensor{body()}; });
}

} // namespace

void torch_free_message(char *message) { free(message); }

// The library

const char *torch_load(const char *) { return nullptr; }

void torch_set_threads(int32_t threads) { at::set_num_threads(threads); }

const char *torch_version(void) {
    static const std::string version = [] {
        std::string configuration = at::show_config();
        auto start = configuration.find("TORCH_VERSION=");
        if (start == std::string::npos) return std::string("unknown");
        start += strlen("TORCH_VERSION=");
        return configuration.substr(start, configuration.find(',', start) - start);
    }();
    return version.c_str();
}

const char *torch_instructions(void) {
    static const std::string name = [] {
        std::string configuration = at::show_config();
        const char *label = "CPU capability usage: ";
        auto start = configuration.find(label);
        if (start == std::string::npos) return std::string("unknown");
        start += strlen(label);
        return configuration.substr(start, configuration.find('\n', start) - start);
    }();
    return name.c_str();
}

const char *torch_blas(void) {
    // OpenBLAS exports its description; Debian's reference BLAS, the other alternative, has none.
    using Describe = char *(*)(void);
    auto describe = reinterpret_cast<Describe>(dlsym(RTLD_DEFAULT, "openblas_get_config"));
    if (describe) return describe();
    // The torch package has MKL inside, whose description is several lines.
    static const std::string mkl = [] {
        std::string text = at::get_mkl_version();
        return text.find("not found") == std::string::npos ? text.substr(0, text.find('\n')) : std::string();
    }();
    return mkl.empty() ? nullptr : mkl.c_str();
}

void torch_record_gradients(bool record) { c10::GradMode::set_enabled(record); }

bool torch_has_cuda(void) {
    static const bool has = [] {
        // Nothing here refers to the CUDA part, so the linker leaves it out; it registers itself when it is loaded.
        dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
        try {
            return at::hasCUDA() && at::detail::getCUDAHooks().getNumGPUs() > 0;
        } catch (const std::exception &) {
            return false;
        }
    }();
    return has;
}

const char *torch_cuda_versions(void) {
    static const std::string versions = [] {
        if (!torch_has_cuda()) return std::string();
        std::string text;
        for (char c : at::detail::getCUDAHooks().showConfig()) text += c == '\n' ? ' ' : c;
        return text;
    }();
    return versions.empty() ? nullptr : versions.c_str();
}

TorchStatus torch_use_cuda(bool use) {
    return guarded([&] {
        device = c10::DeviceType::CPU;
        if (!use) return;
        if (!torch_has_cuda()) throw std::runtime_error("the numeric library has no CUDA, or there is no GPU");
        at::globalContext().setDeterministicCuDNN(true);
        at::globalContext().setBenchmarkCuDNN(false);
        at::globalContext().setAllowTF32CuDNN(false);
        at::globalContext().setAllowTF32CuBLAS(false);
        device = c10::DeviceType::CUDA;
    });
}

void torch_mixed_precision(bool on) {
#if defined(TORCH_VERSION_MAJOR) && (TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4))
    at::autocast::set_autocast_dtype(device, at::kBFloat16);
    at::autocast::set_autocast_enabled(device, on);
#else
    if (device == c10::DeviceType::CPU) {
        at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
        at::autocast::set_cpu_enabled(on);
    } else {
        at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
        at::autocast::set_enabled(on);
    }
#endif
    // Weights in 16 bits are kept until then; the next step has other weights.
    if (!on) at::autocast::clear_cache();
}

// Making and reading tensors

void torch_release(TorchTensorRef tensor) { delete tensor; }

TorchStatus torch_from_floats(const float *values, const int64_t *sizes, int32_t rank, TorchTensorRef *result) {
    return made(result, [&] {
        auto tensor = at::empty(at::IntArrayRef(sizes, rank), at::kFloat);
        std::memcpy(tensor.data_ptr<float>(), values, tensor.nbytes());
        return placed(tensor);
    });
}

TorchStatus torch_from_indices(const int64_t *values, int64_t count, TorchTensorRef *result) {
    return made(result, [&] {
        auto tensor = at::empty({count}, at::kLong);
        std::memcpy(tensor.data_ptr<int64_t>(), values, tensor.nbytes());
        return placed(tensor);
    });
}

TorchStatus torch_from_pixels(
    const uint8_t *pixels, int64_t count, int64_t height, int64_t width, const float *tables,
    TorchTensorRef *result) {
    return made(result, [&] {
        auto tensor = at::empty(
            {count, 3, height, width}, at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
        float *out = tensor.data_ptr<float>();
        at::parallel_for(0, count * height * width, 1 << 14, [&](int64_t from, int64_t to) {
            for (int64_t p = from * 3; p < to * 3; p += 3) {
                out[p] = tables[pixels[p]];
                out[p + 1] = tables[256 + pixels[p + 1]];
                out[p + 2] = tables[512 + pixels[p + 2]];
            }
        });
        return placed(tensor);
    });
}

TorchStatus torch_channels_last(TorchTensorRef x, TorchTensorRef *result) {
    return made(result, [&] {
        return x->value.dim() == 4 ? x->value.contiguous(at::MemoryFormat::ChannelsLast) : x->value;
    });
}

int32_t torch_rank(TorchTensorRef tensor) { return static_cast<int32_t>(tensor->value.dim()); }
int64_t torch_size(TorchTensorRef tensor, int32_t dimension) { return tensor->value.sizes()[dimension]; }
int64_t torch_count(TorchTensorRef tensor) { return tensor->value.numel(); }

TorchStatus torch_read_floats(TorchTensorRef tensor, float *values) {
    return guarded([&] {
        auto plain = tensor->value.detach().to(at::kCPU, at::kFloat).contiguous();
        std::memcpy(values, plain.data_ptr<float>(), plain.nbytes());
    });
}

TorchStatus torch_read_indices(TorchTensorRef tensor, int64_t *values) {
    return guarded([&] {
        auto plain = tensor->value.detach().to(at::kCPU, at::kLong).contiguous();
        std::memcpy(values, plain.data_ptr<int64_t>(), plain.nbytes());
    });
}

TorchStatus torch_write_floats(TorchTensorRef tensor, const float *values) {
    return guarded([&] {
        at::NoGradGuard off;
        auto plain = at::empty(tensor->value.sizes(), at::kFloat);
        std::memcpy(plain.data_ptr<float>(), values, plain.nbytes());
        tensor->value.copy_(plain);
    });
}

// Operations

TorchStatus torch_conv2d(
    TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, int64_t stride, int64_t padding, int64_t groups,
    TorchTensorRef *result) {
    return made(result, [&] {
        return at::conv2d(
            x->value, weight->value, bias ? c10::optional<at::Tensor>(bias->value) : c10::nullopt, stride, padding,
            1, groups);
    });
}

TorchStatus torch_pad(
    TorchTensorRef x, int64_t left, int64_t right, int64_t top, int64_t bottom, TorchTensorRef *result) {
    return made(result, [&] { return at::constant_pad_nd(x->value, {left, right, top, bottom}, 0); });
}

TorchStatus torch_batch_norm(
    TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, TorchTensorRef mean, TorchTensorRef variance,
    bool training, double momentum, double epsilon, TorchTensorRef *result) {
    return made(result, [&] {
        return at::batch_norm(
            x->value, weight->value, bias->value, mean->value, variance->value, training, momentum, epsilon, false);
    });
}

TorchStatus torch_activate(TorchTensorRef x, TorchActivation activation, TorchTensorRef *result) {
    return made(result, [&]() -> at::Tensor {
        switch (activation) {
        case TORCH_RELU: return at::relu(x->value);
        case TORCH_RELU6: return at::hardtanh(x->value, 0, 6);
        case TORCH_HARD_SWISH: return at::hardswish(x->value);
        case TORCH_HARD_SIGMOID: return at::hardsigmoid(x->value);
        case TORCH_SIGMOID: return at::sigmoid(x->value);
        case TORCH_SILU: return at::silu(x->value);
        case TORCH_GELU: return at::gelu(x->value);
        }
        return x->value;
    });
}

TorchStatus torch_max_pool2d(
    TorchTensorRef x, int64_t size, int64_t stride, int64_t padding, TorchTensorRef *result) {
    return made(result, [&] {
        return at::max_pool2d(x->value, {size, size}, {stride, stride}, {padding, padding});
    });
}

TorchStatus torch_layer_norm(
    TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, double epsilon, TorchTensorRef *result) {
    return made(result, [&] {
        return at::layer_norm(x->value, {x->value.size(-1)}, weight->value, bias->value, epsilon);
    });
}

TorchStatus torch_channels_at_end(TorchTensorRef x, bool forward, TorchTensorRef *result) {
    return made(result, [&] {
        return forward ? x->value.permute({0, 2, 3, 1}) : x->value.permute({0, 3, 1, 2});
    });
}

TorchStatus torch_tokens(TorchTensorRef x, TorchTensorRef first, TorchTensorRef *result) {
    return made(result, [&] {
        auto tokens = x->value.flatten(2).transpose(1, 2);
        return at::cat({first->value.expand({tokens.size(0), -1, -1}), tokens}, 1);
    });
}

TorchStatus torch_attention(TorchTensorRef packed, int64_t heads, TorchTensorRef *result) {
    return made(result, [&] {
        const int64_t images = packed->value.size(0), tokens = packed->value.size(1), width = packed->value.size(2) / 3;
        auto parts = packed->value.reshape({images, tokens, 3, heads, width / heads}).permute({2, 0, 3, 1, 4});
        auto queries = parts[0], keys = parts[1], values = parts[2];
        auto scores = at::matmul(queries, keys.transpose(-2, -1)) / std::sqrt(static_cast<double>(width / heads));
        return at::matmul(at::softmax(scores, -1), values).transpose(1, 2).reshape({images, tokens, width});
    });
}

TorchStatus torch_first_token(TorchTensorRef x, TorchTensorRef *result) {
    return made(result, [&] { return x->value.select(1, 0); });
}

TorchStatus torch_max_pool_rows(TorchTensorRef x, int64_t size, TorchTensorRef *result) {
    return made(result, [&] { return at::max_pool2d(x->value, {size, 1}); });
}

TorchStatus torch_global_average(TorchTensorRef x, TorchTensorRef *result) {
    return made(result, [&] { return at::adaptive_avg_pool2d(x->value, {1, 1}); });
}

TorchStatus torch_global_maximum(TorchTensorRef x, TorchTensorRef *result) {
    return made(result, [&] { return at::amax(x->value, {2, 3}, true); });
}

TorchStatus torch_flatten(TorchTensorRef x, TorchTensorRef *result) {
    return made(result, [&] { return at::flatten(x->value, 1); });
}

TorchStatus torch_linear(TorchTensorRef x, TorchTensorRef weight, TorchTensorRef bias, TorchTensorRef *result) {
    return made(result, [&] { return at::linear(x->value, weight->value, bias->value); });
}

TorchStatus torch_add(TorchTensorRef x, TorchTensorRef y, TorchTensorRef *result) {
    return made(result, [&] { return x->value + y->value; });
}

TorchStatus torch_multiply(TorchTensorRef x, TorchTensorRef y, TorchTensorRef *result) {
    return made(result, [&] { return x->value * y->value; });
}

TorchStatus torch_dropout(
    TorchTensorRef x, double probability, TorchGeneratorRef generator, TorchTensorRef *result) {
    return made(result, [&] {
        auto kept = at::empty_like(x->value.detach(), at::TensorOptions(at::kCPU)).bernoulli_(1 - probability, generator->value);
        return x->value * kept.div_(1 - probability).to(x->value.device());
    });
}

TorchStatus torch_drop_examples(
    TorchTensorRef x, double probability, TorchGeneratorRef generator, TorchTensorRef *result) {
    return made(result, [&] {
        auto kept = at::empty({x->value.size(0), 1, 1, 1}, at::kFloat).bernoulli_(1 - probability, generator->value);
        return x->value * kept.div_(1 - probability).to(x->value.device(), x->value.scalar_type());
    });
}

TorchStatus torch_cross_entropy(
    TorchTensorRef logits, TorchTensorRef targets, double label_smoothing, TorchTensorRef *result) {
    return made(result, [&] {
        return at::cross_entropy_loss(
            logits->value.to(at::kFloat), targets->value, c10::nullopt, at::Reduction::Mean, -100, label_smoothing);
    });
}

TorchStatus torch_binary_cross_entropy(TorchTensorRef logits, TorchTensorRef targets, TorchTensorRef *result) {
    return made(result, [&] {
        return at::binary_cross_entropy_with_logits(logits->value.to(at::kFloat), targets->value);
    });
}

TorchStatus torch_squared_error(TorchTensorRef values, TorchTensorRef targets, TorchTensorRef *result) {
    return made(result, [&] { return at::mse_loss(values->value.to(at::kFloat), targets->value); });
}

TorchStatus torch_softmax(TorchTensorRef logits, TorchTensorRef *result) {
    return made(result, [&] { return at::softmax(logits->value, 1); });
}

TorchStatus torch_column_log_softmax(TorchTensorRef logits, TorchTensorRef *result) {
    return made(result, [&] { return at::log_softmax(logits->value.squeeze(2).permute({2, 0, 1}).contiguous(), 2); });
}

TorchStatus torch_ctc_loss(
    TorchTensorRef log_probabilities, TorchTensorRef targets, const int64_t *widths, const int64_t *lengths, int64_t count,
    TorchTensorRef *result) {
    return made(result, [&] {
        return at::ctc_loss(
            log_probabilities->value, targets->value, at::IntArrayRef(widths, count), at::IntArrayRef(lengths, count), 0,
            at::Reduction::Mean, true);
    });
}

TorchStatus torch_sum(TorchTensorRef x, TorchTensorRef *result) {
    return made(result, [&] { return x->value.sum(); });
}

// Probes

namespace {

/// A view of the caller's coefficients: [classes, columns + 1].
at::Tensor coefficients_of(const double *values, int64_t classes, int64_t columns) {
    return at::from_blob(const_cast<double *>(values), {classes, columns + 1}, at::kDouble);
}

at::Tensor logistic_logits(const at::Tensor &x, const at::Tensor &coefficients) {
    const int64_t columns = x.size(1);
    return at::addmm(coefficients.select(1, columns), x, coefficients.narrow(1, 0, columns).t());
}

void read_doubles(const at::Tensor &tensor, double *values) {
    auto plain = tensor.contiguous();
    std::memcpy(values, plain.data_ptr<double>(), plain.numel() * sizeof(double));
}

} // namespace

TorchStatus torch_column_moments(TorchTensorRef x, double *mean, double *deviation) {
    return guarded([&] {
        auto wide = x->value.to(at::kDouble);
        read_doubles(wide.mean(0), mean);
        read_doubles(at::std(wide, at::IntArrayRef({0}), false), deviation);
    });
}

TorchStatus torch_standardized(
    TorchTensorRef x, const double *mean, const double *scale, TorchTensorRef *result) {
    return made(result, [&] {
        const int64_t columns = x->value.size(1);
        auto means = at::from_blob(const_cast<double *>(mean), {columns}, at::kDouble);
        auto scales = at::from_blob(const_cast<double *>(scale), {columns}, at::kDouble);
        return x->value.to(at::kDouble).sub_(means).div_(scales);
    });
}

TorchStatus torch_logistic_loss(
    TorchTensorRef x, TorchTensorRef targets, int64_t classes, const double *coefficients, double penalty, double *loss,
    double *gradient) {
    return guarded([&] {
        at::NoGradGuard off;
        const int64_t columns = x->value.size(1);
        const double rows = static_cast<double>(x->value.size(0));
        auto all = coefficients_of(coefficients, classes, columns);
        auto weights = all.narrow(1, 0, columns);
        auto shares = at::log_softmax(logistic_logits(x->value, all), 1);
        auto chosen = targets->value.unsqueeze(1);
        *loss = -shares.gather(1, chosen).sum().item<double>() / rows + penalty / 2 * weights.square().sum().item<double>();
        auto errors = shares.exp_();
        errors.scatter_add_(1, chosen, at::full({x->value.size(0), 1}, -1.0, at::kDouble));
        errors.div_(rows);
        auto out = at::from_blob(gradient, {classes, columns + 1}, at::kDouble);
        out.narrow(1, 0, columns).copy_(at::matmul(errors.t(), x->value).add_(weights, penalty));
        out.select(1, columns).copy_(errors.sum(0));
    });
}

TorchStatus torch_logistic_shares(TorchTensorRef x, int64_t classes, const double *coefficients, double *shares) {
    return guarded([&] {
        at::NoGradGuard off;
        auto all = coefficients_of(coefficients, classes, x->value.size(1));
        read_doubles(at::softmax(logistic_logits(x->value, all), 1), shares);
    });
}

TorchStatus torch_nearest_rows(TorchTensorRef x, TorchTensorRef among, int64_t count, int64_t *indices) {
    return guarded([&] {
        at::NoGradGuard off;
        // In blocks, so that the matrix of distances stays small.
        const int64_t rows = x->value.size(0), block = 512;
        auto lengths = among->value.square().sum(1);
        for (int64_t start = 0; start < rows; start += block) {
            auto part = x->value.narrow(0, start, std::min(block, rows - start));
            auto distances = at::addmm(lengths, part, among->value.t(), 1, -2);
            auto nearest = std::get<1>(at::topk(distances, count, 1, false, true)).contiguous();
            std::memcpy(indices + start * count, nearest.data_ptr<int64_t>(), nearest.numel() * sizeof(int64_t));
        }
    });
}

// Learning

void torch_require_gradient(TorchTensorRef parameter, bool required) {
    parameter->value.set_requires_grad(required);
}

TorchStatus torch_backward(TorchTensorRef loss) {
    return guarded([&] { loss->value.backward(); });
}

bool torch_has_gradient(TorchTensorRef parameter) { return parameter->value.grad().defined(); }

TorchStatus torch_gradient(TorchTensorRef parameter, TorchTensorRef *result) {
    return made(result, [&] { return parameter->value.grad(); });
}

void torch_clear_gradient(TorchTensorRef parameter) { parameter->value.mutable_grad() = at::Tensor(); }

TorchStatus torch_adamw(
    TorchTensorRef parameter, TorchTensorRef mean, TorchTensorRef square, int64_t step, double learning_rate,
    double weight_decay, double beta1, double beta2, double epsilon) {
    return guarded([&] {
        at::NoGradGuard off;
        auto &gradient = parameter->value.grad();
        if (!gradient.defined()) return;
        parameter->value.mul_(1 - learning_rate * weight_decay);
        mean->value.mul_(beta1).add_(gradient, 1 - beta1);
        square->value.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
        const double first_correction = 1 - std::pow(beta1, static_cast<double>(step));
        const double second_correction = 1 - std::pow(beta2, static_cast<double>(step));
        auto denominator = square->value.sqrt().div_(std::sqrt(second_correction)).add_(epsilon);
        parameter->value.addcdiv_(mean->value, denominator, -learning_rate / first_correction);
    });
}

TorchStatus torch_sgd(
    TorchTensorRef parameter, TorchTensorRef velocity, bool first, double learning_rate, double momentum,
    bool nesterov, double weight_decay) {
    return guarded([&] {
        at::NoGradGuard off;
        if (!parameter->value.grad().defined()) return;
        auto gradient = parameter->value.grad();
        if (weight_decay != 0) gradient = gradient.add(parameter->value, weight_decay);
        if (momentum != 0) {
            if (first) {
                velocity->value.copy_(gradient);
            } else {
                velocity->value.mul_(momentum).add_(gradient);
            }
            gradient = nesterov ? gradient.add(velocity->value, momentum) : velocity->value;
        }
        parameter->value.add_(gradient, -learning_rate);
    });
}

// Randomness

TorchStatus torch_make_generator(uint64_t seed, TorchGeneratorRef *result) {
    return guarded([&] { *result = new TorchGenerator{at::make_generator<at::CPUGeneratorImpl>(seed)}; });
}

void torch_release_generator(TorchGeneratorRef generator) { delete generator; }

TorchStatus torch_generator_state_size(TorchGeneratorRef generator, int64_t *size) {
    return guarded([&] { *size = generator->value.get_state().numel(); });
}

TorchStatus torch_read_generator(TorchGeneratorRef generator, uint8_t *state) {
    return guarded([&] {
        auto bytes = generator->value.get_state();
        std::memcpy(state, bytes.data_ptr<uint8_t>(), bytes.numel());
    });
}

TorchStatus torch_write_generator(TorchGeneratorRef generator, const uint8_t *state, int64_t size) {
    return guarded([&] {
        auto bytes = at::empty({size}, at::kByte);
        std::memcpy(bytes.data_ptr<uint8_t>(), state, size);
        generator->value.set_state(bytes);
    });
}

TorchStatus torch_fill_normal(TorchTensorRef tensor, double deviation, TorchGeneratorRef generator) {
    return guarded([&] {
        at::NoGradGuard off;
        // In row-major order whatever the memory format, so that the values depend on the shape alone.
        auto plain = at::empty(tensor->value.sizes(), at::kFloat);
        tensor->value.copy_(plain.normal_(0, deviation, generator->value));
    });
}

TorchStatus torch_fill_uniform(TorchTensorRef tensor, double bound, TorchGeneratorRef generator) {
    return guarded([&] {
        at::NoGradGuard off;
        auto plain = at::empty(tensor->value.sizes(), at::kFloat);
        tensor->value.copy_(plain.uniform_(-bound, bound, generator->value));
    });
}
