"""`numerist read --out results.parquet` as people use it: many, killed, gone on with, misused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import numpy as np
import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer
from PIL import Image

from numerist.cli import read_job
from numerist.cli.read_inputs import Inputs
from numerist.files import replacing
from numerist.reading.sample import SAMPLE
from numerist.reading.source import Source
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.data import Mnist

Command = Any  # what the fixture numerist_command gives

posix = pytest.mark.skipif(os.name == "nt", reason="signals to a child work otherwise on Windows")
MANY = 150
NUMERIST = (sys.executable, "-m", "numerist")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, mnist: Mnist) -> Path:
    """Small pictures in a tar file, one of which is none, and one of which is there twice."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(5)
    with tarfile.open(folder / "scans.tar", "w") as tar:
        for k in range(MANY - 2):
            made = make_number(mnist.training, 2, rng, height=(22, 26))
            path = folder / f"{k:03d}-{made.text}.png"
            Image.fromarray(made.picture).save(path)
            if k == 40:
                path.write_bytes(b"no picture")
            for _ in range(1 + 2 * (k == 70)):
                tar.add(path, path.name)
    return folder / "scans.tar"


@pytest.fixture(scope="module")
def undisturbed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The rows of both tables of a run over it."""
    out = tmp_path_factory.mktemp("undisturbed") / "out.parquet"
    ran = ran_with(NUMERIST, "read", str(archive), "--out", str(out))
    assert ran.returncode == 1
    assert f"{MANY} files in {out}\n" in ran.stdout
    assert f"What could not be read is in {out.parent / 'out.failures.parquet'}\n" in ran.stdout
    assert ran.stderr.startswith(f"numerist: 1 of {MANY} files could not be read")
    return rows(out)


def rows(out: Path) -> list[dict[str, Any]]:
    found = [
        row
        for path in (out, out.with_name(f"{out.stem}.failures.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]
    return sorted(found, key=lambda row: row["input"])


# A run to which something happens once it has written so many parts, whatever the machine is doing.
DISTURBED = """
import multiprocessing, os, signal, sys
from numerist.reading.bulk.parts import Parts

write, left = Parts.write, int(sys.argv[1])

def disturbed(self, first, content):
    global left
    write(self, first, content)
    left -= 1
    if not left:
        WHAT_HAPPENS

Parts.write = disturbed
from numerist.cli import main
main(["read", *sys.argv[2:]])
"""
KILLED = "os.killpg(0, signal.SIGKILL)"
INTERRUPTED = "os.killpg(0, signal.SIGINT)"
BEREFT = "[os.kill(child.pid, signal.SIGKILL) for child in multiprocessing.active_children()]"


def disturbed(what: str, parts: int, *words: str) -> subprocess.CompletedProcess[str]:
    return ran_with(
        [sys.executable, "-c", DISTURBED.replace("WHAT_HAPPENS", what), str(parts)], *words
    )


def ran_with(program: Sequence[str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program, *words], capture_output=True, text=True, encoding="utf-8", check=False,
        start_new_session=True, env={**os.environ, "PYTHONUTF8": "1"}, timeout=900,
    )  # fmt: skip


def parts_of(out: Path) -> int:
    return len(list(out.with_name(f"{out.name}.parts").glob("part-*")))


def small_picture(path: Path) -> Path:
    with Image.open(SAMPLE) as image:
        image.crop((255, 110, 400, 180)).save(path)
    return path


def test_members_are_read_in_order_and_each_as_often_as_it_is_there(
    archive: Path, undisturbed: list[dict[str, Any]]
) -> None:
    with tarfile.open(archive) as tar:
        names = [f"{archive}/{name}" for name in tar.getnames()]
    sources = {row["input"]: row["source"] for row in undisturbed}
    assert list(sources) == list(range(MANY))
    assert list(sources.values()) == names
    right = sum((row.get("text") or "?") in row["source"] for row in undisturbed)
    assert right > 0.9 * MANY
    (failure,) = (row for row in undisturbed if "error" in row)
    assert failure["input"] == 40
    assert failure["error"].startswith(failure["source"])


@posix
def test_killed_twice_and_gone_on_with_it_is_the_same_table(
    archive: Path, undisturbed: list[dict[str, Any]], tmp_path: Path
) -> None:
    out = tmp_path / "out.parquet"
    words = [str(archive), "--out", str(out)]
    for resume, parts in (([], 2), (["--resume"], 3)):
        before = parts_of(out)
        ran = disturbed(KILLED, parts, *words, *resume)
        assert ran.returncode == -signal.SIGKILL, ran.stderr
        assert not out.exists()
        assert parts_of(out) == before + parts
    (tmp_path / "out.parquet.parts" / ".part-000000000000149.parquet.x.part").write_text("half")
    ran = ran_with(NUMERIST, "read", *words)
    assert ran.returncode == 2
    assert "--resume" in ran.stderr
    ran = ran_with(NUMERIST, "read", *words, "--resume")
    assert f"{MANY} files in {out}, " in ran.stdout
    assert rows(out) == undisturbed
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out.failures.parquet", "out.parquet",
    ]  # fmt: skip


@posix
def test_what_failed_before_is_said_again(tmp_path: Path) -> None:
    paths = [small_picture(tmp_path / f"{k}.png") for k in range(4)]
    paths[0].write_bytes(b"no picture")
    words = [*map(str, paths), "--out", str(tmp_path / "out.parquet")]
    disturbed(KILLED, 1, *words)
    failures = tmp_path / "out.failures.parquet"
    for before in ("1 of 1 file", "1 of 4 files"):  # from parts, and from finished tables
        ran = ran_with(NUMERIST, "read", *words, "--resume")
        assert ran.returncode == 1
        assert f"What could not be read is in {failures}\n" in ran.stdout
        what = f"{before} before could not be read, or not wholly"
        assert ran.stderr == f"numerist: {what}: see {failures}\n"


@posix
def test_interrupted_it_says_how_to_go_on(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    ran = disturbed(INTERRUPTED, 2, str(archive), "--out", str(out))
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1, ran.stderr
    assert "the same command with --resume goes on" in ran.stderr
    assert not out.exists()
    assert parts_of(out) == 2
    ran = ran_with(NUMERIST, "read", str(archive), "--out", str(out), "--resume", "--length", "2")
    assert ran.returncode == 2
    assert (
        "read with length 2, found one with no length. Give the same options as before"
        in ran.stderr
    )


@posix
def test_processes_that_are_killed_cost_one_input_each_at_most(
    archive: Path, undisturbed: list[dict[str, Any]], tmp_path: Path
) -> None:
    out = tmp_path / "out.parquet"
    disturbed(BEREFT, 4, str(archive), "--out", str(out), "--jobs", "2")
    found = rows(out)
    assert [row["source"] for row in found] == [row["source"] for row in undisturbed]
    killed = [row for row in found if "killed by signal 9" in row.get("error", "")]
    assert len(killed) <= 2
    assert [row for row in found if row not in killed] == [
        row for row in undisturbed if row["input"] not in {other["input"] for other in killed}
    ]


def test_lists_of_paths_and_of_what_failed(numerist_command: Command, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        small_picture(tmp_path / name)
    (tmp_path / "list.txt").write_text("b.png\nnone.png\na.png\n")
    ran = numerist_command("read", "--list", "list.txt", "--out", "out.parquet")
    assert ran.returncode == 1, ran.stderr
    assert [(row["source"], row.get("text")) for row in rows(tmp_path / "out.parquet")] == [
        ("b.png", "865"), ("none.png", None), ("a.png", "865"),
    ]  # fmt: skip
    small_picture(tmp_path / "none.png")
    ran = numerist_command("read", "--list", "out.failures.parquet", "--out", "more.jsonl")
    assert ran.returncode == 0, ran.stderr
    assert '"source": "none.png"' in (tmp_path / "more.jsonl").read_text()
    ran = numerist_command("read", "a.png", "--list", "list.txt", "--format", "text")
    assert ran.stdout.splitlines() == ["a.png: 865", "b.png: 865", "none.png: 865", "a.png: 865"]


def test_a_list_on_standard_input(tmp_path: Path) -> None:
    for name in ("a b.png", "c\nd.png" if os.name == "posix" else "d.png"):
        small_picture(tmp_path / name)
    names = sorted(tmp_path.iterdir())
    for end in ("\n", "\0")[os.name == "posix" :]:
        ran = subprocess.run(
            [sys.executable, "-m", "numerist", "read", "--list", "-", "--format", "jsonl"],
            input=end.join(map(str, names)), capture_output=True, text=True, check=True,
        )  # fmt: skip
        found = [json.loads(line) for line in ran.stdout.splitlines()]
        assert [(record["source"], record["text"]) for record in found] == [
            (str(name), "865") for name in names
        ]


def test_a_bucket_is_read_by_several_processes(
    numerist_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_picture(tmp_path / "a.png")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in (
            *(("AWS_ENDPOINT_URL", f"http://{host}:{port}"), ("AWS_DEFAULT_REGION", "us-east-1")),
            *(("AWS_ACCESS_KEY_ID", "someone"), ("AWS_SECRET_ACCESS_KEY", "secret")),
        ):
            monkeypatch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="cheques")
        for k in range(6):
            body = b"no picture" if k == 3 else path.read_bytes()
            client.put_object(Bucket="cheques", Key=f"in/{k}.png", Body=body)
        words = ["read", "s3://cheques/in", "--out", "out.parquet", "--jobs", "2"]
        ran = numerist_command(*words, "--annotate", "drawn")
    finally:
        server.stop()
    assert ran.returncode == 1, ran.stderr
    assert "secret" not in ran.stdout + ran.stderr
    found = rows(tmp_path / "out.parquet")
    assert [row["source"] for row in found] == [f"s3://cheques/in/{k}.png" for k in range(6)]
    assert [row.get("text") for row in found] == ["865"] * 3 + [None] + ["865"] * 2
    drawn = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("drawn/**/*.png"))
    assert drawn == [f"drawn/cheques/in/{k}.png.png" for k in (0, 1, 2, 4, 5)]


def test_a_finished_table_is_gone_on_with(numerist_command: Command, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    small_picture(tmp_path / "in/b.png")
    assert numerist_command("read", "in", "--out", "out.parquet").returncode == 0
    assert numerist_command("read", "in", "--out", "out.parquet").returncode == 2
    ran = numerist_command("read", "in", "--out", "out.parquet", "--resume")
    assert ran.stdout == "1 file in out.parquet, 1 of them before\n"
    small_picture(tmp_path / "in/a.png")
    ran = numerist_command("read", "in", "--out", "out.parquet", "--resume")
    assert ran.stdout == "2 files in out.parquet, 1 of them before\n"
    found = [(row["input"], Path(row["source"]).name) for row in rows(tmp_path / "out.parquet")]
    assert found == [(0, "b.png"), (1, "a.png")]


@pytest.mark.parametrize(
    "words",
    [["--format", "parquet"], ["--list", "none.txt"], ["--list", "a.png", "--column", "x"],
     ["-", "--out", "x.parquet", "--resume"], ["-", "--list", "-"], ["--list", "-", "--list", "-"]],
)  # fmt: skip
def test_wrong_use_is_one_line_and_status_2(
    numerist_here: Command, tmp_path: Path, words: list[str]
) -> None:
    small_picture(tmp_path / "a.png")
    ran = numerist_here("read", "a.png", *words)
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1), ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize(
    ("package", "words"),
    [("pyarrow", ["a.png", "--out", "out.parquet"]), ("fsspec", ["s3://bucket/a.png"])],
)
def test_without_the_extra_it_says_what_to_install(
    numerist_command: Command, tmp_path: Path, package: str, words: list[str]
) -> None:
    small_picture(tmp_path / "a.png")
    (tmp_path / "empty" / package).mkdir(parents=True)
    (tmp_path / "empty" / package / "__init__.py").write_text("raise ImportError('not here')")
    ran = numerist_command("read", *words, env={"PYTHONPATH": str(tmp_path / "empty")})
    assert ran.returncode == 2
    assert "pip install 'numerist[cloud]'" in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert not list(tmp_path.glob("out*"))


def test_a_picture_costs_nothing_of_all_this(tmp_path: Path) -> None:
    path = small_picture(tmp_path / "a.png")
    code = (
        "import sys\nimport numerist\nfrom numerist.cli import main\n"
        f"try: main(['read', {str(path)!r}])\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600
    )
    assert ran.stdout == "865\n"
    loaded = set(ran.stderr.split())
    assert not loaded & {"pyarrow", "fsspec", "s3fs", "pandas", "sqlite3", "ray"}
    for module in ("archives", "remote", "names", "table", "chunks"):
        assert f"numerist.reading.bulk.{module}" not in loaded


# what stands for one file, and where drawings of it go


@pytest.mark.parametrize(
    ("source", "single"),
    [("https://host/scan?id=7", True), ("s3://b/a.png", True), ("s3://b/folder", False),
     ("s3://b/*.png", False), ("s3://b/a.zip", False), ("a.tar", False),
     ("https://h/a.tgz", False)],
)  # fmt: skip
def test_what_stands_for_one_file(source: str, *, single: bool) -> None:
    assert Inputs((source,)).single is single
    assert not Inputs((), (Path("list.txt"),)).single


def test_drawings_of_what_is_elsewhere_stay_in_their_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = read_job.place_for("--annotate", Path("out"), ["in/a.tar", "s3://b/x"], single=False)
    assert place is not None
    for source, expected in (
        (Source("in/a.tar/x/1.png", b"", Path("in/a.tar/x/1.png")), "out/a.tar/x/1.png.png"),
        (Source("s3://b/x/../../1.png", b""), "out/b/x/1.png.png"),
        (Source("https://host:80//etc/1.png", b""), "out/host_80/etc/1.png.png"),
        (Source("/far/away.png", Path("/far/away.png")), "out/far/away.png.png"),
    ):
        assert place.of(source, 1, 1) == Path(expected)


def test_drawings_of_long_names_have_shorter_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = read_job.place_for("--annotate", Path("out"), ["in"], single=False)
    assert place is not None
    names = [
        *("in/" + letter * (n - 4) + end for letter in "xη" for n in (120, 127) for end in "12"),
        *("in/" + "x" * n + end for n in (225, 235, 250) for end in (".png", ".PNG")),
        *("a.tar/" + "y" * 300 + f"/{end}.png" for end in "12"),
        *("a.tar/" + "z/" * 3000 + f"{end}.png" for end in "12"),
    ]
    drawn = set()
    for name in names:
        for page in (1, 10):
            path = place.of(Source(name, b"", Path(name)), page, 10)
            assert path.name.endswith(f"-{page}.png")
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as part:
                part.write_bytes(b"")
            drawn.add(path)
    assert len(drawn) == 2 * len(names)
    short = place.of(Source("in/a.png", b"", Path("in/a.png")), 1, 1)
    assert short == Path("out/in/a.png.png")
