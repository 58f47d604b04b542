// The training loop: stochastic gradient descent with back-propagation, as in network.py.
//
// How it differs from the matrices of network.py, and why it is faster:
// - Inputs that are zero are left out: no product with them changes anything.
// - The weights that one input has to all neurons lie together in memory (the transpose of the
//   chapter's matrix), so that one input is added to 4, 8 or 16 neurons at once.
// - The sums stay in the processor's registers until they are complete.
// - The examples of a small mini-batch lie side by side for the gradient, one column a position.
// - A mini-batch of 10 needs no call into a library that was made for matrices of thousands.
//
// This file is compiled several times, for processors with vectors of different width; VERSION is
// the name that the result goes by. Nothing here may be shared between them, so everything is in
// an unnamed namespace, and no header with inline functions is used.

#include "loop.hpp"

#include <cstring>

#if defined(__SSE__) || defined(_M_X64)
#include <xmmintrin.h>
#define NUMERIST_HAS_MXCSR
#endif

#ifndef VERSION
#define VERSION baseline
#endif

namespace numerist {
namespace {

// For functions that the compiler would rather call, or leave out.
#if defined(__GNUC__)
#define ALWAYS_INLINE __attribute__((always_inline)) inline
#else
#define ALWAYS_INLINE inline
#endif

// ---- Vectors: as many floats as the processor adds in one go. `sum += x * w` on them means the
// same for every float; the compiler knows the instruction. A BLOCK of them are computed side by
// side, or a FEW for each example of a small slice: so many stay in registers. NARROW is a layer of
// so few neurons that this is faster.

#if defined(__AVX512F__)
constexpr int WIDTH = 16, BLOCK = 8, FEW = 2, NARROW = 64;
#elif defined(__AVX__)
constexpr int WIDTH = 8, BLOCK = 4, FEW = 1, NARROW = 16;
#else
constexpr int WIDTH = 4, BLOCK = 4, FEW = 1, NARROW = 0;
#endif

#if defined(__GNUC__)  // GCC and Clang
typedef float Vector __attribute__((vector_size(4 * WIDTH), may_alias));
#else
struct Vector {
    float at[WIDTH];
    Vector& operator+=(const Vector& other) {
        for (int i = 0; i < WIDTH; ++i) at[i] += other.at[i];
        return *this;
    }
    Vector& operator-=(const Vector& other) {
        for (int i = 0; i < WIDTH; ++i) at[i] -= other.at[i];
        return *this;
    }
};
inline Vector operator*(float x, Vector v) {
    for (int i = 0; i < WIDTH; ++i) v.at[i] *= x;
    return v;
}
#endif

inline Vector* vectors(float* row) { return reinterpret_cast<Vector*>(row); }
inline const Vector* vectors(const float* row) { return reinterpret_cast<const Vector*>(row); }

// Call work<N>() for the N that n is, if it is 1 to MOST: N is known to the compiler, so that what
// there are N of fits into registers.
template <int MOST, class Work>
inline void with_constant(std::size_t n, Work work) {
    if constexpr (MOST > 0) {
        if (n == MOST) {
            work.template operator()<MOST>();
        } else {
            with_constant<MOST - 1>(n, work);
        }
    }
}

// Call work<B>(j) for blocks of B vectors of neurons from j on: as many whole blocks of MOST as
// there are, then one with the rest.
template <int MOST, class Work>
inline void in_blocks_of_neurons(std::size_t padded, Work work) {
    std::size_t j = 0;
    for (; j + MOST * WIDTH <= padded; j += MOST * WIDTH) work.template operator()<MOST>(j);
    with_constant<MOST - 1>((padded - j) / WIDTH, [&]<int B>() { work.template operator()<B>(j); });
}

// ---- Activations. Plain loops; the compiler makes vectors of them.

// 2^n and e^r - 1 with x = n ln 2 + r and |r| <= ln 2 / 2, so that e^x = 2^n e^r. The series of
// e^r up to r^7 / 7! leaves out less than 6e-9. x is held where 2^n is a normal number.
struct Power {
    float two_to_n;
    float rest;
};

inline Power power_of_e(float x) {
    x = x < -87.0f ? -87.0f : x;  // NaN is neither smaller nor larger, and stays
    x = x > 88.0f ? 88.0f : x;
    const float rounding = 12582912.0f;  // 1.5 * 2^23: above it, floats are whole numbers
    const float n_above = x * 1.44269504f + rounding;
    const float n = n_above - rounding;
    const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;  // ln 2 in two parts
    std::uint32_t bits;  // the last bits of n_above are n; as an exponent they make 2^n
    std::memcpy(&bits, &n_above, 4);
    bits = (bits << 23) + 0x3F800000u;
    Power power;
    std::memcpy(&power.two_to_n, &bits, 4);
    const float from_r3 = 1 / 6.f + r * (1 / 24.f + r * (1 / 120.f + r * (1 / 720.f + r / 5040)));
    power.rest = r + r * r * (1 / 2.f + r * from_r3);
    return power;
}

inline float exponential(float x) {
    const Power power = power_of_e(x);
    return power.two_to_n + power.two_to_n * power.rest;
}

inline float sigmoid(float z) { return 1 / (1 + exponential(-z)); }

// (e^2z - 1) / (e^2z + 1), with e^2z - 1 exact where z is small.
inline float hyperbolic_tangent(float z) {
    const Power power = power_of_e(2 * z);
    const float less_1 = power.two_to_n * power.rest + (power.two_to_n - 1);
    return less_1 / (less_1 + 2);
}

inline void softmax(float* z, std::size_t count) {
    float largest = z[0];
    for (std::size_t j = 1; j < count; ++j) largest = z[j] > largest ? z[j] : largest;
    float sum = 0;
    for (std::size_t j = 0; j < count; ++j) z[j] = exponential(z[j] - largest);
    for (std::size_t j = 0; j < count; ++j) sum += z[j];
    for (std::size_t j = 0; j < count; ++j) z[j] /= sum;
}

// Weighted inputs to activations, in place, elementwise.
void activate(Activation activation, float* z, std::size_t count) {
    switch (activation) {
        case Activation::sigmoid:
            for (std::size_t i = 0; i < count; ++i) z[i] = sigmoid(z[i]);
            break;
        case Activation::tanh:
            for (std::size_t i = 0; i < count; ++i) z[i] = hyperbolic_tangent(z[i]);
            break;
        case Activation::relu:
            for (std::size_t i = 0; i < count; ++i) z[i] = z[i] < 0 ? 0 : z[i];
            break;
        case Activation::identity:
            break;
        case Activation::softmax:
            softmax(z, count);
            break;
    }
}

void exponentials(float* z, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) z[i] = exponential(z[i]);
}

// errors: dC/da -> dC/dz, in place; the derivative is written with a = f(z).
void through_activation(Activation activation, const float* a, float* errors, std::size_t count) {
    switch (activation) {
        case Activation::sigmoid:
            for (std::size_t i = 0; i < count; ++i) errors[i] *= a[i] * (1 - a[i]);
            break;
        case Activation::tanh:
            for (std::size_t i = 0; i < count; ++i) errors[i] *= 1 - a[i] * a[i];
            break;
        case Activation::relu:
            for (std::size_t i = 0; i < count; ++i) errors[i] *= a[i] > 0 ? 1.0f : 0.0f;
            break;
        case Activation::identity:
            break;
        case Activation::softmax: {
            float sum = 0;
            for (std::size_t i = 0; i < count; ++i) sum += errors[i] * a[i];
            for (std::size_t i = 0; i < count; ++i) errors[i] = a[i] * (errors[i] - sum);
            break;
        }
    }
}

// ---- One example, one layer.

// What goes into a layer for one example: the inputs that are not zero ...
struct Inked {
    const Input* entries;
    std::size_t count;
    std::size_t position(std::size_t i) const { return entries[i].position; }
    float value(std::size_t i) const { return entries[i].value; }
};

// ... or the activations of the layer before, all of them.
struct Activations {
    const float* a;
    std::size_t count;
    std::size_t position(std::size_t i) const { return i; }
    float value(std::size_t i) const { return a[i]; }
};

// Writes the inputs of one example of a slice into its columns. ROOM is SMALL or SLICE: so many
// examples have room at each position.
template <std::size_t ROOM>
struct Note {
    float* ink;
    std::uint32_t* who;
    std::uint32_t example;  // its bit
    std::uint32_t* inked;
    std::size_t count;      // of inked positions

    void operator()(std::size_t k, float value) {
        ink[k * ROOM] = value;
        inked[count] = static_cast<std::uint32_t>(k);  // stays if it is the first there
        count += who[k] == 0;
        who[k] |= example;
    }
};

struct NoNote {
    void operator()(std::size_t, float) {}
};

// z[j] = b[j] + sum over inputs k of w[k][j] x[k], for the B vectors of neurons from j on.
// Several sums, of every second or fourth input: each waits for its own last addition only. Each
// input is noted on the way, which costs less than to read them all again.
template <int B, class Row, class Noting>
ALWAYS_INLINE Noting weigh(const Layer& layer, const Row x, std::size_t j, float* z, Noting note) {
    constexpr int SUMS = B * 4 <= BLOCK * 2 ? 4 : 2;
    Vector sum[SUMS][B];
    for (int s = 0; s < SUMS; ++s) {
        for (int v = 0; v < B; ++v) sum[s][v] = s == 0 ? vectors(layer.biases + j)[v] : Vector{};
    }
    const float* weights = layer.weights + j;
    const std::size_t padded = layer.padded;
    std::size_t i = 0;
    for (; i + SUMS <= x.count; i += SUMS) {
        for (int s = 0; s < SUMS; ++s) {
            const Vector* w = vectors(weights + x.position(i + s) * padded);
            for (int v = 0; v < B; ++v) sum[s][v] += x.value(i + s) * w[v];
            note(x.position(i + s), x.value(i + s));
        }
    }
    for (; i < x.count; ++i) {
        const Vector* w = vectors(weights + x.position(i) * padded);
        for (int v = 0; v < B; ++v) sum[0][v] += x.value(i) * w[v];
        note(x.position(i), x.value(i));
    }
    for (int v = 0; v < B; ++v) {
        for (int s = 1; s < SUMS; ++s) sum[0][v] += sum[s][v];
        vectors(z + j)[v] = sum[0][v];
    }
    return note;
}

// ---- One slice of a mini-batch: up to SLICE examples, whose numbers stand in `which`.

struct Slice {
    const std::int64_t* which;
    std::size_t count;
    std::size_t next;  // how many come after them
};

inline Inked inputs(const Task& task, std::int64_t example) {
    const std::uint64_t first = task.inputs.first[example];
    return {task.inputs.entries + first, task.inputs.first[example + 1] - first};
}

// Begin to bring example e of the next slice from memory: shuffled, examples lie anywhere in it,
// and to wait for them took a sixth of an epoch. Into the second cache (the 2 below): the first is
// full of weights, and slow to serve them while it waits for memory. Where the example lies is
// fetched one slice earlier still.
// Always inline: GCC leaves out the call of a function that changes nothing.
#if defined(__GNUC__)
ALWAYS_INLINE void fetch_ahead(const Task& task, const Slice& slice, std::size_t e) {
    if (slice.count + e < slice.next) {
        __builtin_prefetch(task.inputs.first + slice.which[2 * slice.count + e]);
    }
    if (e < slice.next) {
        const std::int64_t example = slice.which[slice.count + e];
        const Inked row = inputs(task, example);
        for (std::size_t i = 0; i < row.count; i += 64 / sizeof(Input)) {
            __builtin_prefetch(row.entries + i, 0, 2);
        }
        __builtin_prefetch(task.desired + example * task.layers[task.count - 1].n_out);
    }
}
#else
inline void fetch_ahead(const Task&, const Slice&, std::size_t) {}
#endif

// The weighted inputs of the first layer. ROOM is that of Note, or 0 where nothing is to be noted.
// Returns the number of inked positions in the slice's columns.
template <std::size_t ROOM>
std::size_t weigh_inputs(const Task& task, const Slice& slice) {
    const Layer& layer = task.layers[0];
    const Columns columns = task.columns;
    std::size_t inked = 0;
    in_blocks_of_neurons<BLOCK>(layer.padded, [&]<int B>(std::size_t j) {
        for (std::size_t e = 0; e < slice.count; ++e) {
            const Inked row = inputs(task, slice.which[e]);
            float* z = layer.activations + e * layer.padded;
            if (ROOM > 0 && j == 0) {
                const Note<ROOM> note{columns.ink + e, columns.who, std::uint32_t{1} << e,
                                      columns.inked, inked};
                inked = weigh<B>(layer, row, j, z, note).count;
            } else {
                weigh<B>(layer, row, j, z, NoNote());
            }
            if (j == 0) fetch_ahead(task, slice, e);
        }
    });
    return inked;
}

// The weighted inputs of another layer.
void weigh_activations(const Layer& layer, const Layer& before, const Slice& slice) {
    in_blocks_of_neurons<BLOCK>(layer.padded, [&]<int B>(std::size_t j) {
        for (std::size_t e = 0; e < slice.count; ++e) {
            const Activations row{before.activations + e * before.padded, before.n_out};
            weigh<B>(layer, row, j, layer.activations + e * layer.padded, NoNote());
        }
    });
}

// Returns the number of inked positions, as weigh_inputs.
std::size_t feedforward(const Task& task, const Slice& slice) {
    const std::size_t inked = slice.count == 1       ? weigh_inputs<0>(task, slice)
                              : slice.count <= SMALL ? weigh_inputs<SMALL>(task, slice)
                                                     : weigh_inputs<SLICE>(task, slice);
    for (std::size_t l = 0; l < task.count; ++l) {
        const Layer& layer = task.layers[l];
        if (l > 0) weigh_activations(layer, task.layers[l - 1], slice);
        if (layer.activation != Activation::softmax) {
            activate(layer.activation, layer.activations, slice.count * layer.padded);
        }
        for (std::size_t e = 0; e < slice.count; ++e) {
            float* a = layer.activations + e * layer.padded;
            if (layer.activation == Activation::softmax) softmax(a, layer.n_out);
            for (std::size_t j = layer.n_out; j < layer.padded; ++j) a[j] = 0;  // no neurons
        }
    }
    return inked;
}

// The errors of the output layer, times the learning rate.
void compare(const Task& task, const Slice& slice, float rate) {
    const Layer& layer = task.layers[task.count - 1];
    for (std::size_t e = 0; e < slice.count; ++e) {
        const float* a = layer.activations + e * layer.padded;
        const float* y = task.desired + slice.which[e] * layer.n_out;
        float* delta = layer.errors + e * layer.padded;
        for (std::size_t j = 0; j < layer.n_out; ++j) delta[j] = a[j] - y[j];
        if (!task.error_is_difference) through_activation(layer.activation, a, delta, layer.padded);
        for (std::size_t j = 0; j < layer.padded; ++j) delta[j] *= rate;
    }
}

// The errors of the layer before: e[k] = f'(z[k]) * sum over neurons j of w[k][j] delta[j].
//
// A weight w[k][j] is wanted once for each example, so here the examples are what goes side by side
// into a vector: the errors are turned on their side first, [neuron][example].
void backpropagate(const Task& task, const Layer& layer, const Layer& before, const Slice& slice) {
    constexpr int TOGETHER = 4;  // sums that don't wait for each other
    for (std::size_t e0 = 0; e0 < slice.count; e0 += WIDTH) {
        const std::size_t examples = slice.count - e0 < WIDTH ? slice.count - e0 : WIDTH;
        for (std::size_t e = 0; e < examples; ++e) {
            const float* delta = layer.errors + (e0 + e) * layer.padded;
            for (std::size_t j = 0; j < layer.n_out; ++j) {
                task.errors_on_side[j * WIDTH + e] = delta[j];
            }
        }
        const Vector* columns = vectors(task.errors_on_side);
        for (std::size_t k = 0; k < before.n_out; k += TOGETHER) {
            const std::size_t neurons = before.n_out - k < TOGETHER ? before.n_out - k : TOGETHER;
            const float* w[TOGETHER];
            Vector sum[TOGETHER];
            for (std::size_t t = 0; t < TOGETHER; ++t) {  // where none is left: the first again
                w[t] = layer.weights + (k + (t < neurons ? t : 0)) * layer.padded;
                sum[t] = Vector{};
            }
            for (std::size_t j = 0; j < layer.n_out; ++j) {
                for (std::size_t t = 0; t < TOGETHER; ++t) sum[t] += w[t][j] * columns[j];
            }
            float sums[TOGETHER][WIDTH];
            std::memcpy(sums, sum, sizeof sums);
            for (std::size_t e = 0; e < examples; ++e) {
                float* error = before.errors + (e0 + e) * before.padded + k;
                for (std::size_t t = 0; t < neurons; ++t) error[t] = sums[t][e];
            }
        }
    }
    through_activation(before.activation, before.activations, before.errors,
                       slice.count * before.padded);
}

// The weights of the first layer: w[k][j] -= sum over examples of x[k] delta[j], for the B vectors
// of neurons from j on and all inked positions k. Complete sums, as a gradient is: one by one, steps
// smaller than a rounding of w would be lost.
//
// Few neurons: the errors of all E examples stay in registers, and zeros are computed as well. That
// is faster than to end after the last ink: a processor guesses the end of a short loop badly, and
// loses at each wrong guess what it could have computed meanwhile.
//
// The last block of neurons leaves the columns cleared for the next slice: here they are at hand,
// later they would have to come from the second cache.
template <int B, int E>
inline void descend_side_by_side(const Task& task, std::size_t inked, std::size_t j,
                                 float* weights) {
    const Layer& layer = task.layers[0];
    const Columns columns = task.columns;
    Vector delta[E][B];
    for (int e = 0; e < E; ++e) {
        for (int v = 0; v < B; ++v) delta[e][v] = vectors(layer.errors + e * layer.padded + j)[v];
    }
    const bool last = j + B * WIDTH == layer.padded;
    for (std::size_t i = 0; i < inked; ++i) {
        const std::size_t k = columns.inked[i];
        float* x = columns.ink + k * SMALL;
        Vector sum[B];
        for (int v = 0; v < B; ++v) sum[v] = Vector{};
        for (int e = 0; e < E; ++e) {
            for (int v = 0; v < B; ++v) sum[v] += x[e] * delta[e][v];
        }
        for (int v = 0; v < B; ++v) vectors(weights + k * layer.padded + j)[v] -= sum[v];
        if (last) {
            std::memset(x, 0, SMALL * sizeof(float));
            columns.who[k] = 0;
        }
    }
}

inline std::size_t lowest_bit(std::uint32_t bits) {
#if defined(__GNUC__)
    return __builtin_ctz(bits);
#else
    std::size_t e = 0;
    while (!(bits >> e & 1)) ++e;
    return e;
#endif
}

// Many neurons or many examples: so much is left out with the zeros that wrong guesses cost less.
template <int B>
inline void descend_inked(const Task& task, const Slice& slice, std::size_t inked, std::size_t j,
                          float* weights) {
    const Layer& layer = task.layers[0];
    const Columns columns = task.columns;
    const std::size_t room = slice.count <= SMALL ? SMALL : SLICE;
    for (std::size_t i = 0; i < inked; ++i) {
        const std::size_t k = columns.inked[i];
        const float* x = columns.ink + k * room;
        Vector sum[B];
        for (int v = 0; v < B; ++v) sum[v] = Vector{};
        for (std::uint32_t who = columns.who[k]; who != 0; who &= who - 1) {
            const std::size_t e = lowest_bit(who);
            const Vector* delta = vectors(layer.errors + e * layer.padded + j);
            for (int v = 0; v < B; ++v) sum[v] += x[e] * delta[v];
        }
        for (int v = 0; v < B; ++v) vectors(weights + k * layer.padded + j)[v] -= sum[v];
    }
}

// A single example.
template <int B>
inline void descend_one(const Layer& layer, const Inked x, std::size_t j, float* weights) {
    const Vector* delta = vectors(layer.errors + j);
    for (std::size_t i = 0; i < x.count; ++i) {
        Vector* w = vectors(weights + x.position(i) * layer.padded + j);
        for (int v = 0; v < B; ++v) w[v] -= x.value(i) * delta[v];
    }
}

template <std::size_t ROOM>
void clear(const Columns columns, std::size_t inked) {
    for (std::size_t i = 0; i < inked; ++i) {
        std::memset(columns.ink + columns.inked[i] * ROOM, 0, ROOM * sizeof(float));
        columns.who[columns.inked[i]] = 0;
    }
}

// Leaves the columns cleared.
void descend_first_layer(const Task& task, const Slice& slice, std::size_t inked, float* weights) {
    const std::size_t padded = task.layers[0].padded;
    if (slice.count == 1) {
        const Inked x = inputs(task, slice.which[0]);
        in_blocks_of_neurons<BLOCK>(padded, [&]<int B>(std::size_t j) {
            descend_one<B>(task.layers[0], x, j, weights);
        });
    } else if (slice.count <= SMALL && padded <= NARROW) {
        with_constant<SMALL>(slice.count, [&]<int E>() {
            in_blocks_of_neurons<FEW>(padded, [&]<int B>(std::size_t j) {
                descend_side_by_side<B, E>(task, inked, j, weights);
            });
        });
    } else {
        in_blocks_of_neurons<BLOCK>(padded, [&]<int B>(std::size_t j) {
            descend_inked<B>(task, slice, inked, j, weights);
        });
        slice.count <= SMALL ? clear<SMALL>(task.columns, inked)
                             : clear<SLICE>(task.columns, inked);
    }
}

// The same for `rows` of weights behind the first layer, or of biases, whose inputs are a[e][k].
template <int B>
inline void descend_rows(const Layer& layer, const Slice& slice, std::size_t j, std::size_t rows,
                         const float* a, std::size_t a_padded, float* weights) {
    for (std::size_t k = 0; k < rows; ++k) {
        Vector sum[B];
        for (int v = 0; v < B; ++v) sum[v] = Vector{};
        for (std::size_t e = 0; e < slice.count; ++e) {
            const Vector* delta = vectors(layer.errors + e * layer.padded + j);
            for (int v = 0; v < B; ++v) sum[v] += a[e * a_padded + k] * delta[v];
        }
        for (int v = 0; v < B; ++v) vectors(weights + k * layer.padded + j)[v] -= sum[v];
    }
}

// Move weights and biases, or their summed steps, against the gradient.
void descend(const Task& task, const Slice& slice, std::size_t inked, bool summed) {
    for (std::size_t l = 0; l < task.count; ++l) {
        const Layer& layer = task.layers[l];
        float* weights = summed ? layer.weights_step : layer.weights;
        float* biases = summed ? layer.biases_step : layer.biases;
        in_blocks_of_neurons<BLOCK>(layer.padded, [&]<int B>(std::size_t j) {
            if (l > 0) {  // the first: below
                const Layer& before = task.layers[l - 1];
                descend_rows<B>(layer, slice, j, layer.n_in, before.activations, before.padded,
                                weights);
            }
            const float one = 1;  // the input of a bias
            descend_rows<B>(layer, slice, j, 1, &one, 0, biases);
        });
    }
    const Layer& first = task.layers[0];
    descend_first_layer(task, slice, inked, summed ? first.weights_step : first.weights);
}

void take_summed_step(const Task& task) {
    for (std::size_t l = 0; l < task.count; ++l) {
        const Layer& layer = task.layers[l];
        for (std::size_t i = 0; i < layer.n_in * layer.padded; ++i) {
            layer.weights[i] += layer.weights_step[i];
            layer.weights_step[i] = 0;
        }
        for (std::size_t j = 0; j < layer.padded; ++j) {
            layer.biases[j] += layer.biases_step[j];
            layer.biases_step[j] = 0;
        }
    }
}

// Numbers below 1.2e-38 become 0 while this lives: processors are slow with them, and an activation
// that small has no part in any sum.
struct TinyIsZero {
#ifdef NUMERIST_HAS_MXCSR
    unsigned int before = _mm_getcsr();
    TinyIsZero() { _mm_setcsr(before | 0x8040); }
    ~TinyIsZero() { _mm_setcsr(before); }
#endif
};

bool learn(const Task& task, const std::int64_t* order, std::size_t examples, std::size_t m,
           double rate, bool mean, bool (*interrupted)()) {
    [[maybe_unused]] const TinyIsZero tiny_is_zero;
    for (std::size_t start = 0; start < examples; start += m) {
        const std::size_t size = examples - start < m ? examples - start : m;  // the last: fewer
        const float scale = static_cast<float>(mean ? rate / static_cast<double>(size) : rate);
        const bool summed = size > SLICE;
        for (std::size_t done = 0; done < size; done += SLICE) {
            const std::size_t count = size - done < SLICE ? size - done : SLICE;
            const Slice slice{order + start + done, count, examples - start - done - count};
            const std::size_t inked = feedforward(task, slice);
            compare(task, slice, scale);
            for (std::size_t l = task.count - 1; l > 0; --l) {
                backpropagate(task, task.layers[l], task.layers[l - 1], slice);
            }
            descend(task, slice, inked, summed);
            if (summed && interrupted()) return false;  // small ones: between calls, by the caller
        }
        if (summed) take_summed_step(task);
    }
    return true;
}

}  // namespace

extern const Version VERSION;
const Version VERSION{learn, activate, exponentials};

}  // namespace numerist
