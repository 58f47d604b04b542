"""The command line as people use it: as a process, with good and bad input."""

from __future__ import annotations

import builtins
import gzip
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from numerist import Network, load_model
from numerist import __main__ as numerist_main
from numerist import engine as engines
from numerist.cli import options
from numerist.data import fetch
from numerist.model import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numerist.data import Mnist

Command = Any  # what the fixture numerist_command gives


def one_line(stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if line.startswith("numerist: ")]
    assert len(lines) == 1
    assert "Traceback" not in stderr
    return lines[0]


@pytest.mark.parametrize(
    "words",
    [("read", "a\nb.png", "--list", "a\nb.txt"), ("read", "a\nb.png", "--out", "a\nb.png"),
     ("evaluate", "a\nb.onnx")],
)  # fmt: skip
def test_a_line_break_in_a_name_breaks_no_line(
    numerist_command: Command, words: tuple[str, ...]
) -> None:
    ran = numerist_command(*words)
    assert ran.returncode != 0
    assert ran.stderr.count("\n") == 1
    assert "a\\nb." in one_line(ran.stderr)


# train


def test_train_prints_the_chapters_lines_and_writes_the_model(
    numerist_command: Command, tmp_path: Path, mnist: Mnist
) -> None:
    ran = numerist_command("train", "--epochs", "2", "--seed", "1", "--train-on", "5000")
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert "5000 images" in lines[0]
    assert "seed 1" in lines[0]
    assert "10000 test images" in lines[1]
    counts = [int(re.fullmatch(rf"Epoch {k}: (\d+) / 10000", lines[2 + k])[1]) for k in (0, 1)]  # type: ignore[index]
    assert re.fullmatch(
        rf"Best {max(counts) / 1e4:.2%} \(epoch \d\), final {counts[1] / 1e4:.2%} on the test "
        r"images, \d+\.\d s, seed 1\. Model: digits\.onnx",
        lines[4],
    )
    model = load_model(tmp_path / "digits.onnx")
    right = int((model.predict(mnist.test.images) == mnist.test.labels).sum())
    assert right == counts[1]
    metadata = model.metadata
    assert metadata.accuracy == {"test": {"right": counts[1], "total": 10_000}}
    assert metadata.training_data["examples"] == 5000
    assert metadata.training_data["sha256"]["train-labels-idx1-ubyte"].startswith("65a50c")
    assert "CC BY-SA 3.0" in metadata.licence


def test_the_command_in_the_metadata_makes_the_same_file_again(
    numerist_command: Command, tmp_path: Path
) -> None:
    first = numerist_command("train", "--epochs", "1", "--train-on", "1000", "--hidden", "7,5")
    assert first.returncode == 0, first.stderr
    made_by = load_model(tmp_path / "digits.onnx").metadata.made_by
    words = made_by.split("numerist train ")[1].split()
    again = numerist_command("train", *words, "--out", "again.onnx")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again.onnx").read_bytes() == (tmp_path / "digits.onnx").read_bytes()


def test_train_equals_the_chapters_lines_in_python(
    numerist_command: Command, tmp_path: Path, mnist: Mnist
) -> None:
    numerist_command("train", "--epochs", "1", "--seed", "5", "--train-on", "2000")
    net = Network([784, 30, 10], seed=5)
    net.SGD(mnist.training[:2000], 1, 10, 3.0, mnist.test, on_epoch=lambda *_: None)
    saved = Network.load(tmp_path / "digits.onnx")
    for a, b in zip(net.weights, saved.weights, strict=True):
        assert a.tobytes() == b.tobytes()


def test_zero_epochs_save_the_untrained_network(numerist_command: Command, tmp_path: Path) -> None:
    ran = numerist_command("train", "--epochs", "0", "--seed", "3")
    assert ran.returncode == 0, ran.stderr
    saved = Network.load(tmp_path / "digits.onnx")
    np.testing.assert_array_equal(saved.weights[0], Network([784, 30, 10], seed=3).weights[0])


def test_best_of_keeps_the_best_on_validation_images(
    numerist_command: Command, tmp_path: Path, mnist: Mnist
) -> None:
    ran = numerist_command(
        "train", "--epochs", "1", "--train-on", "1000", "--seed", "20", "--best-of", "3"
    )
    assert ran.returncode == 0, ran.stderr
    scores = {}
    for seed in (20, 21, 22):
        net = Network([784, 30, 10], seed=seed)
        net.SGD(mnist.training[:1000], 1, 10, 3.0, on_epoch=lambda *_: None)
        scores[seed] = net.evaluate(mnist.validation)
    listed = ", ".join(f"{seed}: {score}" for seed, score in scores.items())
    assert listed in ran.stdout
    best = max(scores, key=lambda seed: scores[seed])
    assert f"seed {best}. Model" in ran.stdout
    saved = Network.load(tmp_path / "digits.onnx")
    assert saved.evaluate(mnist.validation) == scores[best]


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_best_of_leaves_out_what_diverged(
    numerist_command: Command, tmp_path: Path, engine: str
) -> None:
    if engine == "compiled" and not engines.available():
        pytest.skip("installed without the compiled engine")
    words = (
        "--hidden 30 --activation relu --output identity --rate 2 --epochs 2 --train-on 200"
        f" --seed 0 --best-of 8 --engine {engine}"
    )
    ran = numerist_command("train", *words.split())
    left_out = set(re.findall(r"Seed (\d+) was left out: .* finite weights", ran.stdout))
    chosen = re.findall(r"seed (\d+)\. Model", ran.stdout)
    assert 0 < len(left_out) < 8, ran.stdout + ran.stderr
    assert chosen[0] not in left_out
    assert ran.returncode == 0
    assert (tmp_path / "digits.onnx").exists()


@pytest.mark.skipif(os.name == "nt", reason="SIGINT to a child works otherwise on Windows")
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_interrupted_best_of_keeps_whole_epochs(tmp_path: Path, engine: str) -> None:
    if engine == "compiled" and not engines.available():
        pytest.skip("installed without the compiled engine")
    words = (
        f"-m numerist train --epochs 10000 --train-on 1000 --best-of 3 --seed 0 --engine {engine}"
    )
    with subprocess.Popen(
        [sys.executable, *words.split()], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert any("seed 0: Epoch 3:" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 1
    assert "Stopped (interrupted)" in rest
    assert Network.load(tmp_path / "digits.onnx").sizes == [784, 30, 10]


def test_on_validation(numerist_command: Command) -> None:
    ran = numerist_command("train", "--epochs", "1", "--train-on", "500", "--on", "validation")
    assert "10000 validation images" in ran.stdout
    assert "on the validation images" in ran.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--rate", "-1"], "--rate"),
        (["--rate", "0"], "--rate"),
        (["--rate", "nan"], "--rate"),
        (["--rate", "fast"], "--rate"),
        (["--batch", "0"], "--batch"),
        (["--epochs", "-1"], "--epochs"),
        (["--layers", "784"], "--layers"),
        (["--layers", ""], "--layers"),
        (["--layers", "784,5,10", "--hidden", "5"], "one of the two"),
        (["--hidden", "0"], "--hidden"),
        (["--layers", "100,10"], "784 inputs"),
        (["--layers", "784,0,10"], "at least 1"),
        (["--layers", "784,x,10"], "--layers"),
        (["--hidden", "thirty"], "--hidden"),
        (["--train-on", "0"], "--train-on"),
        (["--train-on", "60000"], "at most 50000"),
        (["--cost", "hinge"], "--cost"),
        (["--cost", "cross-entropy", "--output", "tanh"], "cross-entropy"),
        (["--best-of", "0"], "--best-of"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(
    numerist_here: Command, tmp_path: Path, words: list[str], says: str
) -> None:
    ran = numerist_here("train", *words)
    assert ran.returncode == 2
    assert says in one_line(ran.stderr)
    assert not (tmp_path / "digits.onnx").exists()


def test_an_unwritable_place_is_noticed_before_the_work(numerist_command: Command) -> None:
    ran = numerist_command("train", "--out", "no/such/folder/digits.onnx")
    assert ran.returncode == 1
    assert "no/such/folder" in one_line(ran.stderr)
    assert "Epoch" not in ran.stdout


def test_weights_that_grow_beyond_bounds_are_said(numerist_command: Command) -> None:
    ran = numerist_command(
        "train", "--activation", "relu", "--output", "identity", "--rate", "1000",
        "--epochs", "1", "--train-on", "500",
    )  # fmt: skip
    assert ran.returncode == 1
    assert "too high" in one_line(ran.stderr)


def test_a_bad_run_is_diagnosed_and_a_good_one_is_not(
    numerist_command: Command,
) -> None:
    bad = numerist_command("train", "--rate", "100", "--epochs", "4", "--train-on", "10000")
    assert bad.returncode == 0
    assert "Likely cause: learning rate too high" in bad.stderr
    assert "Model: digits.onnx" in bad.stdout
    words = "train --epochs 8 --train-on 10000 --seed 11 --engine numpy"  # no note of an engine
    good = numerist_command(*words.split())
    assert good.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="SIGINT to a child works otherwise on Windows")
@pytest.mark.parametrize("whole_epochs", [0, 1])
def test_ctrl_c_keeps_the_last_whole_epoch(tmp_path: Path, mnist: Mnist, whole_epochs: int) -> None:
    command = [sys.executable, "-m", "numerist", "train", "--seed", "2", "--epochs", "10000"]
    if whole_epochs == 0:
        command += ["--hidden", "10000"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2 + whole_epochs)]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "Traceback" not in err
    if whole_epochs == 0:
        assert "interrupted" in one_line(err)
        assert not list(tmp_path.iterdir())
        return
    printed = [int(count) for count in re.findall(r"Epoch \d+: (\d+) /", "".join(lines) + out)]
    assert f"{len(printed)} epoch" in out
    assert Network.load(tmp_path / "digits.onnx").evaluate(mnist.test) == printed[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["digits.onnx"]


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals on Windows")
def test_progress_on_a_terminal_and_only_there(tmp_path: Path) -> None:
    import pty  # noqa: PLC0415
    import select  # noqa: PLC0415
    import termios  # noqa: PLC0415

    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    command = [sys.executable, "-m", "numerist", "train", "--epochs", "1", "--hidden", "100"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=terminal, text=True
    ) as process:
        out, _ = process.communicate(timeout=600)
    assert select.select([controller], [], [], 60)[0]
    shown = os.read(controller, 1 << 20).decode()
    os.close(terminal)
    os.close(controller)
    assert re.search(r"\d+%.*images/s", shown)
    assert "\r" not in out
    assert "Epoch 0: " in out


@pytest.mark.skipif(os.name == "nt", reason="sh and head are not there")
def test_a_reader_who_stops_reading_loses_no_model(tmp_path: Path, mnist: Mnist) -> None:
    line = f"{sys.executable} -m numerist train --epochs 6 --train-on 5000 --seed 3 | head -3"
    ran = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in ran.stderr
    model = load_model(tmp_path / "digits.onnx")
    right = int((model.predict(mnist.test.images) == mnist.test.labels).sum())
    assert model.metadata.accuracy["test"]["right"] == right


def test_more_neurons_than_memory(numerist_command: Command) -> None:
    ran = numerist_command("train", "--hidden", "100000000000")
    assert ran.returncode == 1
    assert "memory" in one_line(ran.stderr)


# evaluate


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, mnist: Mnist) -> Path:
    net = Network([784, 30, 10], seed=1)
    net.SGD(mnist.training[:10_000], 1, 10, 3.0, on_epoch=lambda *_: None)
    path = tmp_path_factory.mktemp("model") / "digits.onnx"
    net.save(path)
    return path


def test_evaluate_for_people(numerist_command: Command, model: Path, mnist: Mnist) -> None:
    ran = numerist_command("evaluate", str(model), "--worst", "3")
    assert ran.returncode == 0, ran.stderr
    net = Network.load(model)
    answers = net.feedforward(mnist.test.rows.T).argmax(axis=0)
    right = int((answers == mnist.test.labels).sum())
    assert f"{right} of 10000 test images right: {right / 10000:.2%}" in ran.stdout
    zeros = mnist.test.labels == 0
    assert f"({int((answers[zeros] == 0).sum())} of 980)" in ran.stdout
    assert len(re.findall(r"\d as \d  #\d+", ran.stdout)) == 3
    assert "\x1b" not in ran.stdout


def test_evaluate_for_machines(numerist_command: Command, model: Path, mnist: Mnist) -> None:
    ran = numerist_command("evaluate", str(model), "--json", "--on", "validation")
    result = json.loads(ran.stdout)
    answers = Network.load(model).feedforward(mnist.validation.rows.T).argmax(axis=0)
    confusion = np.zeros((10, 10), int)
    for label, answer in zip(mnist.validation.labels, answers, strict=True):
        confusion[label, answer] += 1
    assert result["confusion"] == confusion.tolist()
    assert result["right"] == confusion.trace()
    assert result["total"] == 10_000
    assert len(result["misread"]) == 10_000 - confusion.trace()
    for entry in result["misread"][:20]:
        assert str(mnist.validation.labels[entry["index"]]) == entry["label"]
        assert str(answers[entry["index"]]) == entry["answer"]


def test_evaluate_writes_a_sheet(numerist_command: Command, tmp_path: Path, model: Path) -> None:
    ran = numerist_command("evaluate", str(model), "--png", "sheet.png", "--worst", "9")
    assert ran.returncode == 0, ran.stderr
    with Image.open(tmp_path / "sheet.png") as picture:
        width, height = picture.size
        assert width > 3 * 56
        assert height > 3 * 56


@pytest.mark.parametrize("name", ["missing.onnx", "text.onnx"])
def test_evaluate_refuses_what_is_no_model(
    numerist_command: Command, tmp_path: Path, name: str
) -> None:
    (tmp_path / "text.onnx").write_text("not a model")
    ran = numerist_command("evaluate", name)
    assert ran.returncode == 1
    assert name in one_line(ran.stderr)
    assert ran.stdout == ""


def test_evaluate_refuses_a_network_for_other_images(
    numerist_command: Command, tmp_path: Path
) -> None:
    Network([64, 10]).save(tmp_path / "small.onnx", input_shape=(8, 8))
    ran = numerist_command("evaluate", "small.onnx")
    assert ran.returncode == 2
    assert "(8, 8)" in one_line(ran.stderr)


# data


def test_data_show(numerist_command: Command, tmp_path: Path) -> None:
    ran = numerist_command("data", "show", "--count", "3", "--digit", "7", "--on", "test")
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^7 +7 +7$", ran.stdout, re.MULTILINE)
    assert "CC BY-SA 3.0" in ran.stdout
    ran = numerist_command("data", "show", "--count", "4", "--png", "four.png")
    assert ran.returncode == 0, ran.stderr
    with Image.open(tmp_path / "four.png") as picture:
        assert picture.size == (2 * 62, 2 * 62)
    ran = numerist_command("data", "show", "--from", "60000")
    assert ran.returncode == 2
    assert "50000" in one_line(ran.stderr)


def test_data_from_a_folder(numerist_command: Command, tmp_path: Path) -> None:
    for name, content in fetch.fetch().items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content, 1))
    ran = numerist_command("data", "verify", "--data-dir", ".")
    assert ran.returncode == 0
    assert ran.stdout.count(": ok") == 4
    ran = numerist_command("data", "show", "--count", "1", env={"NUMERIST_DATA": str(tmp_path)})
    assert ran.returncode == 0, ran.stderr
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(10_008)))
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    ran = numerist_command("data", "verify", "--data-dir", ".")
    assert ran.returncode == 1
    assert "2 of 4 files" in ran.stdout
    ran = numerist_command("train", "--data-dir", ".")
    assert ran.returncode == 1
    assert "train-labels-idx1-ubyte" in one_line(ran.stderr)


@pytest.fixture
def mirror() -> Iterator[str]:
    files = {f"/{name}.gz": gzip.compress(content, 1) for name, content in fetch.fetch().items()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(files[self.path])))
            self.end_headers()
            self.wfile.write(files[self.path])

        def log_message(self, *_: Any) -> None:
            """Stay quiet."""

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def test_data_fetch_fills_the_cache_from_a_mirror_of_ones_own(
    numerist_command: Command, tmp_path: Path, mirror: str
) -> None:
    env = {"NUMERIST_MIRROR": mirror, "NUMERIST_CACHE": str(tmp_path / "cache")}
    ran = numerist_command("data", "fetch", env=env)
    assert ran.returncode == 0, ran.stderr
    assert "whole" in ran.stdout
    assert sorted(path.name for path in (tmp_path / "cache/mnist").iterdir()) == sorted(fetch.FILES)
    ran = numerist_command("data", "verify", env=env)
    assert ran.returncode == 0
    ran = numerist_command("data", "fetch", env={**env, "NUMERIST_MIRROR": "http://127.0.0.1:9"})
    assert ran.returncode == 0
    assert "fetching" not in ran.stderr


def test_data_fetch_that_keeps_nothing_has_failed(
    numerist_command: Command, tmp_path: Path, mirror: str
) -> None:
    (tmp_path / "file").write_text("")
    env = {"NUMERIST_MIRROR": mirror, "NUMERIST_CACHE": str(tmp_path / "file")}
    ran = numerist_command("data", "fetch", env=env)
    assert ran.returncode == 1
    assert "could not be kept" in ran.stderr
    assert "whole" not in ran.stdout


def test_no_source_reachable(numerist_command: Command, tmp_path: Path) -> None:
    """Without a name service and without npm; the message says what to do by hand."""
    code = (
        "import sys, numerist.data.fetch as f\n"
        "f.sources = lambda: [f.Mirror('http://127.0.0.1:9'), f.Mirror('http://127.0.0.1:10')]\n"
        "from numerist.cli import main; main(['data', 'fetch'])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMERIST_CACHE": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    for words in ("http://127.0.0.1:9", "http://127.0.0.1:10", "--data-dir", "Traceback"):
        assert (words in ran.stderr) == (words != "Traceback")


# all of it


def test_help_of_every_verb(numerist_command: Command) -> None:
    top = numerist_command("--help")
    verbs = re.findall(r"^  (\w+)  ", top.stdout.split("Commands:")[1], re.MULTILINE)
    assert verbs == sorted(verbs)
    assert {"data", "evaluate", "train"} <= set(verbs)
    for verb in verbs:
        ran = numerist_command(verb, "--help")
        assert ran.returncode == 0
        assert ran.stdout.startswith(f"Usage: python -m numerist {verb}")


def test_version_and_no_command(numerist_command: Command) -> None:
    assert re.match(r"numerist \d+\.\d+\.\d+", numerist_command("--version").stdout)
    assert numerist_command("nonsense").returncode == 2
    bare = numerist_command()
    assert bare.returncode == 2
    assert bare.stderr.startswith("Usage: ")


@pytest.mark.skipif(os.name == "nt", reason="sh and head are not there")
def test_a_reader_who_stops_reading_sees_no_traceback() -> None:
    line = f"{sys.executable} -m numerist data show --count 1000 | head -1"
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert ran.stderr == ""


@pytest.mark.parametrize("encoding", ["ascii", "ascii:surrogateescape"])  # as in the C locale
def test_output_for_a_terminal_without_unicode(numerist_command: Command, encoding: str) -> None:
    env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    ran = numerist_command("data", "show", "--count", "1", env=env)
    assert ran.returncode == 0, ran.stderr
    ran = numerist_command("train", "--epochs", "0", env=env)
    assert ran.returncode == 0, ran.stderr
    ran = numerist_command("chapter", "S2", "--quick", "--out", "report", env=env)
    assert ran.returncode == 0, ran.stderr
    assert "\\u03c3" in ran.stdout


def test_one_way_to_call_it(numerist_command: Callable[..., Any]) -> None:
    assert numerist_command("train", "stray").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "--epochs"], "requires an argument. See "),
        (["train", "extra"], "(extra). See "),
        (["train", "--model", "mlp:"], "--model: expected one of "),
        (["evaluate", "--wrst", "3"], "? See "),
        (["train", "--data-dir", "no-such-folder"], "found no such folder"),
    ],
)
def test_wrong_use_names_the_command_in_whole_sentences(
    arguments: list[str], says: str, numerist_command: Command
) -> None:
    ran = numerist_command(*arguments)
    assert ran.returncode in {1, 2}
    assert says in ran.stderr
    assert ran.stderr.endswith(".\n")
    assert "numerist --help" not in ran.stderr


@pytest.mark.parametrize(
    ("words", "way"),
    [
        (["predict", "photo.jpg"], "numerist evaluate --show-input PICTURE"),
        (["explain", "photo.jpg"], "--show-input PICTURE --explain FILE"),
        (["export", "--to", "onnx", "x.onnx"], f"copy MODEL .*, {re.escape(str(SHIPPED))}"),
    ],
)  # fmt: skip
def test_what_is_done_elsewhere_is_said(
    words: list[str], way: str, numerist_here: Command, tmp_path: Path
) -> None:
    ran = numerist_here(*words)
    assert ran.returncode == 2
    assert re.search(way, one_line(ran.stderr))
    assert not list(tmp_path.iterdir())


def test_the_examples_of_export_stand_in_lines_of_their_own(numerist_command: Command) -> None:
    shown = numerist_command("export", "--help").stdout
    assert "\\b" not in shown
    assert "page.html\n  numerist export digits.onnx" in shown


@pytest.mark.parametrize(
    "words",
    [
        ("data", "show", "--count", "1", "--png"), ("evaluate", "--worst", "1", "--png"),
        ("evaluate", "--show-input", "photo.png", "--explain"),
    ],
)  # fmt: skip
def test_a_png_has_no_other_ending(
    numerist_here: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    Image.new("L", (50, 50), 230).save(tmp_path / "photo.png")
    ran = numerist_here(*words, "sheet.jpg")
    assert ran.returncode == 2
    assert "ends in .png" in one_line(ran.stderr)
    assert not (tmp_path / "sheet.jpg").exists()


def test_an_option_is_not_taken_for_the_page(numerist_here: Command, tmp_path: Path) -> None:
    for words in (["--to", "web", "--help"], ["--to", "web", "--no-digits"]):
        ran = numerist_here("export", *words)
        assert ran.returncode == 2
        assert f"found the option {words[-1]}" in one_line(ran.stderr)
        assert not (tmp_path / words[-1]).exists()


def test_ctrl_c_while_the_command_line_loads_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def interrupted(name: str, *arguments: Any, **more: Any) -> Any:
        if name == "numerist.cli":
            raise KeyboardInterrupt
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", interrupted)
    with pytest.raises(SystemExit, match=r"^numerist: interrupted$"):
        numerist_main.main()


@pytest.mark.parametrize(
    ("variables", "colour"),
    [
        ({"TERM": "xterm-256color"}, True), ({}, True), ({"TERM": "dumb"}, False),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, False),
    ],
)  # fmt: skip
def test_a_terminal_without_colours_gets_none(
    variables: dict[str, str], colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", SimpleNamespace(isatty=lambda: True, encoding="utf-8"))
    assert options.terminal()["colour"] is colour
