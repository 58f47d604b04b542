"""The model file: the one staircase between learning and reading.

Whatever trains a network writes this file, whatever recognises digits reads it. It is ONNX with
metadata; `docs/model-file.md` describes it. Importing this package loads neither ONNX nor ONNX
Runtime; they come with the first file.
"""

from numerist.model.dense import NetworkParts, read_network, write_network
from numerist.model.metadata import FORMAT_VERSION, Metadata
from numerist.model.runtime import SHIPPED, Model, load_model

__all__ = [
    "FORMAT_VERSION",
    "SHIPPED",
    "Metadata",
    "Model",
    "NetworkParts",
    "load_model",
    "read_network",
    "write_network",
]
