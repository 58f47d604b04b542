// What the training loop works on: layers, examples, and the function that goes through them.
//
// The loop itself (loop.cpp) is compiled once for each instruction set that it may meet; module.cpp
// owns the memory, chooses among them, and speaks to Python.

#pragma once

#include <cstddef>
#include <cstdint>

namespace numerist {

// Rows of neurons are filled up with zeros to a multiple of this, and begin at a multiple of 64
// bytes, so that a loop over neurons is whole vectors on every machine (16 float32 in the widest).
constexpr std::size_t PADDING = 16;

// So many examples are computed before weights move, unless the mini-batch is smaller.
constexpr std::size_t SLICE = 32;

// So many make a small slice, whose examples are computed side by side.
constexpr std::size_t SMALL = 16;

enum class Activation : int { sigmoid, tanh, relu, identity, softmax };

// The weights from one layer of neurons to the next, and the neurons they lead to.
struct Layer {
    std::size_t n_in;      // neurons (or pixels) before
    std::size_t n_out;     // neurons of this layer
    std::size_t padded;    // n_out, filled up
    Activation activation;
    float* weights;        // [n_in][padded]: transposed, so that one pixel's weights lie together
    float* biases;         // [padded]
    float* weights_step;   // as weights: the steps of a mini-batch larger than a slice, summed
    float* biases_step;    // as biases
    float* activations;    // [SLICE][padded]
    float* errors;         // [SLICE][padded]: delta, the cost's derivative by the weighted inputs
};

// An input that is not zero: which of the n_in it is, and how large.
struct Input {
    std::uint32_t position;
    float value;
};

// The inputs of all examples without the zeros: four fifths of MNIST's pixels are zero, and have no
// part in any sum. Example e has the entries first[e] to first[e + 1].
struct Inputs {
    const std::uint64_t* first;
    const Input* entries;
};

// The inputs of a slice by their position, with the zeros, where at least one of its examples has
// ink: in half of the pixels for ten of MNIST's digits.
struct Columns {
    float* ink;             // [n_in][SMALL or SLICE]: of each example; all 0 between two slices
    std::uint32_t* who;     // [n_in]: a bit for each example that has ink there; likewise
    std::uint32_t* inked;   // [n_in + 1]: positions where any example has ink
};

struct Task {
    Layer* layers;
    std::size_t count;         // of layers
    Inputs inputs;
    const float* desired;      // [examples][n_out of the last layer]
    Columns columns;
    float* errors_on_side;     // [largest n_out][PADDING]
    bool error_is_difference;  // cost and output cancel: delta = a - y
};

// Learn from the examples order[0] to order[examples - 1] in mini-batches of m; rate is multiplied
// with the sum of a mini-batch's gradients, after division by their number if `mean`. Asks
// `interrupted` within large mini-batches; true: leave at once, and return false.
using Learn = bool (*)(const Task&, const std::int64_t* order, std::size_t examples, std::size_t m,
                       double rate, bool mean, bool (*interrupted)());

// z[0 .. count) -> activations, or e^z, in place; for tests.
using Activate = void (*)(Activation, float* z, std::size_t count);
using Exponentials = void (*)(float* z, std::size_t count);

// One entry for each instruction set: the same loop, compiled for it.
struct Version {
    Learn learn;
    Activate activate;
    Exponentials exponentials;
};

extern const Version baseline;
#ifdef NUMERIST_X86_64_LEVELS
extern const Version x86_64_v3;
extern const Version x86_64_v4;
#endif

}  // namespace numerist
