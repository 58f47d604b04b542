"""`numerist train --workers N` as people use it: workers killed, interrupted, gone on with."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from numerist import load_model
from numerist.cli import main, train_deep
from numerist.deep import checkpoint
from numerist.deep.training import Training
from numerist.errors import InputError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from numerist.data import Mnist

    Begin = Callable[..., subprocess.Popen[str]]

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are found in /proc"
)

# Learning that takes a few seconds in very many small steps.
LONG = (
    "train", "--model", "deep-mlp:20", "--train-on", "600", "--epochs", "12", "--batch", "40",
    "--group", "10", "--seed", "5", "--device", "cpu", "--precision", "float32",
)  # fmt: skip
AN_EPOCH = 600 // 40
STEPS = 12 * AN_EPOCH

# The same command line, with a checkpoint after each step, on a machine of many cores.
SAVING = (
    "import sys; from numerist.cli import main, train_deep; train_deep._SAVE_EVERY = 0.0;"
    " train_deep.cores = lambda: 9; main(sys.argv[1:])"
)


@pytest.fixture
def begin(begin_program: Begin) -> Begin:
    """Start a training."""
    return functools.partial(begin_program, SAVING)


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The process numbers of the workers that a training has started."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError, ValueError):
            parent = int((folder / "stat").read_text().rsplit(") ", 1)[1].split()[1])
            if parent == process.pid and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return sorted(found)


def wait_for(process: subprocess.Popen[str], condition: Callable[[], Any]) -> None:
    while not condition():
        assert process.poll() is None, "it ended before it could be disturbed"
        time.sleep(0.002)


def kill_one(process: subprocess.Popen[str], which: int) -> None:
    """Kill one of the two workers, and wait until it is gone."""
    wait_for(process, lambda: len(workers_of(process)) == 2)
    victim = (workers_of(process) * 2)[which]  # if one of them has died just now, the other
    os.kill(victim, signal.SIGKILL)
    wait_for(process, lambda: victim not in workers_of(process))


def wait_for_writing(process: subprocess.Popen[str], path: Path) -> None:
    """Wait until a file has been written, or written anew, twice."""
    for _ in range(2):
        before = written_at(path)
        wait_for(process, lambda before=before: written_at(path) not in {0, before})  # type: ignore[misc]


def written_at(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


@linux
def test_workers_killed_at_several_moments_end_with_the_bytes_of_undisturbed_ones(
    begin: Begin, tmp_path: Path
) -> None:
    """While they start, while they learn, and again while they learn."""
    undisturbed = begin(*LONG, "--workers", "2", "--out", "whole.onnx")
    _, err = undisturbed.communicate(timeout=600)
    assert undisturbed.returncode == 0, err
    path = tmp_path / "run.ckpt"
    run = begin(*LONG, "--workers", "2", "--checkpoint", path.name, "--out", "killed.onnx")
    kill_one(run, 1)
    for which in (0, 1):
        wait_for_writing(run, path)
        kill_one(run, which)
    out, err = run.communicate(timeout=600)
    assert run.returncode == 0, err
    died = re.findall(r"A worker died; all go on after step (\d+)\.", err)
    assert 1 <= len(died) <= 3  # two that die before the next ones are there are told as one
    assert err.count("\n") == len(died)
    steps = [int(step) for step in died]
    assert steps == sorted(steps)
    assert 0 < steps[-1] < STEPS
    assert "test images right" in out
    assert (tmp_path / "killed.onnx").read_bytes() == (tmp_path / "whole.onnx").read_bytes()
    assert not workers_of(run)


@linux
def test_ctrl_c_stops_the_workers_and_one_process_goes_on(
    begin: Begin, tmp_path: Path, mnist: Mnist
) -> None:
    words = (*LONG, "--checkpoint", "run.ckpt")
    run = begin(*words, "--workers", "4")
    assert run.stdout is not None
    assert run.stdout.readline().endswith(", cpu, float32, 4 workers.\n")
    while not run.stdout.readline().startswith("Epoch 2"):
        pass
    started = workers_of(run)
    assert len(started) == 4
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    out, err = run.communicate(timeout=600)
    assert (run.returncode, err) == (1, "")
    stopped = re.search(rf"Interrupted after step (\d+) of {STEPS}; run\.ckpt goes on", out)
    assert stopped
    assert 2 * AN_EPOCH <= int(stopped[1]) < STEPS
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    model = load_model(tmp_path / "digits.onnx")  # as far as it came
    assert f"interrupted after step {stopped[1]}" in model.metadata.made_by
    again = begin(*words, "--resume", "--workers", "1")
    out, err = again.communicate(timeout=600)
    assert again.returncode == 0, err
    assert out.startswith(f"Going on after step {stopped[1]} of {STEPS}.\n")
    right = (
        load_model(tmp_path / "digits.onnx").predict(mnist.test.images) == mnist.test.labels
    ).sum()
    assert right > 7000
    assert sorted(file.name for file in tmp_path.iterdir()) == ["digits.onnx", "run.ckpt"]


def test_a_wild_rate_is_one_line_from_all_workers(begin: Begin, tmp_path: Path) -> None:
    run = begin(*LONG, "--rate", "1e30", "--workers", "2")
    _, err = run.communicate(timeout=600)
    assert run.returncode == 1
    assert re.fullmatch(r"numerist: step \d+: .*learning rate 1e\+30 is too high.*\n", err)
    assert not (tmp_path / "digits.onnx").exists()


# misused, in this process: it never gets as far as learning


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--workers", "2"], "--workers is for --model cnn and its kind"),
        (["--model", "cnn", "--workers", "0"], "--workers"),
        (["--model", "cnn", "--workers", "10"], "expected at most 9, its cores, found 10"),
        (
            ["--model", "cnn", "--batch", "4", "--workers", "5"],
            "one of 1, as a mini-batch of 4 images is normalised in 1 of 4",
        ),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(
    words: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setattr(train_deep, "cores", lambda: 9)
    monkeypatch.setattr(Training, "take_step", lambda _: pytest.fail("it began to learn"))
    monkeypatch.setattr(checkpoint, "save", lambda *_: pytest.fail("it began to learn"))
    with pytest.raises(SystemExit) as ended:
        main(["train", "--device", "cpu", *words] if "cnn" in words else ["train", *words])
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert err.startswith("numerist: ")
    assert len(err.splitlines()) == 1
    assert says in err
    assert not list(tmp_path.iterdir())


class _Torch:
    """As much of PyTorch as is asked about graphics processors."""

    class cuda:  # noqa: N801
        @staticmethod
        def device_count() -> int:
            return 2


def test_a_graphics_processor_for_each_worker_or_none_at_all() -> None:
    train_deep.refuse_workers(_Torch, 2, "cuda")
    with pytest.raises(InputError, match="at most 2, its GPUs, found 3"):
        train_deep.refuse_workers(_Torch, 3, "cuda")
    train_deep.refuse_workers(_Torch, 1, "mps")
    with pytest.raises(InputError, match="one process, on this device, found 2 on mps"):
        train_deep.refuse_workers(_Torch, 2, "mps")
