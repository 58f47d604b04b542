"""Numerist learns to recognise handwritten digits, and reads handwritten numbers.

The chapter's program:

    from numerist import mnist_loader, network
    training_data, validation_data, test_data = mnist_loader.load_data_wrapper()
    net = network.Network([784, 30, 10])
    net.SGD(training_data, 30, 10, 3.0, test_data=test_data)

Importing this package costs NumPy and nothing heavier.
"""

from typing import TYPE_CHECKING, Any

from numerist import errors, mnist_loader, network, neurons
from numerist.data import Dataset, load_mnist
from numerist.errors import NumeristError
from numerist.model import Model, load_model
from numerist.network import Network
from numerist.reading import read

if TYPE_CHECKING:
    from numerist.reading import Reader

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "Model",
    "Network",
    "NumeristError",
    "Reader",
    "__version__",
    "errors",
    "load_mnist",
    "load_model",
    "mnist_loader",
    "network",
    "neurons",
    "read",
]


def __getattr__(name: str) -> Any:  # Reader loads what reading takes only when it is asked for
    if name == "Reader":
        from numerist.reading import Reader  # noqa: PLC0415

        return Reader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
