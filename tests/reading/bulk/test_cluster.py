"""Reading on a Ray cluster: what is lost is read again; the same table whatever is killed."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer
from PIL import Image

from numerist.errors import InputError, NumeristError, PictureError
from numerist.reading.bulk import cluster
from numerist.reading.bulk.chunks import Chunk, Part
from numerist.reading.bulk.remote import Remote
from numerist.reading.sample import SAMPLE
from numerist.reading.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numerist.reading.bulk.chunks import Lost

Run = subprocess.CompletedProcess[str]
Driver = subprocess.Popen[str]  # the command that a cluster works for

posix = pytest.mark.skipif(os.name == "nt", reason="signals and sessions are those of POSIX")
PATIENCE = 300  # seconds for what takes some, on a machine that is busy


# What is decided here, with a Ray that is made up: tasks are over when it is told so.


class Died(Exception):  # noqa: N818
    """What the made-up Ray calls a death."""


class MadeRay:
    """Runs a task when its result is waited for, the latest one first; some die over a name."""

    def __init__(self, cores: int, deaths: dict[str, int]) -> None:
        self.cores, self.deaths = cores, deaths
        self.tasks: dict[int, Any] = {}
        self.most_running = self.most_bytes = self.started = 0
        self.exceptions = SimpleNamespace(
            RayError=Exception, WorkerCrashedError=Died, NodeDiedError=Died,
            OutOfMemoryError=Died, ObjectLostError=Died,
        )  # fmt: skip

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": float(self.cores)}

    def put(self, value: bytes) -> bytes:
        return value

    def remote(self, **options: Any) -> Callable[[Any], Any]:
        assert options == {"num_cpus": 1, "max_retries": 0}

        def start(*given: Any) -> int:
            self.started += 1
            self.tasks[self.started] = given
            chunks = [chunk for *_, chunk in self.tasks.values()]
            self.most_running = max(self.most_running, len(chunks))
            carried = sum(len(one.picture) for chunk in chunks for one in chunk.sources)
            self.most_bytes = max(self.most_bytes, carried)
            return self.started

        def made(work: Any) -> Any:
            self._work = work
            return SimpleNamespace(remote=start)

        return made

    def wait(self, references: list[int], **_: Any) -> tuple[list[int], list[int]]:
        return [references[-1]], references[:-1]

    def get(self, reference: int) -> Any:
        *given, chunk = self.tasks.pop(reference)
        for source in chunk.sources:
            if self.deaths.get(source.name, 0):
                self.deaths[source.name] -= 1
                raise Died
        return self._work(*given, chunk)


def read(chunk: Chunk) -> Part:
    names = ",".join(source.name for source in chunk.sources)  # type: ignore[union-attr]
    return part(chunk, names)


def part(chunk: Chunk, content: str) -> Part:
    return Part(chunk.first, len(chunk.sources), 0, (), 0, 0.0, content.encode())


def begin() -> Callable[[Chunk], Part]:
    return read


def failed(lost: Lost) -> Part:
    return part(lost.chunk, lost.how)


def chunks_of(*some: str, size: int = 1) -> Any:
    first = 0
    for names in some:
        yield Chunk(first, tuple(Source(name, b"x" * size) for name in names))
        first += len(names)


def contents(ray: MadeRay, chunks: Any, count: int | None = None) -> list[tuple[int, str]]:
    parts = cluster.on_cluster(ray, chunks, begin, count, failed)
    return [(one.first, one.content.decode()) for one in parts]


def test_parts_come_in_order_whichever_is_ready_first() -> None:
    ray = MadeRay(3, {})
    some = ["ab", "c", "def", *"ghijklmnopqrstuvwxyz"]
    found = contents(ray, chunks_of(*some))
    assert [content for _, content in found] == ["a,b", "c", "d,e,f", *some[3:]]
    assert [first for first, _ in found] == [0, 2, *range(3, 4), *range(6, 26)]
    assert ray.most_running == 2 * 3
    assert not ray.tasks


def test_never_more_at_once_than_asked_for() -> None:
    ray = MadeRay(100, {})
    assert len(contents(ray, chunks_of(*"abcdefgh"), count=2)) == 8
    assert ray.most_running == 2


def test_pictures_on_their_way_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_MOST_CARRIED", 1000)
    ray = MadeRay(100, {})
    assert len(contents(ray, chunks_of(*"abcdefgh", size=400))) == 8
    assert ray.most_bytes == 1200  # one more is taken while there is room


def test_few_are_taken_while_the_first_is_slow() -> None:
    ray = MadeRay(1, {})
    taken = []

    def chunks() -> Iterator[Chunk]:
        for chunk in chunks_of(*"abcdefghijklmnopqrst"):
            taken.append(chunk.first)
            yield chunk

    parts = cluster.on_cluster(ray, chunks(), begin, None, failed)  # type: ignore[arg-type]
    assert next(parts).first == 0
    assert len(taken) == 8  # the made-up Ray leaves the first for the last


@pytest.mark.parametrize(
    ("deaths", "expected", "started"),
    [({"d": 1}, ["a,b", "c,d,e", "f"], 4), ({"d": 2}, ["a,b", "c", "d", "e", "f"], 7),
     ({"d": 3}, ["a,b", "c", "d", "e", "f"], 8), ({"d": 4}, ["a,b", "c", None, "e", "f"], 8),
     ({"f": 3}, ["a,b", "c,d,e", "f"], 6), ({"f": 4}, ["a,b", "c,d,e", None], 6)],
)  # fmt: skip
def test_what_is_lost_is_read_again_and_only_the_one_at_fault_fails(
    deaths: dict[str, int], expected: list[str | None], started: int
) -> None:
    ray = MadeRay(2, dict(deaths))
    found = [content for _, content in contents(ray, chunks_of("ab", "cde", "f"))]
    assert [None if "lost" in content else content for content in found] == expected
    assert ray.started == started
    assert all("Died" in one for one in found if "lost" in one)


def test_what_the_machines_lack_is_said() -> None:
    with pytest.raises(NumeristError, match=r"numerist on .* expected version 0\.0\.1, found"):
        cluster._read("0.0.1", b"", Chunk(0, ()))
    ray = MadeRay(1, {})

    def get(_: int) -> None:
        raise ModuleNotFoundError("No module named 'numerist'")

    ray.get = get  # type: ignore[method-assign, assignment]
    with pytest.raises(NumeristError, match=r"No module named 'numerist'.*installed on all"):
        contents(ray, chunks_of("a"))


def test_a_machine_without_the_package_for_a_service_ends_it_all_and_says_so() -> None:
    """Its pictures are no failures: another machine found them."""
    far = [Source(f"gs://bucket/{k}.png", Remote(f"gs://bucket/{k}.png")) for k in range(3)]
    with pytest.raises(NumeristError, match=r"numerist on .* what reaches gs:// there .*gcsfs"):
        cluster._read(metadata.version("numerist"), b"", Chunk(0, tuple(far)))


# What goes with its bytes, and what is fetched there.


def test_what_lies_here_goes_with_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"picture")
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.add(path, "in/a.png")
    far = Source("s3://bucket/a.png", Remote("s3://bucket/a.png"))
    error = PictureError("a", "b", "c", "d")
    assert cluster.carried(far) is far
    assert cluster.carried(error) is error
    assert cluster.carried(Source("a", path)) == Source("a", b"picture")
    here = Source("a", Remote(path.as_uri()))
    assert cluster.carried(here) == Source("a", b"picture")
    missing = cluster.carried(Source("b", tmp_path / "b.png"))
    assert isinstance(missing, PictureError)
    assert str(missing) == "b: expected a picture, found no file. Name a file with a picture."


# Who is joined.


@pytest.mark.parametrize("address", ["", "head", "head:", ":1", "ray://head:10001", "head:x",
                                     "head:70000"])  # fmt: skip
def test_an_address_is_host_and_port(address: str) -> None:
    with pytest.raises(InputError, match=r"--address.*host:port"), cluster.joined(address):
        pass


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of somebody who listens and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_where_nobody_answers_that_is_said(
    silent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patient:
        patient.setattr(cluster, "_ANSWER", 3)  # Ray tries for minutes
        with pytest.raises(NumeristError, match=r"no answer of Ray within 3 s"):
            cluster.joined(silent).__enter__()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(NumeristError, match=r"refused.*ray start --head"), cluster.joined(address):
        pass
    (tmp_path / "ray.py").write_text(
        "def init(*args, **more): raise RuntimeError('Version mismatch:\\n  Ray: 1.0\\n')"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with (
        pytest.raises(NumeristError, match=r"found Version mismatch: Ray: 1.0. .*same Python"),
        cluster.joined(silent),
    ):
        pass


def test_what_ray_says_is_one_sentence_with_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_ASK", "print('no Ray.'); raise SystemExit(1)")
    with pytest.raises(NumeristError, match=r"found no Ray\. Start one"):
        cluster._ask("auto")


def test_without_ray_it_says_what_to_install(
    numerist_command: Callable[..., Run], tmp_path: Path
) -> None:
    (tmp_path / "empty" / "ray").mkdir(parents=True)
    (tmp_path / "empty" / "ray" / "__init__.py").write_text("raise ImportError('not here')")
    words = ["read", str(SAMPLE), "--out", "out.parquet", "--address", "127.0.0.1:1"]
    path = os.pathsep.join([str(tmp_path / "empty"), os.environ.get("PYTHONPATH", "")])
    ran = numerist_command(*words, env={"PYTHONPATH": path})
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "pip install 'numerist[cluster]'" in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


@pytest.mark.parametrize(
    "words", [["--out", "out.jsonl"], ["--out", "out.parquet", "--annotate", "drawn"]]
)
def test_only_tables_are_written_by_a_cluster(
    numerist_command: Callable[..., Run], tmp_path: Path, words: list[str]
) -> None:
    ran = numerist_command("read", str(SAMPLE), *words, "--address", "127.0.0.1:1")
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "--address is for --format parquet" in ran.stderr
    assert not list(tmp_path.iterdir())


# A real cluster of two machines, both of which are this one.


class Machines:
    """Two nodes of Ray, closed to everybody without the key; both are over with the tests."""

    def __init__(self, folder: str, surroundings: dict[str, str]) -> None:
        self.surroundings = {
            **os.environ, **surroundings, "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16),
        }  # fmt: skip
        self._folder = folder
        self._nodes: list[subprocess.Popen[bytes]] = []
        self.address = ""
        head = self._start(
            *("--head", "--port", "0", "--temp-dir", folder),
            *("--node-ip-address", "127.0.0.1", "--include-dashboard", "false"),
        )
        found = re.search(r"ray start --address='([^']+)'", head)
        assert found is not None, head
        self.address = found[1]
        self._start("--address", self.address)

    def _start(self, *words: str) -> str:
        """Start a node of one core, and return what it says once it stands."""
        for _ in range(5):  # Ray gives up after half a minute, where the machine is busy
            if (said := self._started(words)) is not None:
                return said
        raise AssertionError("no node of Ray starts")

    def _started(self, words: Sequence[str]) -> str | None:
        log = Path(self._folder, "node.log")
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", *words,
                   "--num-cpus", "1", "--object-store-memory", str(80_000_000),
                   "--disable-usage-stats"]  # fmt: skip
        with log.open("wb") as file:
            node = subprocess.Popen(
                command, stdout=file, stderr=file, start_new_session=True, env=self.surroundings
            )
        self._nodes.append(node)
        end = time.monotonic() + PATIENCE
        while "Ray runtime started" not in (said := log.read_text()):
            if node.poll() is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(node.pid, signal.SIGKILL)  # what it left behind
                self._nodes.remove(node)
                return None
            assert time.monotonic() < end, said
            time.sleep(0.1)
        return said

    def kill_workers(self, _: Driver) -> None:
        """End every process that reads, as the system does when memory is short."""
        workers = [pid for pid, name in self._below(*self._nodes)
                   if name.startswith(("ray::_read", "ray::IDLE"))]  # fmt: skip
        assert workers
        _kill(workers)

    def lose_one(self, _: Driver) -> None:
        """End all that runs on the second machine, at once."""
        self._end(self._nodes[1])

    def end(self) -> None:
        self._end(*self._nodes)

    def _end(self, *nodes: subprocess.Popen[bytes]) -> None:
        _kill([*(pid for pid, _ in self._below(*nodes)), *(node.pid for node in nodes)])
        for node in nodes:
            node.wait()

    def _below(self, *nodes: subprocess.Popen[bytes]) -> list[tuple[int, str]]:
        """Return number and name of each process that the nodes began, or those did."""
        listed = subprocess.run(
            ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        )
        above = {node.pid for node in nodes if node.poll() is None}
        found = [(int(pid), int(parent), name) for pid, parent, name in
                 (line.split(maxsplit=2) for line in listed.stdout.splitlines())]  # fmt: skip
        below: list[tuple[int, str]] = []
        while above:
            next_ones = [(pid, name) for pid, parent, name in found if parent in above]
            below += next_ones
            above = {pid for pid, _ in next_ones}
        return below


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    folder = tempfile.mkdtemp(prefix="ray-")  # short: sockets lie in it
    found = None
    try:
        host, port = server.get_host_and_port()
        found = Machines(folder, {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": "secret",
        })  # fmt: skip
        yield found
    finally:
        if found is not None:
            found.end()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


# A picture in each chunk; after each part it says so, and waits for a word. That goes through a
# pipe of its own: Ray prints on standard output from another thread, into the middle of a line.
DRIVER = """
import os, sys
from numerist.reading.bulk import chunks, parts

chunks._SECONDS = 0
write = parts.Parts.write

def watched(self, first, content):
    write(self, first, content)
    os.write(said, b".")
    sys.stdin.readline()

said = int(sys.argv.pop(1))

parts.Parts.write = watched
from numerist.cli import main
main(["read", *sys.argv[1:]])
"""


def driven(
    machines: Machines, words: Sequence[str], events: dict[int, Callable[[Driver], None]]
) -> tuple[int, str]:
    """Run the command, and return its status and what it complains of.

    Args:
        events: what happens to it after so many parts.
    """
    done, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(write), *words, "--address", machines.address],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**machines.surroundings, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
        start_new_session=True, pass_fds=[write],
    )  # fmt: skip
    os.close(write)
    watch = threading.Timer(PATIENCE, process.kill)
    watch.start()
    parts = 0
    try:
        assert process.stdin is not None
        assert process.stderr is not None
        while os.read(done, 1):
            parts += 1
            if parts in events:
                events[parts](process)
            with contextlib.suppress(BrokenPipeError):
                os.write(process.stdin.fileno(), b"go on\n")
        said = process.stderr.read()
        status = process.wait()
    finally:
        watch.cancel()
        os.close(done)
        process.kill()
        process.communicate()
    return status, said


def tables(out: Path) -> list[list[dict[str, Any]]]:
    failures = out.with_name(f"{out.stem}.failures.parquet")
    return [pq.read_table(path).to_pylist() for path in (out, failures)]


@posix
def test_whatever_is_killed_it_is_the_same_table(
    machines: Machines, numerist_command: Callable[..., Run], tmp_path: Path
) -> None:
    with Image.open(SAMPLE) as image:
        picture = image.crop((255, 110, 400, 180))
        for k in range(24):
            picture.resize((145 + 3 * k, 70)).save(tmp_path / f"{k:02}.png")
    (tmp_path / "20.png").write_bytes(b"no picture")
    source = tmp_path / "scans.tar"
    with tarfile.open(source, "w") as tar:
        for path in sorted(tmp_path.glob("*.png")):
            tar.add(path, path.name)
    here, there = tmp_path / "here.parquet", tmp_path / "there.parquet"
    assert numerist_command("read", str(source), "--out", str(here)).returncode == 1
    words = [str(source), "--out", str(there)]
    status, said = driven(machines, words, {4: machines.kill_workers, 9: Driver.kill})
    assert status == -signal.SIGKILL, said
    assert len(list(there.with_name("there.parquet.parts").glob("part-*"))) == 9
    status, said = driven(machines, [*words, "--resume"], {5: machines.lose_one})
    assert status == 1, said
    assert said.splitlines()[0] == "numerist: 1 of 15 files could not be read, or not wholly:"
    assert [len(rows) for rows in tables(there)] == [23, 1]
    assert tables(there) == tables(here)


@posix
def test_machines_fetch_what_is_elsewhere(machines: Machines, tmp_path: Path) -> None:
    """The command itself does not reach the service; the machines do. It is interrupted, too."""
    client = boto3.client(
        "s3",
        endpoint_url=machines.surroundings["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="someone",
        aws_secret_access_key="secret",  # noqa: S106
    )
    client.create_bucket(Bucket="cheques")
    with Image.open(SAMPLE) as image:
        image.crop((255, 110, 400, 180)).save(tmp_path / "a.png")
    client.put_object(Bucket="cheques", Key="a.png", Body=(tmp_path / "a.png").read_bytes())
    (tmp_path / "list.txt").write_text("s3://cheques/a.png\ns3://cheques/b.png\n")
    out = tmp_path / "out.parquet"
    words = ["--list", str(tmp_path / "list.txt"), "--out", str(out)]
    status, said = driven(machines, words, {1: lambda driver: driver.send_signal(signal.SIGINT)})
    assert (status, said.count("\n")) == (1, 1), said
    assert "the same command with --resume goes on" in said
    status, said = driven(machines, [*words, "--resume"], {})
    assert status == 1, said
    numbers, failures = tables(out)
    assert [(row["source"], row["text"]) for row in numbers] == [("s3://cheques/a.png", "865")]
    (failure,) = failures
    assert failure["error"].startswith("s3://cheques/b.png: expected a picture")
    assert "found no such file" in failure["error"]
