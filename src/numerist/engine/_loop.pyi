from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

_Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]

class Loop:
    def __init__(
        self,
        sizes: Sequence[int],
        hidden: str,
        output: str,
        error_is_difference: bool,
        x: _Floats,
        y: _Floats,
        version: str = "",
    ) -> None: ...
    def weights(self, layer: int) -> _Floats: ...
    def biases(self, layer: int) -> _Floats: ...
    def learn(
        self, order: np.ndarray[Any, np.dtype[np.int64]], m: int, rate: float, mean: bool
    ) -> None: ...

def activate(name: str, z: _Floats, version: str = "") -> None: ...
def versions() -> list[str]: ...
