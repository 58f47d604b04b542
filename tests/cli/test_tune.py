"""`numerist tune`, as a process and in this one."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import numerist
from numerist.cli.tune import tune
from numerist.data import Dataset, Mnist
from numerist.engine import available

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SMALL = (
    "tune", "--trials", "6", "--epochs", "2", "--train-on", "600", "--hidden", "10:30",
    "--engine", "compiled" if available() else "numpy",
)  # fmt: skip


def _trials(file: Path) -> list[dict[str, Any]]:
    trials: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["trials"]
    for one in trials:
        del one["seconds"]
    return trials


def test_a_search_ends_with_a_command_line_that_does_what_the_best_trial_did(
    numerist_command: Callable[..., Any], tmp_path: Path
) -> None:
    ran = numerist_command(*SMALL, "--seed", "5", "--plot", "p.svg", "--out", "o.json")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert len(re.findall(r"^Trial \d+: ", ran.stdout, re.MULTILINE)) == 6
    assert "the ladder of rates" in (tmp_path / "p.svg").read_text(encoding="utf-8")
    told = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    best = told["trials"][told["best"]]
    assert best["validation"][-1] == max(
        one["validation"][-1] for one in told["trials"] if one["state"] == "complete"
    )
    command = ran.stdout.strip().splitlines()[-1]
    assert command == told["command"]
    words = shlex.split(command)
    assert words[0] == "numerist"
    again = numerist_command(*words[1:], "--on", "validation")
    assert again.returncode == 0, again.stderr
    right = [int(n) for n in re.findall(r"^Epoch \d+: (\d+) / 10000", again.stdout, re.MULTILINE)]
    assert [count / 10_000 for count in right] == best["validation"]


def test_the_command_line_of_a_cnn_does_what_the_best_trial_did(
    numerist_command: Callable[..., Any], tmp_path: Path
) -> None:
    words = ("tune", "--model", "cnn", "--trials", "2", "--epochs", "1", "--train-on", "1000")
    ran = numerist_command(*words, "--seed", "5", "--out", "o.json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    best = told["trials"][told["best"]]
    again = numerist_command(*shlex.split(told["command"])[1:])
    assert again.returncode == 0, again.stderr
    right = re.findall(r"^Epoch 1 of 1: (\d+) / 10000 validation", again.stdout, re.MULTILINE)
    assert [int(count) / 10_000 for count in right] == best["validation"]


def test_ctrl_c_ends_it_in_a_line_and_the_same_command_goes_on_as_if_nothing_had_been(
    numerist_command: Callable[..., Any], tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "numerist", *SMALL, "--seed", "5", "--trials", "100000"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Trial 1:"):
            break
    process.send_signal(signal.SIGINT)
    rest_of_it, said = process.communicate(timeout=600)
    assert process.returncode == 1
    assert said == "numerist: interrupted; the same command goes on with the study\n"
    ended = 2 + len(re.findall(r"^Trial \d+: ", rest_of_it, re.MULTILINE))
    trials = ("--trials", str(ended + 3))
    ran = numerist_command(*SMALL, *trials, "--out", "rest.json")
    assert ran.returncode == 0, ran.stderr
    assert f"It has {ended} trials already" in ran.stdout
    whole = numerist_command(
        *SMALL, *trials, "--seed", "5", "--storage", "whole.db", "--out", "whole.json"
    )
    assert whole.returncode == 0, whole.stderr
    rest, undisturbed = _trials(tmp_path / "rest.json"), _trials(tmp_path / "whole.json")
    for one in (*rest, *undisturbed):
        del one["trial"]  # the interrupted one has a number, too
    assert rest == undisturbed


def test_a_finished_study_is_only_told_and_a_larger_one_goes_on(
    numerist_command: Callable[..., Any], tmp_path: Path
) -> None:
    assert numerist_command(*SMALL, "--seed", "5").returncode == 0
    again = numerist_command("tune", "--trials", "6")
    assert "Trial" not in again.stdout
    assert "numerist train" in again.stdout
    more = numerist_command("tune", "--trials", "8", "--jobs", "2", "--out", "o.json")
    assert more.returncode == 0, more.stderr
    assert len(_trials(tmp_path / "o.json")) == 8
    other = numerist_command("tune", "--trials", "8", "--epochs", "3")
    assert other.returncode == 2
    assert "--epochs" in other.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rate", "fast"), "--rate"),
        (("--rate", "10:1"), "1:10"),
        (("--study", ""), "--study: expected a name"),
        (("--model", "cnn", "--hidden", "30"), "--hidden: expected --model network, found --model"),
        (("--smoothing", "0.1"), "--smoothing"),
        (("--plot", "x.jpg"), ".png or .svg"),
        (("--plot", "nowhere/x.png"), "nowhere"),
        (("--out", "nowhere/x.json"), "nowhere"),
        (("--storage", "postgresql://me:secret@h:port/db"), "--storage"),
        (("--storage", "nowhere/tune.db"), "nowhere"),
        (("--trials", "0"), "--trials"),
        (("--train-on", "60000"), "--train-on"),
        (("--out", "tune.db"), "a file each"),
        (("--storage", "sqlite:///x.db", "--out", "./x.db"), "a file each"),
        (("--plot", "x.svg", "--out", "x.svg"), "a file each"),
        (("--device", "cpu"), "--device is not for --model network"),
        (("--precision", "float32"), "--precision is not for --model network"),
        (("--model", "cnn", "--engine", "numpy"), "--engine is not for --model cnn"),
        (("--timeout", "nan"), "--timeout: expected a finite number"),
        (("--storage", "t\udcff.db"), "--storage: expected characters in UTF-8"),
        (("--study", "s\udcff"), "--study: expected characters in UTF-8"),
        (("--data-dir", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_work_is_refused_in_a_line_before_any_trial(
    numerist_here: Callable[..., Any], tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    ran = numerist_here("tune", *words)
    assert ran.returncode in (1, 2)
    assert said in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert "secret" not in ran.stderr
    assert ran.stdout == ""
    assert not list(tmp_path.glob("*.p*")) + list(tmp_path.glob("*.json"))


def test_what_is_refused_begins_no_study(numerist_here: Callable[..., Any], tmp_path: Path) -> None:
    words = ("tune", "--trials", "1", "--train-on", "600", "--hidden", "5")
    for wrong in (("--device", "cpu"), ("--data-dir", "nowhere"), ("--smoothing", "0.1")):
        assert numerist_here(*words, "--epochs", "3", *wrong).returncode in (1, 2)
    assert not list(tmp_path.iterdir())
    ran = numerist_here(*words, "--epochs", "2")
    assert ran.returncode == 0, ran.stderr


def test_without_optuna_the_line_that_installs_it_is_named(tmp_path: Path) -> None:
    code = """
import sys
sys.modules["optuna"] = None
from numerist.cli import main
main(["tune"])
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert ran.returncode == 1
    assert "pip install 'numerist[tune]'" in ran.stderr


def test_no_other_command_loads_optuna() -> None:
    code = "import sys; import numerist.cli; print('optuna' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


class _Unseen:
    """Stands for the test images; whoever touches them fails."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"the test images were looked at: {name}")

    def __len__(self) -> int:
        raise AssertionError("the test images were counted")

    def __getitem__(self, _: object) -> Any:
        raise AssertionError("the test images were taken")


@pytest.mark.parametrize("model", ["network", "cnn"])
def test_the_test_images_are_never_looked_at(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    unseen: Any = _Unseen()
    monkeypatch.setattr("numerist.data.load_mnist", lambda *_: Mnist(tiny[:30], tiny[30:], unseen))
    monkeypatch.chdir(tmp_path)
    words = ["--model", model, "--trials", "3", "--epochs", "2", "--train-on", "30"]
    result = CliRunner().invoke(
        tune, [*words, "--batch", "4:16", "--seed", "1", "--out", "o.json", "--plot", "p.png"],
        catch_exceptions=False,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert len(_trials(tmp_path / "o.json")) == 3
    line = result.output.strip().splitlines()[-1]
    assert line.startswith("numerist train")
    if model == "cnn":
        assert all(f"--{name} " in line for name in ("smoothing", "average", "distortion"))


def test_the_storage_can_be_named_by_the_environment(
    numerist_command: Callable[..., Any], tmp_path: Path
) -> None:
    ran = numerist_command(*SMALL, "--trials", "1", env={"NUMERIST_TUNE_STORAGE": "elsewhere.db"})
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "elsewhere.db").exists()
    assert not (tmp_path / "tune.db").exists()


def test_on_a_terminal_there_is_a_bar(tmp_path: Path) -> None:
    fcntl, pty, termios = (
        pytest.importorskip(name, reason="a terminal to look at is made as POSIX has them")
        for name in ("fcntl", "pty", "termios")
    )
    numerist.load_mnist()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "numerist", *SMALL, "--trials", "2"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(ours)
    assert process.wait(600) == 0
    assert b"trial 1, epoch 1: " in seen
    assert b"1/2 [" in seen  # when the second one says how it goes, one has ended
