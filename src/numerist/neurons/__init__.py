"""Neurons, the circuits and networks they form, what they compute, what being wrong costs."""

from numerist.neurons.activations import ACTIVATIONS, Activation, sigmoid, sigmoid_prime
from numerist.neurons.adders import add, adder, full_adder, half_adder
from numerist.neurons.binary import all_inputs, from_bits, to_bits
from numerist.neurons.bits import bits_layer, worst_cases
from numerist.neurons.circuit import Circuit, Gate, Line, difference, equal
from numerist.neurons.costs import COSTS, Cost
from numerist.neurons.festival import festival, festival_table
from numerist.neurons.gates import (
    AND,
    GATES,
    NAND,
    NOR,
    NOT,
    OR,
    XOR,
    Contradiction,
    why_no_perceptron,
)
from numerist.neurons.layers import Layers
from numerist.neurons.limits import gaps, limit, sigmoid_twin, undecided
from numerist.neurons.logic import compile_expression, compile_table
from numerist.neurons.perceptron import Perceptron, ThresholdPerceptron
from numerist.neurons.perceptron_network import PerceptronNetwork
from numerist.neurons.sigmoid_network import SigmoidNetwork
from numerist.neurons.sigmoid_neuron import SigmoidNeuron
from numerist.neurons.small_changes import Approximation, approximate, linear_change
from numerist.neurons.step import step
from numerist.neurons.truth_table import TruthTable

__all__ = [
    "ACTIVATIONS",
    "AND",
    "COSTS",
    "GATES",
    "NAND",
    "NOR",
    "NOT",
    "OR",
    "XOR",
    "Activation",
    "Approximation",
    "Circuit",
    "Contradiction",
    "Cost",
    "Gate",
    "Layers",
    "Line",
    "Perceptron",
    "PerceptronNetwork",
    "SigmoidNetwork",
    "SigmoidNeuron",
    "ThresholdPerceptron",
    "TruthTable",
    "add",
    "adder",
    "all_inputs",
    "approximate",
    "bits_layer",
    "compile_expression",
    "compile_table",
    "difference",
    "equal",
    "festival",
    "festival_table",
    "from_bits",
    "full_adder",
    "gaps",
    "half_adder",
    "limit",
    "linear_change",
    "sigmoid",
    "sigmoid_prime",
    "sigmoid_twin",
    "step",
    "to_bits",
    "undecided",
    "why_no_perceptron",
    "worst_cases",
]
