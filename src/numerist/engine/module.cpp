// The training loop for Python: numerist.engine._loop.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "loop.hpp"

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace nb = nanobind;
using namespace nb::literals;
using namespace numerist;

namespace {

using Matrix = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Order = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Line = nb::ndarray<float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using View = nb::ndarray<nb::numpy, float, nb::ndim<2>>;

// Memory for numbers, beginning at a multiple of 64 bytes: the width of the widest vectors and of a
// cache line. For much of it the system is asked for huge pages: shuffled examples lie anywhere in
// it, and to look up small pages for them takes a tenth of an epoch.
class Memory {
public:
    Memory() = default;
    explicit Memory(std::size_t bytes)
        : at_(::operator new[](bytes, alignment(bytes)), Release{bytes}), bytes_(bytes) {
#ifdef MADV_HUGEPAGE
        if (bytes >= HUGE) madvise(at_.get(), bytes, MADV_HUGEPAGE);  // if it can't: no matter
#endif
    }

    template <class T>
    T* as() const {
        return static_cast<T*>(at_.get());
    }
    void clear() { std::memset(at_.get(), 0, bytes_); }

private:
    static constexpr std::size_t HUGE = std::size_t{2} << 20;
    static std::align_val_t alignment(std::size_t bytes) {
        return std::align_val_t{bytes >= HUGE ? HUGE : 64};
    }
    struct Release {
        std::size_t bytes;
        void operator()(void* memory) const { ::operator delete[](memory, alignment(bytes)); }
    };
    std::unique_ptr<void, Release> at_;
    std::size_t bytes_ = 0;
};

struct Named {
    const char* name;
    const Version* version;
};

// The versions that run on this processor, the fastest first.
std::vector<Named> versions() {
    std::vector<Named> usable;
#ifdef NUMERIST_X86_64_LEVELS
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    if (v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
        usable.push_back({"x86-64-v4", &x86_64_v4});
    }
    if (v3) usable.push_back({"x86-64-v3", &x86_64_v3});
#endif
    usable.push_back({"baseline", &baseline});
    return usable;
}

const Version* version_called(const std::string& name) {
    for (const Named& one : versions()) {
        if (name.empty() || name == one.name) return one.version;
    }
    throw std::invalid_argument("no such version here: " + name);
}

Activation activation_called(const std::string& name) {
    const char* names[] = {"sigmoid", "tanh", "relu", "identity", "softmax"};
    for (int i = 0; i < 5; ++i) {
        if (name == names[i]) return static_cast<Activation>(i);
    }
    throw std::invalid_argument("no such activation: " + name);
}

// Ctrl-C is a signal, which only Python may handle; it is asked 20 times a second.
thread_local std::chrono::steady_clock::time_point last_asked;

bool interrupted() {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_asked < std::chrono::milliseconds(50)) return false;
    last_asked = now;
    nb::gil_scoped_acquire gil;
    return PyErr_CheckSignals() != 0;
}

class Loop {
public:
    Loop(const std::vector<std::size_t>& sizes, const std::string& hidden,
         const std::string& output, bool error_is_difference, Matrix x, Matrix y,
         const std::string& version)
        : version_(version_called(version)), desired_(y), examples_(x.shape(0)) {
        if (sizes.size() < 2 || x.shape(1) != sizes.front() || y.shape(1) != sizes.back() ||
            y.shape(0) != x.shape(0)) {
            throw std::invalid_argument("sizes, x and y do not fit");
        }
        if (sizes.front() > std::numeric_limits<std::uint32_t>::max()) {
            throw std::invalid_argument("more inputs than can be numbered");
        }
        const Activation within = activation_called(hidden), last = activation_called(output);
        for (std::size_t l = 1; l < sizes.size(); ++l) {
            const std::size_t padded = (sizes[l] + PADDING - 1) / PADDING * PADDING;
            layers_.push_back({sizes[l - 1], sizes[l], padded, l + 1 < sizes.size() ? within : last,
                               make<float>(sizes[l - 1] * padded), make<float>(padded),
                               nullptr, nullptr,
                               make<float>(SLICE * padded), make<float>(SLICE * padded)});
        }
        const std::size_t largest = *std::max_element(sizes.begin() + 1, sizes.end());
        {
            nb::gil_scoped_release release;
            leave_out_zeros(x.data(), x.shape(1));
        }
        task_ = {layers_.data(), layers_.size(),
                 {first_.data(), entries_.as<Input>()},
                 y.data(),
                 {nullptr, make<std::uint32_t>(sizes.front()),
                  make<std::uint32_t>(sizes.front() + 1)},
                 make<float>(largest * PADDING), error_is_difference};
    }

    Loop(const Loop&) = delete;  // Python holds one, with views of its memory
    Loop& operator=(const Loop&) = delete;

    View weights(std::size_t layer) {
        Layer& l = layers_.at(layer);
        return View(l.weights, {l.n_in, l.n_out}, nb::find(this),
                    {static_cast<std::int64_t>(l.padded), 1});
    }

    View biases(std::size_t layer) {
        Layer& l = layers_.at(layer);
        return View(l.biases, {l.n_out, 1}, nb::find(this), {1, 1});
    }

    void learn(Order order, std::size_t m, double rate, bool mean) {
        const std::int64_t* which = order.data();
        const std::size_t count = order.shape(0);
        for (std::size_t i = 0; i < count; ++i) {
            if (which[i] < 0 || which[i] >= static_cast<std::int64_t>(examples_)) {
                throw std::out_of_range("order: there is no such example");
            }
        }
        if (m == 0) throw std::invalid_argument("mini-batches of 0");
        make_room_for_columns(std::min(m, count) > SMALL ? SLICE : SMALL);
        if (m > SLICE) make_room_for_steps();
        bool whole;
        {
            nb::gil_scoped_release release;
            last_asked = std::chrono::steady_clock::now();
            whole = version_->learn(task_, which, count, m, rate, mean, interrupted);
        }
        if (!whole) {
            clear_steps();
            throw nb::python_error();
        }
    }

private:
    template <class T>
    T* make(std::size_t count) {
        memory_.emplace_back(count * sizeof(T));
        memory_.back().clear();
        return memory_.back().as<T>();
    }

    void make_room_for_columns(std::size_t examples) {
        if (examples <= room_) return;
        task_.columns.ink = make<float>(layers_.front().n_in * examples);
        room_ = examples;
    }

    void make_room_for_steps() {
        for (Layer& l : layers_) {
            if (l.weights_step) continue;
            l.weights_step = make<float>(l.n_in * l.padded);
            l.biases_step = make<float>(l.padded);
        }
    }

    void clear_steps() {
        for (Layer& l : layers_) {
            if (!l.weights_step) continue;
            std::memset(l.weights_step, 0, l.n_in * l.padded * sizeof(float));
            std::memset(l.biases_step, 0, l.padded * sizeof(float));
        }
    }

    void leave_out_zeros(const float* x, std::size_t n_in) {
        first_.assign(examples_ + 1, 0);
        for (std::size_t e = 0; e < examples_; ++e) {
            std::size_t inked = 0;
            for (std::size_t k = 0; k < n_in; ++k) inked += x[e * n_in + k] != 0;
            first_[e + 1] = first_[e] + inked;
        }
        entries_ = Memory((first_.back() + 1) * sizeof(Input));  // 1 more, for a zero
        Input* entries = entries_.as<Input>();
        std::uint64_t at = 0;
        for (std::size_t e = 0; e < examples_; ++e) {
            for (std::size_t k = 0; k < n_in; ++k) {
                const float value = x[e * n_in + k];
                entries[at] = {static_cast<std::uint32_t>(k), value};
                at += value != 0;
            }
        }
    }

    const Version* version_;
    Matrix desired_;  // kept alive
    std::size_t examples_;
    std::vector<Memory> memory_;
    std::vector<Layer> layers_;
    std::vector<std::uint64_t> first_;
    Memory entries_;
    std::size_t room_ = 0;  // examples that columns have room for
    Task task_;
};

}  // namespace

NB_MODULE(_loop, m) {
    m.doc() = "The compiled training loop; use it through numerist.engine.";
    nb::class_<Loop>(m, "Loop")
        .def(nb::init<const std::vector<std::size_t>&, const std::string&, const std::string&, bool,
                      Matrix, Matrix, const std::string&>(),
             "sizes"_a, "hidden"_a, "output"_a, "error_is_difference"_a, "x"_a, "y"_a,
             "version"_a = "")
        .def("weights", &Loop::weights, "layer"_a, "The transposed weights, (n_in, n_out), a view.")
        .def("biases", &Loop::biases, "layer"_a, "The biases, (n_out, 1), a view.")
        .def("learn", &Loop::learn, "order"_a, "m"_a, "rate"_a, "mean"_a,
             "Learn from the examples with these numbers, in mini-batches of m.");
    m.def("activate", [](const std::string& name, Line z, const std::string& version) {
        const Version* chosen = version_called(version);
        if (name == "exponential") {
            chosen->exponentials(z.data(), z.shape(0));
        } else {
            chosen->activate(activation_called(name), z.data(), z.shape(0));
        }
    }, "name"_a, "z"_a, "version"_a = "", "Apply an activation, or the exponential, in place.");
    m.def("versions", [] {
        std::vector<std::string> names;
        for (const Named& one : versions()) names.emplace_back(one.name);
        return names;
    }, "The versions of the loop that run on this processor, the fastest first.");
}
