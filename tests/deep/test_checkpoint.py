"""Checkpoints: whole or refused by name, and never executed."""

from __future__ import annotations

import dataclasses
import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from numerist.data import Dataset
from numerist.deep import checkpoint
from numerist.deep.distortion import Distortion
from numerist.deep.recipe import Recipe
from numerist.deep.training import Training
from numerist.errors import CheckpointError, WriteError

if TYPE_CHECKING:
    from collections.abc import Callable

RECIPE = Recipe("deep-mlp:6", epochs=4, batch=10, rate=0.1, average=0.9, warm_up=0.0)
SEED = 3
HISTORY = [{"epoch": 1, "loss": 0.5, "right": 7, "seconds": 0.1}]


@pytest.fixture
def written(tiny: Dataset, tmp_path: Path) -> Path:
    """A checkpoint after five of sixteen steps."""
    training = Training(RECIPE, tiny, 10, SEED)
    for _ in range(5):
        training.take_step()
    path = tmp_path / "run.ckpt"
    checkpoint.save(path, training, HISTORY)
    return path


@pytest.fixture
def fresh(tiny: Dataset) -> Training:
    return Training(RECIPE, tiny, 10, SEED)


def bits(training: Training) -> list[bytes]:
    states = [training.net.state_dict(), training.kept.state_dict()]
    return [tensor.numpy().tobytes() for state in states for tensor in state.values()]


def refused(path: Path | str, training: Training) -> CheckpointError:
    """The error, which is one line, and has left the training as it was."""
    before = bits(training)
    with pytest.raises(CheckpointError) as caught:
        checkpoint.load(path, training)
    assert training.step == 0
    assert bits(training) == before
    assert not training.optimiser.state_dict()["state"]
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return caught.value


def test_what_was_written_comes_back(written: Path, fresh: Training) -> None:
    assert checkpoint.load(written, fresh) == HISTORY
    assert fresh.step == 5
    total, steps = fresh.losses
    assert steps == 1  # of the second epoch
    assert total == fresh.mean_loss > 0


def test_a_file_from_before_the_losses_were_kept_is_gone_on_from(
    written: Path, fresh: Training
) -> None:
    content = torch.load(written, weights_only=True)
    del content["losses"]
    torch.save(content, written)
    assert checkpoint.load(written, fresh) == HISTORY
    assert fresh.step == 5
    assert fresh.mean_loss != fresh.mean_loss  # NaN
    loss = fresh.take_step()
    assert fresh.mean_loss == loss


# files that are none, or damaged


def test_missing_files_folders_and_devices(fresh: Training, tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.ckpt", fresh).found
    refused(tmp_path, fresh)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        refused(tmp_path / "pipe", fresh)  # and is not waited for


@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.9999])
def test_a_truncated_file_is_refused(written: Path, fresh: Training, share: float) -> None:
    content = written.read_bytes()
    written.write_bytes(content[: int(len(content) * share)])
    refused(written, fresh)


@pytest.mark.parametrize(
    "content", [b"\0" * 999, b"hello", b"PK\x03\x04" + b"\0" * 90, b"\x80\x02}q\x00."]
)
def test_something_else_is_refused(content: bytes, fresh: Training, tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    refused(path, fresh)


def test_a_foreign_zip_is_refused(fresh: Training, tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(path, "w", kind) as file:
            file.writestr("letter.txt", "Dear Sir or Madam, " * 50)
        refused(path, fresh)


def test_a_zip_that_would_unpack_to_far_more_is_not_unpacked(
    fresh: Training, tmp_path: Path
) -> None:
    path = tmp_path / "bomb.ckpt"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open("run/data.pkl", "w", force_zip64=True) as part,
    ):
        for _ in range(64):
            part.write(bytes(1 << 20))
    assert "compressed" in refused(path, fresh).found


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_changed_byte_is_noticed_or_of_no_effect(
    written: Path, tiny: Dataset, tmp_path: Path, share: float, flip: int
) -> None:
    """PyTorch alone loads damaged weights without a word."""
    content = bytearray(written.read_bytes())
    content[int(share * len(content))] ^= flip
    path = tmp_path / "damaged.ckpt"
    path.write_bytes(content)
    damaged, sound = Training(RECIPE, tiny, 10, SEED), Training(RECIPE, tiny, 10, SEED)
    try:
        checkpoint.load(path, damaged)
    except CheckpointError:
        assert damaged.step == 0
    else:  # padding and dates in the archive are of no matter
        checkpoint.load(written, sound)
        assert bits(damaged) == bits(sound)
        assert damaged.step == sound.step


# code


class _Malice:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.target,)


@pytest.mark.parametrize("wrap", ["bare pickle", "PyTorch's zip", "inside of ours"])
def test_a_pickle_that_would_run_code_is_refused_and_not_run(
    written: Path, fresh: Training, tmp_path: Path, wrap: str
) -> None:
    target, path = tmp_path / "was-here", tmp_path / "evil.ckpt"
    if wrap == "bare pickle":
        path.write_bytes(pickle.dumps(_Malice(target)))
    elif wrap == "PyTorch's zip":
        torch.save(_Malice(target), path)
    else:
        content = torch.load(written, weights_only=True)
        torch.save({**content, "history": _Malice(target)}, path)
    refused(path, fresh)
    assert not target.exists()
    if wrap != "bare pickle":  # the trap works: whoever loads it carelessly runs it
        torch.load(path, weights_only=False)
        assert target.exists()


# another run


@pytest.mark.parametrize(
    ("change", "place", "found"),
    [
        ({"epochs": 5}, "recipe, epochs", "4"),
        ({"rate": 0.2}, "recipe, rate", "0.1"),
        ({"model": "deep-mlp:7"}, "recipe, model", "deep-mlp:6"),
        ({"distortion": Distortion(shear=0.5)}, "recipe, distortion, shear", "0.0"),
        ({"strangers": 0.2}, "recipe, strangers", "0.0"),
    ],
)
def test_another_recipe_is_named(
    written: Path, tiny: Dataset, change: dict[str, Any], place: str, found: str
) -> None:
    other = Training(dataclasses.replace(RECIPE, **change), tiny, 10, SEED)
    error = refused(written, other)
    assert error.place == f"{written}, {place}"
    assert error.found == found
    assert "without --resume" in error.cure


def test_another_seed_other_data_and_other_classes_are_named(written: Path, tiny: Dataset) -> None:
    error = refused(written, Training(RECIPE, tiny, 10, SEED + 1))
    assert (error.place, error.expected, error.found) == (f"{written}, seed", "4", "3")
    brighter = Dataset(np.minimum(tiny.images * np.float32(1.01), 1), tiny.labels)
    assert "training images" in refused(written, Training(RECIPE, brighter, 10, SEED)).place
    relabelled = Dataset(tiny.images, (tiny.labels + 1) % 10)
    assert "training images" in refused(written, Training(RECIPE, relabelled, 10, SEED)).place
    assert "classes" in refused(written, Training(RECIPE, tiny, 11, SEED)).place


def test_another_number_of_threads_is_named(written: Path, fresh: Training) -> None:
    """Sums are added up in another order by more threads: other bits."""
    torch.set_num_threads(2)  # the fixture of this folder sets it back
    assert "threads" in refused(written, fresh).place


# ours in form, but not in content


def _without_net(content: dict[str, Any]) -> None:
    del content["net"]


def _other_weights(content: dict[str, Any]) -> None:
    content["net"] = {"1.weight": torch.zeros(2, 2)}


def _fewer_kept(content: dict[str, Any]) -> None:
    content["kept"].popitem()


def _list_for_optimiser(content: dict[str, Any]) -> None:
    content["optimiser"] = [1, 2]


def _other_momentum(content: dict[str, Any]) -> None:
    content["optimiser"]["state"][0]["momentum_buffer"] = torch.zeros(3, 3)


def _other_groups(content: dict[str, Any]) -> None:
    content["optimiser"]["param_groups"].pop()


def _value(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        content[key] = value

    change.__name__ = f"{key}={value!r:.20}"
    return change


@pytest.mark.parametrize(
    "change",
    [
        _without_net, _other_weights, _fewer_kept, _list_for_optimiser, _other_momentum,
        _other_groups, _value("step", -1), _value("step", 17), _value("step", "5"),
        _value("step", 2.5), _value("step", True), _value("history", "{"),
        _value("history", "{}"), _value("history", 5), _value("history", "[" * 100_000),
        _value("run", "[]"), _value("run", "no JSON"), _value("run", None),
        _value("format", "numerist checkpoint 2"),
        _value("losses", 1.5), _value("losses", ("a", 1)), _value("losses", (float("nan"), 1)),
        _value("losses", (1.5, -1)), _value("losses", (1.5, 2, 3)),
        _value("net", None), _value("kept", 5),
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_a_file_that_does_not_fit_leaves_the_training_as_it_was(
    written: Path, fresh: Training, change: Callable[[dict[str, Any]], None]
) -> None:
    content = torch.load(written, weights_only=True)
    change(content)
    torch.save(content, written)
    refused(written, fresh)
    fresh.take_step()  # and it can learn


@pytest.mark.parametrize("content", [[1, 2], "text", 5, {}, {"format": 1}, torch.zeros(3)])
def test_other_things_that_pytorch_saved_are_refused(
    fresh: Training, tmp_path: Path, content: Any
) -> None:
    torch.save(content, tmp_path / "other.pt")
    refused(tmp_path / "other.pt", fresh)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_pickle_with_sound_checksums_and_strange_bytes_is_an_error_of_ours(
    written: Path, tiny: Dataset, tmp_path: Path, data: st.DataObject
) -> None:
    """The archive is whole; what is pickled in it was changed on purpose."""
    fresh = Training(RECIPE, tiny, 10, SEED)
    path, archive = tmp_path / "strange.ckpt", io.BytesIO(written.read_bytes())
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = bytearray(old.read(name))
            if name.endswith("data.pkl"):
                for _ in range(data.draw(st.integers(1, 4))):
                    at = data.draw(st.integers(0, len(content) - 1))
                    content[at] = data.draw(st.integers(0, 255))
            new.writestr(name, bytes(content))
    try:
        checkpoint.load(path, fresh)
    except CheckpointError:
        assert fresh.step == 0


# writing


def test_a_place_that_cant_be_written_is_an_error_before_anything_is_lost(
    fresh: Training, tmp_path: Path
) -> None:
    with pytest.raises(WriteError):
        checkpoint.save(tmp_path / "missing" / "run.ckpt", fresh, [])


def test_a_failed_write_leaves_the_old_checkpoint(
    written: Path, fresh: Training, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written.read_bytes()

    def fails(_: object, path: Path) -> None:
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", fails)
    with pytest.raises(WriteError, match="No space left"):
        checkpoint.save(written, fresh, [])
    assert written.read_bytes() == before
    assert [file.name for file in written.parent.iterdir()] == [written.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_no_room_for_all_of_it_leaves_the_old_checkpoint(written: Path, tiny: Dataset) -> None:
    """A limit to the size of files, halfway, instead of a full disk."""
    import resource  # noqa: PLC0415  (not on Windows)

    before, limits = written.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(WriteError, match="no room"):
            checkpoint.save(written, Training(RECIPE, tiny, 10, SEED), [])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert written.read_bytes() == before
    assert [file.name for file in written.parent.iterdir()] == [written.name]
