"""Numerist learns to recognise handwritten digits, and reads handwritten numbers.

The chapter's program:

    from numerist import mnist_loader, network
    training_data, validation_data, test_data = mnist_loader.load_data_wrapper()
    net = network.Network([784, 30, 10])
    net.SGD(training_data, 30, 10, 3.0, test_data=test_data)

Importing this package costs NumPy and nothing heavier.
"""

from numerist import errors, mnist_loader, network, neurons
from numerist.data import Dataset, load_mnist
from numerist.errors import NumeristError
from numerist.model import load_model
from numerist.network import Network
from numerist.reading import read

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "Network",
    "NumeristError",
    "__version__",
    "errors",
    "load_mnist",
    "load_model",
    "mnist_loader",
    "network",
    "neurons",
    "read",
]
