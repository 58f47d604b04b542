from __future__ import annotations

import gzip
import struct
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from numerist.data import read_idx, write_idx
from numerist.errors import (
    DataError,
    IdxError,
    IdxGzipError,
    IdxPromiseError,
    IdxTrailingError,
    IdxTruncatedError,
    IdxTypeError,
    InputError,
    NotIdxError,
    WriteError,
)

if TYPE_CHECKING:
    from pathlib import Path

# Written by hand: type 0x0B (int16), rank 2, sizes 2 and 3, then 1 … 6, the last one as −6.
BY_HAND = bytes.fromhex("00000b02 00000002 00000003 0001 0002 0003 0004 0005 fffa".replace(" ", ""))


def test_read_by_hand() -> None:
    array = read_idx(BY_HAND)
    assert array.tolist() == [[1, 2, 3], [4, 5, -6]]
    assert array.dtype == np.int16
    assert array.flags.writeable


@pytest.mark.parametrize(
    ("code", "packed", "value"),
    [
        (0x08, struct.pack(">B", 250), 250),
        (0x09, struct.pack(">b", -3), -3),
        (0x0B, struct.pack(">h", -300), -300),
        (0x0C, struct.pack(">i", -70_000), -70_000),
        (0x0D, struct.pack(">f", 0.5), 0.5),
        (0x0E, struct.pack(">d", 1e300), 1e300),
    ],
)
def test_every_element_type(code: int, packed: bytes, value: float) -> None:
    array = read_idx(bytes([0, 0, code, 1, 0, 0, 0, 1]) + packed)
    assert array.tolist() == [value]
    assert array.dtype.itemsize == len(packed)
    assert array.dtype.isnative


def test_rank_zero_and_empty_dimensions() -> None:
    assert read_idx(bytes([0, 0, 8, 0, 7])).tolist() == 7
    assert read_idx(bytes([0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 5])).shape == (0, 5)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", IdxTruncatedError, "offset 0"),
        (b"\x00\x00\x08", IdxTruncatedError, "offset 0"),
        (b"PK\x03\x04 not idx", NotIdxError, "0x504b"),
        (b"\x00\x00\x07\x01\x00\x00\x00\x01\x05", IdxTypeError, "0x07"),
        (b"\x00\x00\x08\xff" + b"\x00" * 1020, IdxTypeError, "255"),
        (BY_HAND[:7], IdxTruncatedError, "offset 4"),
        (BY_HAND[:-1], IdxPromiseError, "11 bytes"),
        (BY_HAND + b"\x00", IdxTrailingError, "offset 24"),
    ],
)
def test_broken_files_have_errors_with_names(
    content: bytes, error: type[IdxError], words: str, *, zipped: bool
) -> None:
    with pytest.raises(error, match=words) as caught:
        read_idx(gzip.compress(content) if zipped else content)
    assert type(caught.value) is error


@pytest.mark.parametrize("damage", ["cut", "flip", "checksum"])
def test_damaged_gzip(damage: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 1000, dtype=np.uint8).tobytes()
    whole = gzip.compress(bytes([0, 0, 8, 1]) + struct.pack(">I", 1000) + noise)
    assert read_idx(whole).tobytes() == noise
    broken = bytearray(whole)
    if damage == "cut":
        del broken[-9:]
    elif damage == "flip":
        broken[len(broken) // 2] ^= 0xFF
    else:
        broken[-6] ^= 0xFF
    with pytest.raises(IdxGzipError):
        read_idx(bytes(broken))


@pytest.mark.parametrize("zipped", [False, True])
def test_memory_follows_the_file_not_its_header(*, zipped: bool) -> None:
    promise = bytes([0, 0, 0x0E, 3]) + b"\xff\xff\xff\xff" * 3 + bytes(1000)
    content = gzip.compress(promise) if zipped else promise
    tracemalloc.start()
    with pytest.raises(IdxPromiseError, match="1000 bytes"):
        read_idx(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_shape_that_no_array_can_have() -> None:
    sizes = b"\x00\x00\x00\x00" + b"\xff\xff\xff\xff" * 3
    with pytest.raises(IdxTypeError, match="shape"):
        read_idx(bytes([0, 0, 8, 4]) + sizes)


ARRAYS = hnp.arrays(
    dtype=st.sampled_from([np.uint8, np.int8, np.int16, np.int32, np.float32, np.float64]),
    shape=hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=5),
)


@given(array=ARRAYS, zipped=st.booleans())
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray, *, zipped: bool
) -> None:
    path = tmp_path_factory.mktemp("idx") / ("a.gz" if zipped else "a")
    write_idx(path, array)
    back = read_idx(path)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)
    assert read_idx(path.read_bytes()).shape == array.shape


@given(st.binary(max_size=64), st.integers(0, 40), st.booleans())
def test_no_bytes_escape_as_another_error(noise: bytes, cut: int, zipped: bool) -> None:
    for content in (noise, BY_HAND[:cut] + noise, gzip.compress(BY_HAND)[:cut] + noise):
        try:
            array = read_idx(gzip.compress(content) if zipped else content)
        except IdxError:
            continue
        assert isinstance(array, np.ndarray)


def test_no_file_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_idx(tmp_path / "none")
    with pytest.raises(DataError):
        read_idx(tmp_path)


def test_write_refuses_what_idx_has_no_code_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="int64"):
        write_idx(tmp_path / "a", np.arange(3))
    with pytest.raises(WriteError):
        write_idx(tmp_path / "no" / "a", np.zeros(3, np.uint8))
    assert not list(tmp_path.iterdir())
