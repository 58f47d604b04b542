"""`numerist train --model …` as people use it: killed, interrupted, resumed, misused."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import numerist
from numerist import load_model
from numerist.cli import main
from numerist.data.own import load_own
from numerist.deep.architectures import build
from numerist.deep.export import plain_layers
from numerist.deep.training import Training
from numerist.model import onnx_file
from numerist.model.layers import read_sharpness, write_layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.data import Mnist

Command = Any  # what the fixture numerist_command gives

posix = pytest.mark.skipif(os.name == "nt", reason="signals to a child work otherwise on Windows")

# Learning that takes a few seconds in very many small steps.
LONG = (
    "train", "--model", "mlp:20", "--train-on", "600", "--epochs", "30", "--batch", "64",
    "--seed", "5",
)  # fmt: skip
STEPS = 30 * (600 // 64)
SHIPPED = Path(numerist.__file__).parent / "model" / "digits.onnx"

# The same command line, but with a checkpoint after each step instead of twice a minute.
SAVING = (
    "import sys; from numerist.cli import main, train_deep; train_deep._SAVE_EVERY = 0.0;"
    " main(sys.argv[1:])"
)

# The same, killed outright when it has computed for a random while after its first checkpoint:
# that counts processor time, so it is killed there whatever else the machine does.
KILLED = """
import random, signal
from numerist.deep import checkpoint

save = checkpoint.save

def saved(*what):
    save(*what)
    if not signal.getitimer(signal.ITIMER_PROF)[0]:
        signal.setitimer(signal.ITIMER_PROF, random.uniform(1e-4, 0.15))

checkpoint.save = saved
"""

# The same, with Ctrl-C during a step.
INTERRUPTED_AT = 20


def interrupted_at(step: int) -> str:
    return f"""
import signal
from numerist.deep.training import Training

take_step = Training.take_step

def interrupted(self):
    if self.step + 1 == {step}:
        signal.raise_signal(signal.SIGINT)
    return take_step(self)

Training.take_step = interrupted
"""


INTERRUPTED = interrupted_at(INTERRUPTED_AT)

# The same, with Ctrl-C while the model is judged.
JUDGED = """
import signal
from numerist.model import calibration

calibration.thresholds = lambda *_: signal.raise_signal(signal.SIGINT)
"""


@dataclass
class Learning:
    """A training that runs in a process of its own."""

    process: subprocess.Popen[str]
    line: str  # the first one that it printed

    def ends(self) -> tuple[int, str, str]:
        """Exit status, the rest of the output, errors."""
        out, err = self.process.communicate(timeout=600)
        return self.process.returncode, out, err


@pytest.fixture
def begin(tmp_path: Path) -> Callable[..., Learning]:
    """Start a training and wait until it learns, that is, for its first line."""

    def start(*words: str, disturbed: str = "") -> Learning:
        process = subprocess.Popen(
            [sys.executable, "-c", disturbed + SAVING, *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert process.stdout is not None
        return Learning(process, process.stdout.readline())

    return start


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The model file of `LONG`, run without any checkpoint."""
    path = tmp_path_factory.mktemp("whole") / "whole.onnx"
    subprocess.run(
        [sys.executable, "-m", "numerist", *LONG, "--out", str(path)],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    return path.read_bytes()


# from the command to the model file


def test_a_convolutional_network_from_the_command_to_its_answers(
    numerist_command: Command, tmp_path: Path, mnist: Mnist
) -> None:
    ran = numerist_command(
        "train", "--model", "cnn", "--train-on", "600", "--epochs", "1", "--batch", "32",
        "--seed", "1", "--plot", "curve.png",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert re.match(
        r"Learning from 600 images; cnn-small with [\d,]+ parameters, epochs: 1, ", lines[0]
    )
    assert "seed 1" in lines[0]
    epoch = re.match(r"Epoch 1 of 1: (\d+) / 10000 validation images, loss (\d\.\d+)", lines[1])
    assert epoch
    model = load_model(tmp_path / "digits.onnx")
    right = int((model.predict(mnist.validation.images) == mnist.validation.labels).sum())
    assert abs(right - int(epoch[1])) <= 20  # the file holds float16
    assert right > 6000
    judged = int((model.predict(mnist.test.images) == mnist.test.labels).sum())
    assert lines[-1].startswith(f"{judged / 1e4:.2%} of the 10000 test images right")
    assert "digits.onnx" in lines[-1]
    assert model.metadata.training_data["examples"] == 600
    assert "--model cnn" in model.metadata.made_by
    assert "CC BY-SA 3.0" in model.metadata.licence
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["curve.png", "digits.onnx"]


def test_the_command_in_the_metadata_makes_the_same_file_again(
    numerist_command: Command, tmp_path: Path, never_killed: bytes
) -> None:
    (tmp_path / "first.onnx").write_bytes(never_killed)
    made_by = onnx_file.read(tmp_path / "first.onnx")[1].made_by
    words = made_by.split("numerist train ")[1].split()
    ran = numerist_command("train", *words, "--out", "again.onnx")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "again.onnx").read_bytes() == never_killed


def test_a_student_of_two_teachers_says_who_they_were(
    numerist_command: Command, tmp_path: Path, never_killed: bytes
) -> None:
    for name in ("first.onnx", "second.onnx"):
        (tmp_path / name).write_bytes(never_killed)
    words = ["--model", "mlp:5", "--train-on", "200", "--epochs", "1", "--seed", "1"]
    teachers = ["--teacher", "first.onnx", "--teacher", "second.onnx"]
    for name, more in (("taught", teachers), ("alone", [])):
        ran = numerist_command("train", *words, *more, "--out", f"{name}.onnx")
        assert ran.returncode == 0, ran.stderr
    assert onnx_file.read(tmp_path / "taught.onnx")[1].made_by.endswith(" ".join(teachers))
    taught, alone = (load_model(tmp_path / f"{name}.onnx") for name in ("taught", "alone"))
    paper = np.zeros((1, 28, 28), np.float32)
    assert (taught.judge(paper)[2] != alone.judge(paper)[2]).any()


def test_a_twin_learns_from_all_images_and_is_as_sure_as_the_other(
    numerist_command: Command, tmp_path: Path, mnist: Mnist
) -> None:
    """It is written over the file that it is a twin of, which must have been read before."""
    words = ["--model", "deep-mlp:40", "--batch", "500", "--epochs", "1", "--seed", "1"]
    path = tmp_path / "digits.onnx"
    ran = numerist_command("train", *words)
    assert ran.returncode == 0, ran.stderr
    first, sharpness = onnx_file.read(path)[1], read_sharpness(path)
    ran = numerist_command("train", *words, "--twin", path.name)
    assert ran.returncode == 0, ran.stderr
    assert "Learning from 60000 images" in ran.stdout
    assert f"/ {len(mnist.validation)} learned images" in ran.stdout
    both = onnx_file.read(path)[1]
    assert both.rejection == first.rejection != []
    assert both.accuracy.keys() == {"test"}  # nothing else is left that it has not seen
    assert both.training_data["examples"] == 60_000
    assert both.made_by.endswith(f"--twin {path.name}")
    assert read_sharpness(path) == sharpness != 1
    ran = numerist_command("train", *words, "--twin", path.name)
    assert ran.returncode == 2
    assert "expected one that learned from 50,000 images" in ran.stderr


# images of one's own


@pytest.fixture
def own(tmp_path: Path, mnist: Mnist) -> Path:
    """A folder with 25 pictures each of zeros, ones and twos, dark on light."""
    for digit, name in enumerate(("nought", "one", "two")):
        (tmp_path / "own" / name).mkdir(parents=True)
        chosen = np.flatnonzero(mnist.training.labels == digit)[:25]
        for k, image in enumerate(mnist.training.images[chosen]):
            pixels = np.rint(255 - 255 * image).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "own" / name / f"{k}.png")
    return tmp_path / "own"


def test_few_images_are_learned_as_often_as_it_takes(
    numerist_command: Command, own: Path, mnist: Mnist
) -> None:
    ran = numerist_command("train", "--model", "cnn", "--data", own.name, "--seed", "1")
    assert ran.returncode == 0, ran.stderr
    assert "Learning from 60 images" in ran.stdout
    assert "epochs: 100, mini-batches of 15" in ran.stdout
    some = mnist.validation.labels < 3
    answers = load_model(own.parent / "digits.onnx").predict(mnist.validation.images[some])
    assert (answers == mnist.validation.labels[some]).mean() > 0.85


def test_the_model_file_says_what_it_learned_from(
    own: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(own)
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    out = tmp_path / "mlp.onnx"
    curve = tmp_path / "curve.SVG"
    words = ["train", "--model", "mlp:5", "--data", ".", "--epochs", "1", "--out", str(out)]
    words += ["--plot", str(curve)]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert not ended.value.code
    assert "mean loss while learning" in curve.read_text(encoding="utf-8")
    metadata = load_model(out).metadata
    assert metadata.training_data == {
        "name": "own", "examples": 60, "classes": 3, "sha256": load_own(own).sha256
    }  # fmt: skip
    assert "--data own" in metadata.made_by


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_names_that_are_no_utf8_stand_in_the_model_file_as_escapes(
    own: Path, numerist_command: Command
) -> None:
    odd = os.fsdecode(b"odd\xff")
    (own / "one").rename(own / odd)
    own.rename(own.parent / odd)
    (own.parent / odd / "two" / "\x1b[2J\n.png").touch()
    words = ("train", "--model", "mlp:5", "--data", odd, "--epochs", "1")
    more = ("--start-from", f"{odd}.onnx", "--teacher", f"{odd}.onnx")
    for names in ((), more):
        ran = numerist_command(*words, *names)
        assert ran.returncode == 0, ran.stderr
        assert r"odd\udcff/two/\x1b[2J\n.png" in ran.stderr
        shutil.copy(own.parent / "digits.onnx", own.parent / f"{odd}.onnx")
    metadata = load_model(own.parent / "digits.onnx").metadata
    assert metadata.classes == ["nought", r"odd\xff", "two"]
    assert metadata.training_data["name"] == r"odd\xff"
    assert r"--data odd\xff --start-from odd\xff.onnx --teacher odd\xff.onnx" in metadata.made_by


def test_what_a_model_began_from_and_was_taught_by_stands_in_its_file(
    numerist_command: Command, own: Path, tmp_path: Path
) -> None:
    words = ("train", "--model", "mlp:5", "--data", own.name, "--epochs", "1")
    assert numerist_command(*words, "--out", "teacher.onnx").returncode == 0
    start, about = build("mlp:5", 3), {"name": "letters of a bank", "sha256": {"a": "b"}}
    layers, classes = plain_layers(start), ["a", "b", "c"]
    file = tmp_path / "digits.onnx"  # which is written over
    write_layers(file, layers, classes=classes, licence="CC BY-NC 4.0", training_data=about)
    content = file.read_bytes()
    more = ("--start-from", "digits.onnx", "--teacher", "teacher.onnx")
    ran = numerist_command(*words, *more)
    assert ran.returncode == 0, ran.stderr
    metadata = load_model(file).metadata
    began, taught = metadata.training_data["models"]
    assert began == {
        "as": "start-from", "file": "digits.onnx", "sha256": hashlib.sha256(content).hexdigest(),
        "licence": "CC BY-NC 4.0", "training_data": about, "made_by": "numerist",
    }  # fmt: skip
    assert (taught["as"], taught["file"]) == ("teacher", "teacher.onnx")
    assert taught["training_data"]["sha256"] == load_own(own).sha256
    assert metadata.training_data["sha256"] == load_own(own).sha256
    assert metadata.licence == (
        "that of the images it learned from; digits.onnx, which it learned from: CC BY-NC 4.0"
    )


@pytest.mark.parametrize(
    ("began", "asked"),
    [
        ("mlp:5", "mlp:6"), ("mlp:5", "deep-mlp:5"), ("mlp:5", "cnn"), ("cnn-small", "mlp:5"),
        ("cnn-small", "cnn-medium"), ("cnn-medium", "cnn"), ("deep-mlp:5", "deep-mlp:5"),
    ],
)  # fmt: skip
def test_training_goes_on_with_the_architecture_that_was_asked_for(
    refused: Callable[..., Refusal], tmp_path: Path, began: str, asked: str
) -> None:
    write_layers(tmp_path / "i.onnx", plain_layers(build(began, 10)), classes=list("0123456789"))
    fits = asked in (began, "cnn") and began != "mlp:5"
    words = ["--model", asked, "--start-from", "i.onnx", "--train-on", "5"]
    refusal = refused(*words)
    assert refusal.status == 2
    assert ("at least a mini-batch" in refusal.line) == fits
    assert (f"i.onnx: expected a network as --model {asked} makes" in refusal.line) != fits


def test_a_batch_that_is_asked_for_is_taken_of_few_images_too(
    numerist_command: Command, own: Path, refused: Callable[..., Refusal]
) -> None:
    words = ["--model", "mlp:5", "--data", own.name, "--epochs", "1"]
    ran = numerist_command("train", *words, "--batch", "40", "--out", "mlp.onnx")
    assert ran.returncode == 0, ran.stderr
    assert "epochs: 1, mini-batches of 40," in ran.stdout
    refusal = refused(*words, "--batch", "61")
    assert refusal.status == 2
    assert "expected at least a mini-batch of 61, found 60" in refusal.line
    refusal = refused(*words, "--train-on", "61")
    assert refusal.status == 2
    assert "--train-on: expected at most 60, found 61. The other 15 judge" in refusal.line


# killed and resumed


def losses(said: str) -> list[tuple[str, str]]:
    return re.findall(r"Epoch (\d+) of .* loss (\S+),", said)


@posix
def test_killed_at_random_moments_and_resumed_it_ends_with_the_same_bytes(
    begin: Callable[..., Learning], tmp_path: Path, never_killed: bytes
) -> None:
    words = (*LONG, "--checkpoint", "run.ckpt", "--resume", "--out", "killed.onnx")
    reached: list[int] = []
    for disturbed in [KILLED] * 8:  # now and then a step after the one before, or at the end
        run = begin(*words, disturbed="" if len(set(reached)) >= 3 else disturbed)
        if run.line.startswith("Going on"):
            reached.append(int(re.findall(r"\d+", run.line)[0]))
        status, out, err = run.ends()
        if not status:
            break
    assert status == 0, err
    assert "test images right" in out
    assert reached == sorted(reached)
    assert len(set(reached) - {STEPS}) >= 3, "it was hardly killed"
    assert (tmp_path / "killed.onnx").read_bytes() == never_killed


@posix
def test_ctrl_c_keeps_what_was_learned_and_can_go_on(
    begin: Callable[..., Learning], tmp_path: Path, never_killed: bytes, mnist: Mnist
) -> None:
    words = (*LONG, "--checkpoint", "run.ckpt", "--out", "digits.onnx")
    run = begin(*words, disturbed=INTERRUPTED)
    status, out, err = run.ends()
    assert status == 1
    assert "Traceback" not in err
    stopped = re.search(rf"Interrupted after step (\d+) of {STEPS}; run\.ckpt goes on", out)
    assert stopped
    assert int(stopped[1]) == INTERRUPTED_AT
    model = load_model(tmp_path / "digits.onnx")  # as far as it came
    assert model.predict(mnist.validation.images[:100]).shape == (100,)
    assert f"interrupted after step {stopped[1]}" in model.metadata.made_by
    again = begin(*words, "--resume")
    assert again.line == f"Going on after step {stopped[1]} of {STEPS}.\n"
    status, rest, _ = again.ends()
    assert status == 0
    undisturbed = begin(*LONG, "--out", "whole.onnx").ends()[1]
    assert losses(out + rest) == losses(undisturbed)  # of the epoch that was cut in two as well
    assert (tmp_path / "digits.onnx").read_bytes() == never_killed


@posix
def test_ctrl_c_without_a_checkpoint_says_no_more_than_is_true(
    begin: Callable[..., Learning], tmp_path: Path
) -> None:
    status, out, err = begin(*LONG, disturbed=INTERRUPTED).ends()
    assert status == 1
    assert "Traceback" not in err
    assert "--resume" not in out
    assert "Interrupted after step" in out
    assert np.isfinite(load_model(tmp_path / "digits.onnx").probabilities(np.zeros((28, 28)))).all()


@posix
def test_ctrl_c_in_the_first_epoch_leaves_the_model_that_is_there(
    begin: Callable[..., Learning], tmp_path: Path
) -> None:
    (tmp_path / "digits.onnx").write_bytes(b"a good model")
    words = (*LONG, "--checkpoint", "run.ckpt")
    status, out, err = begin(*words, disturbed=interrupted_at(3)).ends()
    assert (status, err) == (
        1, "numerist: interrupted; no epoch was whole, so no model was written.\n"
    )  # fmt: skip
    assert f"Interrupted after step 3 of {STEPS}; run.ckpt goes on from there" in out
    assert (tmp_path / "digits.onnx").read_bytes() == b"a good model"
    again = begin(*words, "--resume", disturbed=interrupted_at(INTERRUPTED_AT))
    assert again.ends()[0] == 1
    resumed = begin(*words, "--resume", disturbed=interrupted_at(INTERRUPTED_AT + 1))
    assert resumed.ends()[0] == 1
    made_by = load_model(tmp_path / "digits.onnx").metadata.made_by
    assert made_by.endswith(f"interrupted after step {INTERRUPTED_AT + 1}")


@posix
def test_ctrl_c_while_it_is_judged_leaves_no_unfinished_model(
    begin: Callable[..., Learning], tmp_path: Path
) -> None:
    (tmp_path / "digits.onnx").write_bytes(b"a good model")
    words = ("train", "--model", "mlp:5", "--train-on", "200", "--epochs", "1")
    status, _, err = begin(*words, disturbed=JUDGED).ends()
    assert (status, err.strip()) == (1, "numerist: interrupted")
    assert [file.name for file in tmp_path.iterdir()] == ["digits.onnx"]
    assert (tmp_path / "digits.onnx").read_bytes() == b"a good model"


# misused, in this process: it never gets as far as learning


@dataclass
class Refusal:
    status: int
    line: str


@pytest.fixture
def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Refusal]:
    """Run the command line, which is to end with one line on stderr and no model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setattr(Training, "take_step", lambda _: pytest.fail("it began to learn"))

    def run(*words: str) -> Refusal:
        with pytest.raises(SystemExit) as ended:
            main(["train", *words])
        err = capsys.readouterr().err
        assert err.startswith("numerist: ")
        assert len(err.splitlines()) == 1
        assert not (tmp_path / "digits.onnx").exists()
        return Refusal(int(ended.value.code or 0), err)

    return run


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--model", "cnn", "--resume"], "--checkpoint"),
        (["--model", "cnn", "--hidden", "30"], "--hidden"),
        (["--model", "cnn", "--layers", "784,10"], "--layers"),
        (["--model", "cnn", "--cost", "quadratic"], "--cost"),
        (["--model", "cnn", "--best-of", "2"], "--best-of"),
        (["--model", "resnet"], "--model: expected one of network, cnn-small"),
        (["--model", "ccn"], "Did you mean cnn?"),
        (["--model", "Network"], "Did you mean network?"),
        (["--model", "deepmlp:5,5"], "Did you mean deep-mlp?"),
        (["--model", "cnn:3"], "--model: expected"),
        (["--model", "cnn", "--group", "1"], "--group: expected"),
        (["--model", "cnn", "--epochs", "0", "--plot", "x.png"], "--plot: expected --epochs of 1"),
        (["--data", "own"], "add --model cnn"),
        (["--model", "mlp:0"], "size of layer 1"),
        (["--model", "mlp:999999999"], "weights"),
        (["--model", "cnn", "--epochs", "-1"], "--epochs: expected"),
        (["--model", "cnn", "--batch", "1"], "--batch: expected"),
        (["--model", "cnn", "--rate", "0"], "--rate: expected"),
        (["--model", "cnn", "--rate", "nan"], "rate"),
        (["--model", "cnn", "--average", "1"], "--average"),
        (["--model", "cnn", "--smoothing", "1"], "--smoothing"),
        (["--model", "cnn", "--distortion", "nan"], "--distortion: expected a finite number"),
        (["--model", "cnn", "--recipe", "perfect"], "--recipe"),
        (["--model", "cnn", "--recipe", "finish"], "--start-from"),
        (["--model", "cnn", "--train-on", "5"], "mini-batch"),
        (["--model", "cnn", "--train-on", "0"], "train-on"),
        (["--model", "cnn", "--train-on", "-5"], "train-on"),
        (["--model", "cnn", "--train-on", "50001"], "train-on"),
        (["--model", "cnn", "--seed", "-1"], "--seed"),
        (["--model", "cnn", "--seed", str(1 << 64)], "--seed: expected"),
        (["--model", "cnn", "--plot", "digits.onnx"], "need a file each"),
        (["--model", "cnn", "--plot", "curve.jpg"], "expected a file ending in .png or .svg"),
        (["--model", "cnn", "--out", "i.onnx", "--checkpoint", "./i.onnx"], "need a file each"),
        (["--model", "cnn", "--data", "own.csv", "--out", "own.csv"], "need a file each"),
        (["--model", "cnn", "--start-from", "i.onnx", "--plot", "i.onnx"], "need a file each"),
        (["--checkpoint", "run.ckpt"], "--checkpoint"),
        (["--resume"], "--resume"),
        (["--plot", "curve.png"], "--plot"),
        (["--recipe", "best"], "--recipe"),
        (["--teacher", "digits.onnx"], "--teacher"),
        (["--model", "mlp:5", "--teacher", str(SHIPPED)], "expected 10 outputs"),
        (["--model", "mlp:5", "--twin", str(SHIPPED)], "a network of 3,985 parameters"),
        (["--model", "mlp:5", "--twin", str(SHIPPED), "--train-on", "9"], "--twin"),
        (["--twin", str(SHIPPED)], "--twin"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(
    refused: Callable[..., Refusal], words: list[str], says: str
) -> None:
    refusal = refused(*words)
    assert refusal.status == 2, refusal.line
    assert says in refusal.line


def test_what_is_there_is_never_written_over_as_a_checkpoint(
    refused: Callable[..., Refusal], tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    refusal = refused("--model", "cnn", "--checkpoint", "thesis.txt")
    assert refusal.status == 2
    assert "--checkpoint: expected a file that is new or empty, found thesis.txt" in refusal.line
    assert "--resume" in refusal.line
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"
    (tmp_path / "thesis.txt").write_text("", encoding="utf-8")
    assert (
        "mini-batch"
        in refused("--model", "cnn", "--checkpoint", "thesis.txt", "--train-on", "5").line
    )


@pytest.mark.parametrize("option", ["--out", "--checkpoint", "--plot"])
def test_what_is_written_is_not_put_among_the_images(
    refused: Callable[..., Refusal], own: Path, option: str
) -> None:
    for place in (f"{own.name}/new.png", f"{own.name}/two/new.png"):
        refusal = refused("--model", "mlp:5", "--data", own.name, option, place)
        assert refusal.status == 2
        assert "not for the folder of --data" in refusal.line


def test_a_device_that_is_not_there(refused: Callable[..., Refusal]) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():  # then ask for the one that such machines never have
        assert "mps" in refused("--model", "cnn", "--device", "mps").line
        return
    refusal = refused("--model", "cnn", "--device", "cuda")
    assert refusal.status == 2
    assert "cuda" in refusal.line


@pytest.mark.parametrize(
    ("option", "place"),
    [("--out", "missing/file"), ("--checkpoint", "missing/file"), ("--plot", "missing/file.svg")],
)
def test_a_place_that_cant_be_written_is_refused_before_learning(
    refused: Callable[..., Refusal], option: str, place: str
) -> None:
    refusal = refused("--model", "cnn", option, place)
    assert refusal.status == 1
    assert place in refusal.line


def test_a_curve_that_cant_be_drawn_is_refused_before_learning(
    refused: Callable[..., Refusal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    refusal = refused("--model", "cnn", "--plot", "curve.png")
    assert refusal.status == 1
    assert "pip install 'numerist[train]'" in refusal.line


def test_a_checkpoint_of_another_run_is_named_and_left_alone(
    refused: Callable[..., Refusal], numerist_command: Command, tmp_path: Path
) -> None:
    short = ("train", "--model", "mlp:5", "--train-on", "200", "--epochs", "1", "--seed", "1")
    written = numerist_command(*short, "--checkpoint", "run.ckpt", "--out", "one.onnx")
    assert written.returncode == 0, written.stderr
    before = (tmp_path / "run.ckpt").read_bytes()
    other = [*short[1:-1], "2", "--checkpoint", "run.ckpt", "--resume"]
    assert re.search(r"run\.ckpt, seed: expected 2, found 1", refused(*other).line)
    (tmp_path / "bad.ckpt").write_bytes(before[:-500])
    refusal = refused(*short[1:], "--checkpoint", "bad.ckpt", "--resume")
    assert refusal.status == 1
    assert "bad.ckpt" in refusal.line
    assert (tmp_path / "run.ckpt").read_bytes() == before
    done = numerist_command(*short, "--checkpoint", "run.ckpt", "--resume", "--out", "two.onnx")
    assert done.returncode == 0, done.stderr  # there was nothing left to do
    assert (tmp_path / "two.onnx").read_bytes() == (tmp_path / "one.onnx").read_bytes()


def test_a_wild_rate_ends_in_one_line(numerist_command: Command, tmp_path: Path) -> None:
    ran = numerist_command(
        "train", "--model", "deep-mlp:8", "--train-on", "200", "--batch", "20", "--rate", "1e30"
    )
    assert ran.returncode == 1
    assert re.fullmatch(r"numerist: step \d+: .*learning rate 1e\+30 is too high.*\n", ran.stderr)
    assert not (tmp_path / "digits.onnx").exists()
