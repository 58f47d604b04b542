"""Pictures elsewhere: an S3 server and a web server on this machine, and this process's memory."""

from __future__ import annotations

import contextlib
import functools
import http.server
import io
import os
import pickle
import sys
import tarfile
import threading
import zipfile
from typing import TYPE_CHECKING, Any

import boto3
import fsspec
import pytest
from moto.server import ThreadedMotoServer

from numerist.errors import PictureError
from numerist.image import picture
from numerist.reading.bulk import remote
from numerist.reading.source import Source, name_of
from numerist.reading.sources import find_listed, find_sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """A client of an S3 server that is asked over the network as any other is."""
    with pytest.MonkeyPatch.context() as patch:
        running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        running.start()
        host, port = running.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "someone")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setattr(remote, "_PAUSE", 0.001)
        client = boto3.client("s3")
        client.create_bucket(Bucket="scans")
        for name in ("b.png", "a.JPG", "sub/c.tiff", "sub/deep/d.webp", "notes.txt", ".h.png",
                     "sub/.git/e.png", "sub/", "empty.png"):  # fmt: skip
            body = b"" if name == "empty.png" else name.encode()
            client.put_object(Bucket="scans", Key=f"in/{name}", Body=body)
        client.put_object(Bucket="scans", Key="elsewhere.png", Body=b"no")
        client.put_object(Bucket="scans", Key="in/scans.tar", Body=tarred())
        client.put_object(Bucket="scans", Key="in/scans.zip", Body=zipped())
        yield client
        running.stop()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for name in ("1.png", "2.png"):
            info = tarfile.TarInfo(name)
            info.size = 5
            file.addfile(info, io.BytesIO(name.encode()))
    return buffer.getvalue()


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("1.png", "2.png"):
            file.writestr(name, name)
    return buffer.getvalue()


def found(*urls: str) -> list[str]:
    return [
        source.name if isinstance(source, Source) else f"!{source.found}"
        for source in find_sources(urls)
    ]


def contents(*urls: str) -> list[bytes]:
    sources = [source for source in find_sources(urls) if isinstance(source, Source)]
    got = [pickle.loads(pickle.dumps(source)).content() for source in sources]  # noqa: S301
    assert all(isinstance(content, bytes) for content in got)
    return got


def test_a_folder_in_a_bucket_stands_for_the_pictures_below_it(s3: Any) -> None:
    assert found("s3://scans/in") == [
        *(f"s3://scans/in/{name}" for name in ("a.JPG", "b.png", "empty.png")),
        *("!an archive in a folder", "!an archive in a folder"),
        *(f"s3://scans/in/{name}" for name in ("sub/c.tiff", "sub/deep/d.webp")),
    ]
    assert found("s3://scans/in/sub/") == [
        "s3://scans/in/sub/c.tiff", "s3://scans/in/sub/deep/d.webp",
    ]  # fmt: skip
    assert "s3://scans/elsewhere.png" in found("s3://scans")
    assert contents("s3://scans/in") == [
        b"a.JPG", b"b.png", b"", b"sub/c.tiff", b"sub/deep/d.webp",
    ]  # fmt: skip


def test_a_file_a_pattern_and_what_is_not_there(s3: Any) -> None:
    assert contents("s3://scans/in/b.png") == [b"b.png"]
    assert found("s3://scans/in/[be]*.png") == ["s3://scans/in/b.png", "s3://scans/in/empty.png"]
    assert found("s3://scans/**/*.t*f*") == ["s3://scans/in/sub/c.tiff"]
    assert found("s3://scans/in/?.gif") == ["!a pattern that no file matches"]
    assert found("s3://scans/none") == ["!no such file"]
    assert found("s3://nowhere/x.png")[0].startswith("!")


def test_archives_in_a_bucket(s3: Any) -> None:
    for name in ("scans.tar", "scans.zip"):
        url = f"s3://scans/in/{name}"
        assert found(url) == [f"{url}/1.png", f"{url}/2.png"]
        assert contents(url) == [b"1.png", b"2.png"]
    assert len(found("s3://scans/in/scans.*")) == 4
    (failure,) = found("s3://scans/in/none.tar")
    assert failure == "!no such file"


def test_more_names_than_one_answer_has(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "4")  # not a thousand
    s3.create_bucket(Bucket="many")
    for k in range(10):
        s3.put_object(Bucket="many", Key=f"{k:04}.png", Body=b"")
    assert s3.list_objects_v2(Bucket="many")["KeyCount"] == 4
    assert found("s3://many") == [f"s3://many/{k:04}.png" for k in range(10)]


def test_of_a_list_nobody_is_asked_before_a_picture_is_read(s3: Any) -> None:
    first, second = find_listed(["s3://scans/in/b.png", "s3://scans/in/[none].png"])
    assert isinstance(first, Source)
    assert isinstance(second, Source)
    assert first.content() == b"b.png"
    with pytest.raises(PictureError, match="no such file"):
        second.content()


def test_one_that_is_too_large_is_refused(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MOST_BYTES", 4)
    (source,) = find_sources(["s3://scans/in/b.png"])
    assert isinstance(source, Source)
    with pytest.raises(PictureError, match="more than 0 MiB"):
        source.content()
    assert picture.MOST_BYTES > 4


def test_a_network_that_fails_at_times_is_asked_again(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, failures = remote._beginning, [OSError("reset"), TimeoutError("slow")]

    def shaky(*arguments: Any) -> bytes:
        if failures:
            raise failures.pop()
        return true(*arguments)

    monkeypatch.setattr(remote, "_beginning", shaky)
    assert contents("s3://scans/in/b.png") == [b"b.png"]
    assert not failures
    failures += [OSError("gone")] * 9
    (source,) = find_sources(["s3://scans/in/b.png"])
    assert isinstance(source, Source)
    with pytest.raises(PictureError, match=r"can't be fetched \(OSError: gone\)"):
        source.content()
    assert len(failures) == 5


def test_the_web(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    (tmp_path / "scans.zip").write_bytes(zipped())
    (tmp_path / "scans.tar").write_bytes(tarred())
    with served(functools.partial(_Quiet, directory=str(tmp_path))) as top:
        assert found(f"{top}/a.png?x=[1]") == [f"{top}/a.png?x=[1]"]
        assert contents(f"{top}/a.png?x=[1]", f"{top}/scans.tar") == [
            b"picture", b"1.png", b"2.png",
        ]  # fmt: skip
        (source,) = find_sources([f"{top}/none.png"])
        assert isinstance(source, Source)
        with pytest.raises(PictureError, match="no such file"):
            source.content()


@contextlib.contextmanager
def served(handler: Any) -> Iterator[str]:
    """A web server; gives its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{web.server_port}"
        finally:
            web.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.parametrize("name", ["/503.png", "/429.png", "/hang-up.png"])
def test_a_web_server_that_is_busy_or_hangs_up_is_asked_again(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_PAUSE", 0.001)
    asked = []

    class Shaky(_Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            if len(asked) > 2:
                self.send_response(200)
                self.send_header("Content-Length", "7")
                self.end_headers()
                self.wfile.write(b"picture" if self.command == "GET" else b"")
            elif name[1:4].isdigit():
                self.send_error(int(name[1:4]))
            self.close_connection = True

        do_HEAD = do_GET  # noqa: N815  (so it is called there)

    with served(Shaky) as top:
        assert contents(top + name) == [b"picture"]
    assert len(asked) > 2


def test_a_web_server_that_says_no_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "time", None)  # no pause is made

    class No(_Quiet):
        def do_GET(self) -> None:
            self.send_error(403)

        do_HEAD = do_GET  # noqa: N815

    with served(No) as top:
        (source,) = find_sources([f"{top}/a.png"])
        assert isinstance(source, Source)
        with pytest.raises(PictureError, match="403"):
            source.content()


def test_memory_of_this_process() -> None:
    system = fsspec.filesystem("memory")
    for name in ("b/2.png", "b/1.png", "b/deep/3.png", "b/x.txt"):
        system.pipe(f"/box/{name}", name.encode())
    assert found("memory://box/b") == [
        "memory://box/b/1.png", "memory://box/b/2.png", "memory://box/b/deep/3.png",
    ]  # fmt: skip
    assert contents("memory://box/b") == [b"b/1.png", b"b/2.png", b"b/deep/3.png"]
    assert found("memory://box/**/3.*") == ["memory://box/b/deep/3.png"]
    assert found("memory://nothing") == ["!no such file"]


def test_a_folder_by_its_url_is_the_folder(tmp_path: Path) -> None:
    for name in ("b/2.png", "a.png", "b/c/3.png", ".h/4.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "b/up").symlink_to(tmp_path)
    expected = [f"file://{tmp_path}/{name}" for name in ("a.png", "b/2.png", "b/c/3.png")]
    for url in (f"file://{tmp_path}", f"file://{tmp_path}/"):
        assert found(url) == expected
    assert contents(f"file://{tmp_path}") == [b"a.png", b"b/2.png", b"b/c/3.png"]
    assert contents(f"file://{tmp_path}/b/*.png") == [b"b/2.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("protocol", ["file", "local"])
def test_of_this_disk_only_files_are_opened(protocol: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("pipe.png", "pipe.tar"):
        os.mkfifo(tmp_path / "in" / name)
    (tmp_path / "in/a.png").write_bytes(b"a")
    for link, target in (("b.png", "a.png"), ("c.png", "pipe.png"), ("d.png", "none")):
        (tmp_path / "in" / link).symlink_to(target)
    top = f"{protocol}://{tmp_path}/in"
    assert [name[-5:] for name in found(top)] == ["a.png", "b.png"]
    assert [name[-5:] for name in found(f"{top}/*")] == ["a.png", "b.png"]
    assert found(f"{top}/pipe.tar") == ["!no file"]
    (source,) = find_sources([f"{top}/pipe.png"])
    assert isinstance(source, Source)
    with pytest.raises(PictureError, match=r"^[a-z]+://.*/pipe\.png: .* found no file"):
        source.content()


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_names_that_are_no_utf_8_are_shown_as_those_of_paths_are(tmp_path: Path) -> None:
    (tmp_path / "caf\udce9.png").write_bytes(b"a")
    (tmp_path / "caf\udce9.tar").write_bytes(tarred())
    path, archive, url, same = find_sources([tmp_path, f"file://{tmp_path}"])
    assert (name_of(archive), name_of(same)) == (
        f"{tmp_path}/caf\\xe9.tar", f"file://{tmp_path}/caf\\xe9.tar",
    )  # fmt: skip
    assert isinstance(path, Source)
    assert isinstance(url, Source)
    assert url.name == f"file://{path.name}" == f"file://{tmp_path}/caf\\xe9.png"
    assert url.content() == b"a"
    assert found(f"file://{tmp_path}/*.tar", f"file://{tmp_path}/no\udce9.*") == [
        f"file://{tmp_path}/caf\\xe9.tar/1.png", f"file://{tmp_path}/caf\\xe9.tar/2.png",
        "!a pattern that no file matches",
    ]  # fmt: skip


def test_a_folder_that_can_not_be_listed_is_named_and_not_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote, "_PAUSE", 0.001)
    system = fsspec.filesystem("memory")
    for name in ("1.png", "deep/2.png"):
        system.pipe(f"/shaky/{name}", b"x")
    true, failures = type(system).ls, [OSError("reset")] * 2

    def ls(self: Any, path: str, **more: Any) -> Any:
        if path.endswith("deep") and failures:
            raise failures.pop()
        return true(self, path, **more)

    monkeypatch.setattr(type(system), "ls", ls)
    both = ["memory://shaky/1.png", "memory://shaky/deep/2.png"]
    assert found("memory://shaky") == both  # asked again
    failures += [OSError("gone")] * 9
    assert found("memory://shaky") == [both[0], "!one that can't be fetched (OSError: gone)"]


def test_what_can_not_be_reached_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("zip://a.png::s3://scans/in/scans.zip") == ["!a chain of URLs"]
    assert found("nonsense://a.png")[0].startswith("!one that can't be reached (Protocol not known")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    (failure,) = find_sources(["s3://scans"])
    assert "pip install 'numerist[cloud]'" in str(failure)
