"""Neurons, what they compute, and what it costs to be wrong."""

from numerist.neurons.activations import ACTIVATIONS, Activation, sigmoid, sigmoid_prime
from numerist.neurons.costs import COSTS, Cost
from numerist.neurons.sigmoid_neuron import SigmoidNeuron

__all__ = [
    "ACTIVATIONS",
    "COSTS",
    "Activation",
    "Cost",
    "SigmoidNeuron",
    "sigmoid",
    "sigmoid_prime",
]
