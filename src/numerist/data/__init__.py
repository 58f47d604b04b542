"""Images with labels: the IDX format, MNIST, and where MNIST comes from."""

from numerist.data.dataset import Dataset
from numerist.data.idx import read_idx, write_idx
from numerist.data.mnist import LICENCE, Mnist, load_mnist
from numerist.data.own import OwnImages, load_own

__all__ = [
    "LICENCE",
    "Dataset",
    "Mnist",
    "OwnImages",
    "load_mnist",
    "load_own",
    "read_idx",
    "write_idx",
]
