"""Images with labels: the IDX format, MNIST, and where MNIST comes from."""

from numerist.data.dataset import Dataset
from numerist.data.idx import read_idx, write_idx
from numerist.data.mnist import LICENCE, Mnist, load_mnist

__all__ = [
    "LICENCE",
    "Dataset",
    "Mnist",
    "load_mnist",
    "read_idx",
    "write_idx",
]
