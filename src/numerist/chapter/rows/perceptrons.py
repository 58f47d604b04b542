"""Rows P1 to P8: perceptrons, the gates and circuits they make, and that they compute anything."""
# ruff: noqa: PLC0415  (pictures need Matplotlib, which loads when a row runs)

from __future__ import annotations

import math
import operator
import time
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.minus import minus
from numerist.chapter.row import Result, Row
from numerist.chapter.training import seeds_named
from numerist.errors import InputError
from numerist.neurons import (
    GATES,
    NAND,
    XOR,
    Perceptron,
    PerceptronNetwork,
    ThresholdPerceptron,
    TruthTable,
    add,
    adder,
    all_inputs,
    compile_expression,
    compile_table,
    difference,
    festival_table,
    half_adder,
    why_no_perceptron,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numerist.chapter.figures import Picture
    from numerist.chapter.row import Scale
    from numerist.neurons import Circuit
    from numerist.neurons.activations import Array


def drawn_circuit(circuit: Circuit, alt: str, *, input_units: bool = True) -> Picture:
    """Draw a circuit with its layers, lines and outputs."""
    from numerist.chapter.figures import draw_circuit

    nodes = [
        (unit, layer, circuit.gates[unit].perceptron.bias if layer else None)
        for layer, units in enumerate(circuit.layers)
        for unit in units
    ]
    return draw_circuit(
        nodes, circuit.lines, outputs=circuit.outputs, alt=alt, input_units=input_units
    )


def _draw_perceptron(perceptron: Perceptron, alt: str, note: str = "") -> Picture:
    """Draw one perceptron: inputs as names, weights on the lines, the bias in the circle."""
    from numerist.chapter.figures import draw_circuit

    inputs = [f"x{j}" for j in range(1, perceptron.weights.size + 1)]
    return draw_circuit(
        [*((name, 0, None) for name in inputs), ("perceptron", 1, perceptron.bias)],
        [
            (name, "perceptron", weight)
            for name, weight in zip(inputs, perceptron.weights.tolist(), strict=True)
        ],
        outputs={"output": "perceptron"},
        alt=alt,
        input_units=False,
        mark="all",
        note=note,
    )


def _run_threshold_form(scale: Scale) -> Result:
    """Compare random perceptrons with a plain sum; each threshold is met exactly by an input."""
    perceptrons = inputs = wrong = met = fired = 0
    for seed in range(scale.seeds):
        rng = np.random.default_rng(seed)
        for _ in range(scale.choose(full=200, quick=20)):
            n = int(rng.integers(1, 7))
            weights = rng.integers(-5, 6, n).tolist()
            columns = all_inputs(n)
            sums = [sum(w * x for w, x in zip(weights, c, strict=True)) for c in columns.T.tolist()]
            threshold = sums[int(rng.integers(len(sums)))]
            says = ThresholdPerceptron(weights, threshold).outputs(columns).tolist()
            perceptrons += 1
            inputs += len(sums)
            wrong += sum(out != (s > threshold) for out, s in zip(says, sums, strict=True))
            met += sums.count(threshold)
            fired += sum(out for out, s in zip(says, sums, strict=True) if s == threshold)
    majority = ThresholdPerceptron([1, 1, 1], threshold=1)
    try:
        majority([0.5, 1, 1])
        refusal = ""
    except InputError as error:
        refusal = str(error)
    return Result(
        measured=(
            f"{perceptrons:,} random perceptrons with up to six inputs "
            f"({seeds_named(scale.seeds)}): they differ from a plain weighted sum on "
            f"{wrong} of {inputs:,} inputs, and say 1 on {fired} of the {met:,} inputs "
            "whose sum is the threshold itself. An input of ½ is "
            f"{'refused' if refusal else 'taken'}."
        ),
        agrees=wrong == 0 and fired == 0 and bool(refusal),
        numbers={
            "perceptrons": perceptrons,
            "inputs": inputs,
            "wrong": wrong,
            "on the threshold": met,
            "fired on the threshold": fired,
            "refusal of an input of one half": refusal,
        },
        pictures=[
            _draw_perceptron(
                majority.with_bias(),
                "A perceptron with three inputs x1, x2, x3, each of weight 1, and one output. In "
                "the circle stands −1, the threshold with its sign turned: it says 1 if at "
                "least two inputs are 1.",
                minus(f"threshold {majority.threshold:g}, so bias {majority.with_bias().bias:g}"),
            )
        ],
    )


P1 = Row(
    id="P1",
    title="The perceptron, with a threshold",
    idea="A perceptron weighs up yes-or-no evidence: it adds the weights of those inputs that "
    "are 1 and says 1 if the sum exceeds its threshold. A sum that only equals the threshold is "
    "not enough.",
    says="Equation (1): the output is 1 if Σ w·x > threshold, and 0 if it is less or equal. The "
    "inputs are binary; weights and threshold are any real numbers.",
    code="""\
from numerist.neurons import ThresholdPerceptron

majority = ThresholdPerceptron(weights=[1, 1, 1], threshold=1)
print(majority([1, 0, 1]))  # two of three: above the threshold
print(majority([1, 0, 0]))  # one of three: equal to it, so 0
print(majority.truth_table())
""",
    run=_run_threshold_form,
    seconds=0.5,
)


def _disagreements(weights: Sequence[float], threshold: float, truth: Array) -> tuple[int, int]:
    """Return on how many inputs the threshold form and the bias form are not the truth."""
    columns = all_inputs(len(weights))
    with_threshold = ThresholdPerceptron(weights, threshold)
    return (
        int((with_threshold.outputs(columns) != truth).sum()),
        int((with_threshold.with_bias().outputs(columns) != truth).sum()),
    )


def _run_bias_form(scale: Scale) -> Result:
    """Go through all perceptrons with small whole weights, and some with weights of 0.1."""
    most = scale.choose(full=3, quick=1)
    perceptrons = inputs = boundary = wrong = 0
    for n in (1, 2, 3):
        for weights in product(range(-most, most + 1), repeat=n):
            sums = np.array(weights) @ all_inputs(n)
            for threshold in range(-most * n - 1, most * n + 2):
                perceptrons += 1
                inputs += sums.size
                boundary += int((sums == threshold).sum())
                wrong += sum(_disagreements(weights, threshold, sums > threshold))
    # Ten times the machine's 0.1 is a little more than 1; added up one by one it is less.
    tenths = [0.1] * 10
    exact = np.array([math.fsum([*(0.1 * x), -1.0]) > 0 for x in all_inputs(10).T])
    wrong_tenths = sum(_disagreements(tenths, 1.0, exact))
    return Result(
        measured=(
            f"All {perceptrons:,} perceptrons with one to three whole weights from −{most} to "
            f"{most}, and every threshold that matters: of {inputs:,} inputs, {boundary:,} of "
            f"them exactly on the boundary, {wrong} were decided otherwise than by exact "
            "arithmetic in one form or the other. With ten weights of 0.1, which no computer holds "
            f"exactly, and threshold 1: {wrong_tenths} of {exact.size:,}."
        ),
        agrees=wrong == 0 and wrong_tenths == 0,
        numbers={
            "perceptrons": perceptrons,
            "inputs": inputs,
            "on the boundary": boundary,
            "wrong": wrong,
            "wrong with weights of 0.1": wrong_tenths,
        },
        pictures=[
            _draw_perceptron(
                ThresholdPerceptron([6, 2, 2], threshold=5).with_bias(),
                "A perceptron with weights 6, 2, 2 on its three lines and the bias −5 in its "
                "circle: the threshold 5, moved to the other side.",
            )
        ],
    )


P2 = Row(
    id="P2",
    title="The perceptron, with a bias",
    idea="Move the threshold to the other side of the inequality and call it the bias: how easily "
    "the perceptron says 1. Nothing else changes, and all later formulas become simpler.",
    says="Equation (2): with b = −threshold, the output is 1 if w·x + b > 0, and 0 if w·x + b ≤ 0.",
    code="""\
from numerist.neurons import ThresholdPerceptron, all_inputs

old = ThresholdPerceptron(weights=[6, 2, 2], threshold=5)
new = old.with_bias()
print(new)
print((old.outputs(all_inputs(3)) == new.outputs(all_inputs(3))).all())
""",
    run=_run_bias_form,
    seconds=2.0,
)


def _run_festival(_: Scale) -> Result:
    """Write out both truth tables, and compare them with the chapter's words."""
    strict, willing = (festival_table(threshold).outputs["go"].tolist() for threshold in (5, 3))
    answers = [(bool(w), bool(p), bool(t)) for w, p, t in all_inputs(3).T]
    agrees = strict == [w for w, _, _ in answers] and willing == [
        w or (p and t) for w, p, t in answers
    ]
    rows = [
        {
            "weather": int(w),
            "partner": int(p),
            "transport": int(t),
            "weighted sum": 6 * w + 2 * p + 2 * t,
            "go at threshold 5": five,
            "go at threshold 3": three,
        }
        for (w, p, t), five, three in zip(answers, strict, willing, strict=True)
    ]
    table = "; ".join(
        f"{w:d}{p:d}{t:d} → {five} and {three}"
        for (w, p, t), five, three in zip(answers, strict, willing, strict=True)
    )
    return Result(
        measured=(
            "Weather, partner, transport → whether to go at threshold 5 and at threshold 3: "
            f"{table}."
        ),
        agrees=agrees,
        numbers={"truth tables": rows},
        pictures=[_draw_festival(answers, strict, willing)],
    )


def _draw_festival(
    answers: list[tuple[bool, bool, bool]], strict: list[int], willing: list[int]
) -> Picture:
    """Draw both truth tables as bars: what speaks for going, and what is decided."""
    from numerist.chapter.figures import draw_bars

    decision = ("stay", "go")
    return draw_bars(
        [
            f"{w:d} {p:d} {t:d}: {decision[five]} / {decision[three]}"
            for (w, p, t), five, three in zip(answers, strict, willing, strict=True)
        ],
        [6 * w + 2 * p + 2 * t for w, p, t in answers],
        label="weighted sum; decision at threshold 5 / 3",
        alt="A bar for each of the eight answers about weather, partner and transport, as long as "
        "the weights that speak for going, and beside it the decisions at thresholds 5 and 3. "
        "With good weather the sum is 6 to 10, and one goes at both. In bad weather it is 4 at "
        "most, when partner and transport are both there: stay at 5, go at 3.",
        horizontal=True,
    )


P3 = Row(
    id="P3",
    title="Weighing evidence: the cheese festival",
    idea="Three yes-or-no questions speak for going, the weather with weight 6, a partner and "
    "transport with 2 each. The threshold says how much has to speak for it, so another threshold "
    "is another character.",
    says="With weights 6, 2, 2 and threshold 5 one goes if and only if the weather is good. With "
    "threshold 3 one goes as well when both other reasons hold.",
    code="""\
from numerist.neurons import festival_table

print(festival_table(threshold=5))
print(festival_table(threshold=3))
""",
    run=_run_festival,
    seconds=0.3,
)


def _five_disagree() -> PerceptronNetwork:
    """Return three, four and one perceptrons that say whether five inputs disagree.

    First layer: at least one, at least three, at least five of them are 1. Second layer: none,
    one or two, three or four, all of them. Third layer: neither none nor all.
    """
    counts = [[1.0] * 5] * 3
    ranges = [[-1, 0, 0], [1, -1, 0], [0, 1, -1], [0, 0, 1]]
    return PerceptronNetwork(
        [counts, ranges, [[0, 1, 1, 0]]],
        [[-0.5, -2.5, -4.5], [0.5, -0.5, -0.5, -0.5], [-0.5]],
    )


def _one_by_one(network: PerceptronNetwork, x: list[int]) -> list[int]:
    """Evaluate a network neuron by neuron, as equation (2) is written."""
    for weights, biases in zip(network.weights, network.biases, strict=True):
        z = [
            math.fsum([*(w * v for w, v in zip(row, x, strict=True)), b])
            for row, b in zip(weights.tolist(), biases[:, 0].tolist(), strict=True)
        ]
        x = [int(value > 0) for value in z]
    return x


def _run_layers(scale: Scale) -> Result:
    """Evaluate the chapter's shape with a meaning, and random shapes against single neurons."""
    from numerist.chapter.figures import draw_network

    network, columns = _five_disagree(), all_inputs(5)
    says = network(columns)[0]
    wrong = int((says != (columns.min(axis=0) != columns.max(axis=0))).sum())
    impossible = why_no_perceptron(TruthTable([f"x{j}" for j in range(1, 6)], {"out": says}))
    shapes = inputs = differ = 0
    for seed in range(scale.seeds):
        rng = np.random.default_rng(seed)
        for _ in range(scale.choose(full=40, quick=5)):
            sizes = rng.integers(1, 7, int(rng.integers(2, 6))).tolist()
            other = PerceptronNetwork.random(sizes, rng)
            x = all_inputs(sizes[0])
            single = np.array([_one_by_one(other, column) for column in x.T.tolist()]).T
            shapes += 1
            inputs += x.shape[1]
            differ += int((other(x) != single).any(axis=0).sum())
    return Result(
        measured=(
            "Three, four and one perceptrons tell whether five inputs disagree, wrong on "
            f"{wrong} of {columns.shape[1]} inputs; that one perceptron alone "
            f"{'can' if impossible is None else 'cannot'} do it is shown by four of its rows. "
            f"{shapes} networks of random shapes ({seeds_named(scale.seeds)}) differ from "
            f"evaluating neuron by neuron on {differ} of {inputs:,} inputs."
        ),
        agrees=wrong == 0 and impossible is not None and differ == 0,
        numbers={
            "sizes": list(network.sizes),
            "inputs": int(columns.shape[1]),
            "wrong": wrong,
            "why one perceptron cannot": str(impossible),
            "random shapes": shapes,
            "inputs of random shapes": inputs,
            "differ": differ,
        },
        pictures=[
            draw_network(
                network.sizes,
                alt="A network of perceptrons: five inputs lead to three perceptrons, these to "
                "four, and these to one, whose output is the decision.",
            )
        ],
    )


P4 = Row(
    id="P4",
    title="Perceptrons in layers",
    idea="Perceptrons of a second layer weigh up the decisions of the first, so they can decide "
    "on something more abstract. Here the first layer counts, the second finds ranges, and the "
    "last one says whether five people disagree.",
    says="Three perceptrons, then four, then one: each layer decides at a more complex and "
    "abstract level than the one before. A perceptron has one output, even if many arrows leave "
    "it.",
    code="""\
from numerist.neurons import PerceptronNetwork

network = PerceptronNetwork(
    weights=[
        [[1, 1, 1, 1, 1]] * 3,  # at least one, three, five
        [[-1, 0, 0], [1, -1, 0], [0, 1, -1], [0, 0, 1]],  # none, 1 or 2, 3 or 4, all
        [[0, 1, 1, 0]],  # neither none nor all
    ],
    biases=[[-0.5, -2.5, -4.5], [0.5, -0.5, -0.5, -0.5], [-0.5]],
)
print(network.sizes)
for layer in network.activations([0, 1, 1, 0, 1]):
    print(layer)
""",
    run=_run_layers,
    seconds=0.5,
)

_TRUTHS: dict[str, Callable[[int, int], int]] = {
    "NAND": lambda a, b: 1 - (a & b),
    "AND": operator.and_,
    "OR": operator.or_,
    "NOR": lambda a, b: 1 - (a | b),
}


def _single_perceptrons(most: int) -> set[tuple[int, ...]]:
    """Return all truth tables that perceptrons with two whole weights up to `most` have."""
    w1, w2 = np.meshgrid(*[np.arange(-most, most + 1)] * 2)
    weights = np.stack([w1.ravel(), w2.ravel()], axis=1)
    found: set[tuple[int, ...]] = set()
    for bias in range(-2 * most, 2 * most + 1):
        tables = np.unique(weights @ all_inputs(2) + bias > 0, axis=0)
        found |= {tuple(map(int, table)) for table in tables}
    return found


def _run_gates(scale: Scale) -> Result:
    """Write out every gate, and look for XOR among all perceptrons with small whole weights."""
    from numerist.chapter.figures import draw_network

    pairs = list(product((0, 1), repeat=2))
    tables = {name: [GATES[name](pair) for pair in pairs] for name in _TRUTHS}
    tables["NOT"] = [GATES["NOT"]([x]) for x in (0, 1)]
    tables["XOR, a network"] = [int(XOR(pair)[0]) for pair in pairs]
    truths = {name: [truth(a, b) for a, b in pairs] for name, truth in _TRUTHS.items()}
    truths |= {"NOT": [1, 0], "XOR, a network": [operator.xor(a, b) for a, b in pairs]}
    most = scale.choose(full=10, quick=4)
    found = _single_perceptrons(most)
    xor = TruthTable(["x1", "x2"], {"XOR": truths["XOR, a network"]})
    missing = [t for t in product((0, 1), repeat=4) if t not in found]
    no_xor = tuple(truths["XOR, a network"]) in missing
    chapters = NAND.weights.tolist() == [-2, -2] and NAND.bias == 3  # noqa: PLR2004
    return Result(
        measured=(
            "Outputs for 00, 01, 10, 11: "
            + "; ".join(f"{name} {' '.join(map(str, v))}" for name, v in tables.items())
            + f". Single perceptrons with whole weights up to {most} compute {len(found)} of "
            f"the 16 functions of two inputs; XOR is {'not ' if no_xor else ''}among them."
        ),
        agrees=tables == truths and chapters and no_xor and why_no_perceptron(xor) is not None,
        numbers={
            "truth tables": tables,
            "functions of two inputs that one perceptron computes": len(found),
            "functions that none computes": ["".join(map(str, t)) for t in missing],
            "why XOR is none of them": str(why_no_perceptron(xor)).splitlines(),
        },
        pictures=[
            _draw_perceptron(
                NAND,
                "NAND as a perceptron: inputs x1 and x2 with weights −2 each, and the bias 3.",
            ),
            draw_network(
                XOR.sizes,
                weights=XOR.weights,
                biases=XOR.biases,
                alt="XOR as a network of perceptrons: two inputs lead to an OR (weights 2 and 2, "
                "bias −1) and a NAND (weights −2 and −2, bias 3), and these to an AND (weights 2 "
                "and 2, bias −3).",
            ),
        ],
    )


P5 = Row(
    id="P5",
    title="Logic gates",
    idea="With two inputs and the right weights a perceptron is a logic gate. XOR is not among "
    "them: its four rows ask for four inequalities that contradict each other, so it takes a "
    "network.",
    says="Weights −2, −2 and bias 3 make a NAND gate: 00, 01, 10 give 1, and 11 gives 0. "
    "Perceptrons can also be AND and OR.",
    code="""\
from numerist.neurons import NAND, XOR, TruthTable, why_no_perceptron

print(NAND)
print(NAND.truth_table(output="NAND"))
print(XOR([[0, 0, 1, 1], [0, 1, 0, 1]]))  # a network of OR, NAND and AND
print(why_no_perceptron(TruthTable(["x1", "x2"], {"XOR": [0, 1, 1, 0]})))
""",
    run=_run_gates,
    seconds=0.4,
)


def _run_half_adder(_: Scale) -> Result:
    """Build the half adder with a doubled line and with a merged one; compare and draw both."""
    doubled, merged = half_adder(), half_adder().merged()
    pairs = list(product((0, 1), repeat=2))
    truth = [{"sum": a ^ b, "carry": a & b} for a, b in pairs]
    says = [[circuit(x1=a, x2=b) for a, b in pairs] for circuit in (doubled, merged)]
    unequal = difference(doubled, merged)
    weights = [line.weight for line in merged.lines]
    heavy = [weight for weight in weights if weight != -2]  # noqa: PLR2004
    table = "; ".join(
        f"{a} + {b} → carry {out['carry']}, sum {out['sum']}"
        for (a, b), out in zip(pairs, says[0], strict=True)
    )
    return Result(
        measured=(
            f"{table}. Both networks have {len(doubled.gates)} perceptrons and "
            f"{'agree on all four inputs' if unequal is None else f'differ at {unequal}'}; merging "
            f"turns {len(doubled.lines)} lines into {len(weights)}, with one of weight "
            f"{minus(f'{heavy[0]:g}')}."
        ),
        agrees=says == [truth, truth]
        and unequal is None
        and len(merged.gates) == 5  # noqa: PLR2004
        and heavy == [-4.0],
        numbers={
            "perceptrons": len(doubled.gates),
            "lines, one of them doubled": len(doubled.lines),
            "lines, merged": len(weights),
            "weights, merged": weights,
            "outputs for 00, 01, 10, 11": says[0],
            "equal on all inputs": unequal is None,
        },
        pictures=[
            drawn_circuit(
                doubled,
                "A half adder of five NAND perceptrons: x1 and x2 lead to the first; x1 and the "
                "first, and x2 and the first, to two more; these two to the one that says the "
                "sum. Two lines lead from the first to the one that says the carry.",
                input_units=False,
            ),
            drawn_circuit(
                merged,
                "The same five perceptrons. One line with weight −4 leads from the first to the "
                "one that says the carry, in place of two with −2.",
                input_units=False,
            ),
        ],
    )


P6 = Row(
    id="P6",
    title="A half adder out of NAND",
    idea="Five NAND perceptrons add two bits. Where one of them feeds the same perceptron twice, "
    "the two lines may be merged into one, since −2x − 2x = −4x.",
    says="The sum of two bits is x1 ⊕ x2, the carry x1·x2. The doubled line of the NAND circuit "
    "can be replaced by a single one of weight −4; all other weights are −2, all biases 3.",
    code="""\
from numerist.neurons import equal, half_adder

doubled, merged = half_adder(), half_adder().merged()
print(doubled.truth_table())
print([line for line in merged.lines if line.weight != -2])
print(equal(doubled, merged))  # all four inputs tried
""",
    run=_run_half_adder,
    seconds=0.3,
)


def _run_input_layer(_: Scale) -> Result:
    """Check that input units say what comes in, and what a perceptron without inputs would say."""
    circuit = half_adder().merged()
    columns = all_inputs(2)
    passed = [circuit.activations(columns)[name].tolist() for name in circuit.inputs]
    network = circuit.to_network()
    same = np.array_equal(network.activations(columns)[0], columns) and passed == columns.tolist()
    constant = {f"{bias:g}": Perceptron([], bias)([]) for bias in (-1, 0, 1)}
    says = "; ".join(f"b = {minus(str(b))}: {out}" for b, out in constant.items())
    units = " and ".join(circuit.layers[0])
    return Result(
        measured=(
            f"The input layer of the half adder, {units}, has no weights or biases and "
            f"{'passes on' if same else 'changes'} what comes in, on all "
            f"{columns.shape[1]} inputs. A perceptron without inputs would always say the same: "
            f"{says}."
        ),
        agrees=same and constant == {"-1": 0, "0": 0, "1": 1},
        numbers={
            "input units": list(circuit.layers[0]),
            "sizes as a layered network": list(network.sizes),
            "they say what comes in": same,
            "a perceptron without inputs, by bias": constant,
        },
        pictures=[
            drawn_circuit(
                circuit,
                "The half adder with an input layer: x1 and x2 stand in circles of their own, "
                "which have lines that leave them and none that enter.",
            )
        ],
    )


P7 = Row(
    id="P7",
    title="The input layer",
    idea="Inputs are drawn as a layer of their own, circles with an output and no inputs. They "
    "are no perceptrons but units that just say x1, x2, …",
    says="A perceptron without inputs would have the weighted sum 0 and so always say the same, 1 "
    "if b > 0 and else 0. Input units are therefore special: they are defined to output the "
    "values wanted.",
    code="""\
from numerist.neurons import Perceptron, half_adder

circuit = half_adder()
print(circuit.layers)  # layer 0 is the input layer
print({name: int(bit) for name, bit in circuit.activations([1, 0]).items()})
print([Perceptron([], bias)([]) for bias in (-1, 0, 1)])  # no inputs: a constant
""",
    run=_run_input_layer,
    seconds=0.3,
)

_EXPRESSIONS: dict[str, Callable[[bool, bool, bool], bool]] = {
    "a & (b ^ ~c)": lambda a, b, c: a and (b != (not c)),
    "(a | b) & ~(a & c)": lambda a, b, c: (a or b) and not (a and c),
    "a ^ b ^ c": lambda a, b, c: (a + b + c) % 2 == 1,
}


def _wrong_expressions() -> int:
    """Count the inputs on which a compiled expression is not what Python makes of it."""
    wrong = 0
    for text, truth in _EXPRESSIONS.items():
        circuit = compile_expression(text, inputs=["a", "b", "c"])
        for bits in product((0, 1), repeat=3):
            says = circuit(**dict(zip("abc", bits, strict=True)))["out"]
            wrong += says != int(truth(*map(bool, bits)))
    return wrong


def _compiled_tables(scale: Scale) -> tuple[int, int, int]:
    """Compile all small truth tables and random larger ones: how many, how many wrong, inputs."""
    tables = [
        (n, list(values))
        for n in range(1, scale.choose(full=3, quick=2) + 1)
        for values in product((0, 1), repeat=2**n)
    ]
    large = scale.choose(full=10, quick=6)
    tables += [
        (large, np.random.default_rng(seed).integers(0, 2, 2**large).tolist())
        for seed in range(scale.seeds)
    ]
    wrong = 0
    for n, values in tables:
        circuit = compile_table(TruthTable([f"x{j}" for j in range(1, n + 1)], {"out": values}))
        wrong += circuit.evaluate(all_inputs(n))[0].tolist() != values
    return len(tables), wrong, large


def _run_universality(scale: Scale) -> Result:
    """Compile expressions and truth tables, and add all pairs of two numbers of eight bits."""
    wrong_expressions = _wrong_expressions()
    tables, wrong_tables, large = _compiled_tables(scale)
    circuit = adder(8)
    a, b = (numbers.ravel() for numbers in np.divmod(np.arange(2**16), 2**8))
    start = time.perf_counter()
    sums = add(circuit, a, b)
    seconds = time.perf_counter() - start
    wrong_sums = int((sums != a + b).sum())
    return Result(
        measured=(
            f"An adder of {len(circuit.gates)} NAND perceptrons gets {wrong_sums} of all "
            f"{a.size:,} pairs of 8-bit numbers wrong, in {seconds:.2f} s for all of them. "
            f"{tables} truth tables, the largest random ones of {large} inputs "
            f"({seeds_named(scale.seeds)}), and {len(_EXPRESSIONS)} expressions were compiled to "
            f"NAND perceptrons: {wrong_tables} tables and {wrong_expressions} rows of "
            "expressions are wrong."
        ),
        agrees=not (wrong_sums or wrong_tables or wrong_expressions),
        numbers={
            "perceptrons of the 8-bit adder": len(circuit.gates),
            "pairs": int(a.size),
            "wrong sums": wrong_sums,
            "seconds for all pairs": seconds,
            "truth tables": tables,
            "inputs of the largest": large,
            "wrong truth tables": wrong_tables,
            "expressions": list(_EXPRESSIONS),
            "wrong rows of expressions": wrong_expressions,
        },
        pictures=_draw_universality(),
    )


def _draw_universality() -> list[Picture]:
    """Draw a compiled expression and a two-bit adder."""
    text = next(iter(_EXPRESSIONS))
    compiled, small = compile_expression(text), adder(2)
    return [
        drawn_circuit(
            compiled,
            f"The expression {text} as a circuit of {len(compiled.gates)} NAND perceptrons in "
            f"{len(compiled.layers) - 1} layers, with inputs a, b and c.",
        ),
        drawn_circuit(
            small,
            f"An adder of two 2-bit numbers: {len(small.gates)} NAND perceptrons in "
            f"{len(small.layers) - 1} layers lead from the bits a1, a0, b1, b0 down to the sum's "
            "bits s2, s1, s0.",
        ),
    ]


P8 = Row(
    id="P8",
    title="Perceptrons compute anything",
    idea="Whatever has a truth table can be put together from NAND gates, and each NAND is a "
    "perceptron. Two compilers do it, from a truth table and from a Boolean expression, and an "
    "adder shows that it goes on with size.",
    says="NAND is universal for computation: any computation can be built of NAND gates, so "
    "networks of perceptrons can compute any logical function at all.",
    code="""\
import numpy as np
from numerist.neurons import TruthTable, add, adder, compile_expression, compile_table

print(compile_expression("a & (b ^ ~c)").truth_table())
majority = TruthTable(["a", "b", "c"], {"most": [0, 0, 0, 1, 0, 1, 1, 1]})
print(compile_table(majority).truth_table() == majority)
a, b = np.divmod(np.arange(65_536), 256)  # all pairs of two numbers of eight bits
print((add(adder(8), a, b) == a + b).all())
""",
    run=_run_universality,
    seconds=1.0,
)

ROWS: tuple[Row, ...] = (P1, P2, P3, P4, P5, P6, P7, P8)
