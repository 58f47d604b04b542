from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from numerist import Network, load_mnist, load_model, mnist_loader
from numerist.errors import InputError, WriteError
from numerist.files import make_folder, refuse_unwritable, replacing

if TYPE_CHECKING:
    from pathlib import Path


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_replaces_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with replacing(target) as part:
        part.write_text("new")
        assert target.read_text() == "old"
        assert part.parent == target.parent
    assert target.read_text() == "new"
    assert _names(tmp_path) == ["a.txt"]


def _write_half(target: Path, error: type[BaseException]) -> None:
    with replacing(target) as part:
        part.write_text("half")
        raise error


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(error):
        _write_half(target, error)
    assert target.read_text() == "old"
    assert _names(tmp_path) == ["a.txt"]


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with pytest.raises(WriteError, match="No space left") as caught, replacing(target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(target) in str(caught.value)
    assert _names(tmp_path) == []


def test_missing_folder_and_folder_as_target(tmp_path: Path) -> None:
    with pytest.raises(WriteError), replacing(tmp_path / "no" / "a.txt"):
        pass
    with pytest.raises(WriteError, match="folder"), replacing(tmp_path):
        pass


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_permissions_are_those_of_the_old_file_or_of_any_new_one(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    for name in ("new", "old"):
        target = tmp_path / name
        if name == "old":
            target.write_text("")
            target.chmod(0o640)
        with replacing(target) as part:
            part.write_text("x")
    assert (tmp_path / "new").stat().st_mode == plain.stat().st_mode
    assert (tmp_path / "old").stat().st_mode & 0o777 == 0o640


def test_killed_in_the_middle_of_writing_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    code = (
        "import sys, time\nfrom numerist.files import replacing\n"
        f"with replacing({str(target)!r}) as part:\n"
        "    part.write_text('half'); print('writing', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    assert target.read_text() == "old"


def test_unwritable_is_noticed_beforehand_and_nothing_is_left(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    before = target.stat().st_mtime_ns
    time.sleep(0.01)
    refuse_unwritable(target)
    refuse_unwritable(tmp_path / "new.txt")
    assert target.stat().st_mtime_ns == before
    assert _names(tmp_path) == ["a.txt"]
    with pytest.raises(WriteError):
        refuse_unwritable(tmp_path / "no" / "a.txt")


@pytest.mark.skipif(os.name == "nt", reason="there are no such files on Windows")
def test_a_device_is_refused_and_a_link_leads_to_its_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WriteError, match="device"), replacing(tmp_path / "pipe"):
        pass
    assert not (tmp_path / "pipe").is_file()
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with replacing(tmp_path / "link") as part:
        part.write_text("new")
    assert (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "link").is_symlink()


def test_folders_are_made_or_the_reason_is_said(tmp_path: Path) -> None:
    assert make_folder(tmp_path / "a/b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="file"):
        make_folder(tmp_path / "file/b")


@pytest.mark.parametrize("name", [5, ["a"], b"a"])
@pytest.mark.parametrize(
    "use",
    [
        load_mnist,
        mnist_loader.load_data,
        mnist_loader.load_data_wrapper,
        load_model,
        Network.load,
        Network([2, 2]).save,
    ],
)
def test_what_is_no_name_is_refused(use: Any, name: Any) -> None:
    with pytest.raises(InputError, match=r"expected a name or a pathlib.Path, .*in quotes"):
        use(name)


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(InputError, match=r"path of a model: .*found an empty text. Name a file"):
        load_model("")
