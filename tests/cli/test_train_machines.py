"""`numerist train --address`: several machines, each of them a command of its own on loopback."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from numerist.cli import main
from numerist.deep import meeting
from numerist.deep.meeting import Meeting, interface, parse
from numerist.errors import InputError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Begin = Callable[..., subprocess.Popen[str]]

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are found in /proc"
)

WORDS = (
    "train", "--model", "deep-mlp:20", "--train-on", "600", "--epochs", "12", "--batch", "40",
    "--group", "20", "--device", "cpu", "--precision", "float32",
)  # fmt: skip
STEPS = 12 * (600 // 40)
NOTHING_WHOLE = "numerist: interrupted; no epoch was whole, so no model was written.\n"

# The same command line, with a checkpoint after each step; machines wait as long as they are told.
SAVING = (
    "import sys; from numerist.cli import main, train_deep; from numerist.deep import meeting;"
    " train_deep._SAVE_EVERY = 0.0; train_deep.cores = lambda: 9;"
    " meeting.WAIT = float(sys.argv[1]); main(sys.argv[2:])"
)


@pytest.fixture
def begin(begin_program: Begin) -> Begin:
    """Start a command."""

    def start(*words: str, wait: float = 900.0) -> subprocess.Popen[str]:
        return begin_program(SAVING, str(wait), *words)

    return start


@pytest.fixture
def address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return f"127.0.0.1:{port}"


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The process numbers of the workers that a command has started."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError, ValueError):
            parent = int((folder / "stat").read_text().rsplit(") ", 1)[1].split()[1])
            if parent == process.pid and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return sorted(found)


def step_in(path: Path) -> int:
    """How far a checkpoint is; −1 if there is none yet."""
    if not path.exists():
        return -1
    step: int = torch.load(path, weights_only=True)["step"]
    return step


def wait_for_step(process: subprocess.Popen[str], path: Path, step: int) -> None:
    while step_in(path) < step:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


@linux
def test_a_worker_and_then_a_whole_machine_are_killed_and_what_is_learned_is_the_same(
    begin: Begin, address: str, tmp_path: Path
) -> None:
    """Two machines with a worker each learn what two workers of one learn, to the bit.

    The machine that is lost is started again with the same command, and --resume.
    """
    words = (*WORDS, "--seed", "5")
    _, err = (one := begin(*words, "--workers", "2", "--checkpoint", "whole.ckpt")).communicate()
    assert one.returncode == 0, err

    def machine(name: str, *more: str) -> subprocess.Popen[str]:
        files = ("--checkpoint", f"{name}.ckpt", "--out", f"{name}.onnx")
        return begin(*words, "--address", address, *files, *more)

    first = machine("first")
    while not listens(address):
        assert first.poll() is None, first.communicate()
        time.sleep(0.05)
    second = machine("second")
    path = tmp_path / "first.ckpt"
    wait_for_step(first, path, 5)
    os.kill(workers_of(second)[0], signal.SIGKILL)
    wait_for_step(first, path, step_in(path) + 10)
    second.kill()
    again = machine("second", "--resume")
    out, err = again.communicate()
    assert again.returncode == 0, err  # alone, so that a failure shows all that was said
    assert err == ""
    assert "right, by the model file second.onnx" in out
    out, err = first.communicate()
    assert first.returncode == 0, err
    died = re.findall(r"A worker died; all go on after step (\d+)\.\n", err)
    assert 0 < int(died[0]) < int(died[-1]) < STEPS
    whole = torch.load(tmp_path / "whole.ckpt", weights_only=True)
    for name in ("first", "second"):
        found = torch.load(tmp_path / f"{name}.ckpt", weights_only=True)
        assert found["step"] == whole["step"] == STEPS
        for part in ("net", "kept"):
            for key, expected in whole[part].items():
                assert torch.equal(found[part][key], expected), key
    assert (tmp_path / "first.onnx").read_bytes() == (tmp_path / "second.onnx").read_bytes()


def listens(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def test_machines_that_disagree_are_told_about_what(begin: Begin, address: str) -> None:
    both = [begin(*WORDS, "--seed", seed, "--address", address) for seed in ("5", "6")]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [1, 1], said
    for _, err in said:
        assert re.fullmatch(
            r"numerist: worker 1, (seed|first weights): expected .*, as worker 0 has it, found .*"
            r"Give the same command on each machine.*\n",
            err,
        )


def test_ctrl_c_on_one_machine_ends_all_after_a_whole_step(
    begin: Begin, address: str, tmp_path: Path
) -> None:
    words = (*WORDS, "--epochs", "400", "--seed", "5", "--address", address)
    both = [begin(*words, "--checkpoint", f"{k}.ckpt", "--out", f"{k}.onnx") for k in (0, 1)]
    wait_for_step(both[1], tmp_path / "1.ckpt", 3)
    both[1].send_signal(signal.SIGINT)
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [1, 1], said
    assert [err for _, err in said] == [NOTHING_WHOLE] * 2
    steps = [re.findall(r"Interrupted after step (\d+) of", out) for out, _ in said]
    assert steps[0] == steps[1]
    assert len(steps[0]) == 1


def test_ctrl_c_while_it_waits_for_others_names_no_checkpoint(
    begin: Begin, address: str, tmp_path: Path
) -> None:
    alone = begin(*WORDS, "--seed", "5", "--address", address, "--checkpoint", "run.ckpt")
    host, port = address.split(":")
    until = time.monotonic() + 60
    while time.monotonic() < until:  # it listens: from now on it waits
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
            break
        time.sleep(0.1)
    else:
        pytest.fail("it does not listen")
    alone.send_signal(signal.SIGINT)
    out, err = alone.communicate(timeout=120)
    assert (alone.returncode, err) == (1, NOTHING_WHOLE)
    assert re.search(r"Interrupted after step 0 of \d+\.\n", out)
    assert not (tmp_path / "run.ckpt").exists()


def test_nobody_else_comes(begin: Begin, address: str) -> None:
    _, err = (alone := begin(*WORDS, "--seed", "5", "--address", address, wait=10)).communicate()
    assert alone.returncode == 1
    assert err.startswith(f"numerist: --address {address}: expected 2 machines within 10 s, found")
    assert err.count("\n") == 1


def test_the_port_is_another_programs(begin: Begin, address: str) -> None:
    """One that takes connections and never says a word."""
    host, port = address.split(":")
    with socket.create_server((host, int(port))):
        run = begin(*WORDS, "--seed", "5", "--address", address, wait=2)
        _, err = run.communicate()
    assert run.returncode == 1
    assert err.startswith(f"numerist: --address {address}: expected numerist on the machine of")
    assert "takes connections and is silent" in err
    assert err.count("\n") == 1


# misused, in this process


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--address", "here"], "--address: expected HOST:PORT, found here"),
        (["--address", ":1"], "expected HOST:PORT"),
        (["--address", "a:70000"], "expected HOST:PORT"),
        (["--address", "127.0.0.1:5", "--machines", "3"], "found 3"),
        (["--address", "no.such.host.invalid:5"], "expected a machine that can be reached"),
        (["--address", "0.0.0.0:29500"], "expected the address of one machine, found 0.0.0.0"),
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
    with pytest.raises(SystemExit) as ended:
        main([*WORDS, "--seed", "5", *words])
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert says in err
    assert err.count("\n") == 1


def test_without_a_seed_each_machine_would_draw_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*WORDS, "--address", "127.0.0.1:5"])
    assert ended.value.code == 2
    assert "--address needs --seed N, the same on each machine" in capsys.readouterr().err


def test_machines_need_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*WORDS, "--seed", "5", "--machines", "3"])
    assert ended.value.code == 2
    assert "--machines needs --address HOST:PORT" in capsys.readouterr().err


def test_a_name_that_only_means_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As /etc/hosts often has a machine's own name: the others would be sent elsewhere."""
    assert Meeting("localhost", 29500, 2).way() == "127.0.0.1"
    here = Meeting("a.lan", 29500, 2)
    connect = socket.socket.connect

    class Socket(socket.socket):
        def connect(self, address: tuple[str, int]) -> None:  # type: ignore[override]
            connect(self, ("127.0.1.1", address[1]))

    monkeypatch.setattr(socket, "socket", Socket)
    with pytest.raises(InputError, match=r"a name that other machines reach, found 'a\.lan', here"):
        here.way()


def test_an_address_is_taken_apart() -> None:
    assert parse("a.lan:29500", 3) == Meeting("a.lan", 29500, 3)
    assert str(parse("10.0.0.1:80", 2)) == "10.0.0.1:80"
    with pytest.raises(InputError, match="at least 2"):
        parse("a.lan:29500", 1)


@linux
def test_the_way_to_loopback_is_loopback() -> None:
    assert Meeting("127.0.0.1", 5, 2).way() == "127.0.0.1"
    assert interface("127.0.0.1") == "lo"
    assert interface("192.0.2.1") is None  # an address that nobody has


def test_the_store_listens_where_it_is_told_and_nowhere_else(address: str) -> None:
    """PyTorch's own would listen on every network."""
    host, port = address.split(":")
    store = meeting._store(Meeting(host, int(port), 2))
    store.set("key", "value")
    assert meeting._store(Meeting(host, int(port), 2)).get("key") == b"value"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", int(port))) != 0  # another address of this machine
