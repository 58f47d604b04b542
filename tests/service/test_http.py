"""The service: what it answers, what it refuses, and how it stops."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import fnmatch
import functools
import io
import json
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import hypothesis
import hypothesis.strategies as st
import jsonschema  # type: ignore[import-untyped]
import numpy as np
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

import numerist
from numerist.cli.serve import _millions
from numerist.errors import InputError
from numerist.image import normalise
from numerist.reading.reader import Reader
from numerist.reading.result import PageReading, schema
from numerist.reading.sample import SAMPLE
from numerist.reading.workers import cores
from numerist.service.app import create_app
from numerist.service.batching import MOST
from numerist.service.frames import read_frame, write_frame
from numerist.service.refused import RefusedError
from numerist.service.settings import Settings, is_loopback, refuse_unguarded
from numerist.service.worker import _Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numerist.data import Mnist
    from numerist.model import Model

SCHEMA = schema()
PICTURE = SAMPLE.read_bytes()
PNG = {"Content-Type": "image/png"}
JSON = {"Content-Type": "application/json"}
KEY = "a-key-for-these-tests"


class Service:
    """An application in a thread of its own, asked without a network between."""

    def __init__(self, settings: Settings, model: Any) -> None:
        self.app = create_app(model, settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._life = self.app.router.lifespan_context(self.app)
        transport = httpx.ASGITransport(self.app)  # raises what the application raises
        self._client = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._life.__aenter__()).result(100)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._run(self._client.aclose()).result(100)
            self._run(self._life.__aexit__(None, None, None)).result(100)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _run(self, work: Any) -> concurrent.futures.Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def begin(
        self, method: str, path: str, **more: Any
    ) -> concurrent.futures.Future[httpx.Response]:
        return self._run(self._client.request(method, path, timeout=100, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.begin("GET", path, **more).result(100)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.begin("POST", path, **more).result(100)

    def digits(self, images: Any, **more: Any) -> httpx.Response:
        return self.post("/v1/digits", json={"images": np.asarray(images).tolist(), **more})

    def metric(self, name: str, **labels: str) -> float:
        return metric(self.get("/metrics").text, name, **labels)


def metric(text: str, name: str, **labels: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def refused(response: httpx.Response, status: int, code: str | None = None) -> dict[str, str]:
    """The parts of a refusal, which are all there."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    error: dict[str, str] = response.json()["error"]
    assert set(error) == {"code", "place", "expected", "found", "cure"}
    assert all(error.values()), error
    assert "Traceback" not in response.text
    assert code is None or error["code"] == code, error
    return error


def until(what: Callable[[], Any], seconds: float = 600) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")


def png(pixels: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def pages(kind: str, count: int) -> bytes:
    file = io.BytesIO()
    images = [Image.open(SAMPLE).convert("L")] * count
    images[0].save(file, kind, save_all=True, append_images=images[1:])
    return file.getvalue()


def slow() -> bytes:
    """A picture that takes seconds: many numbers."""
    return png(np.tile(np.asarray(Image.open(SAMPLE).convert("L")), (6, 6)))


@pytest.fixture(scope="module")
def model() -> Model:
    return numerist.load_model()


@pytest.fixture(scope="module")
def service(model: Model) -> Iterator[Service]:
    settings = Settings(
        workers=1,
        bytes_at_once=3_000_000,
        body_bytes=2_000_000,
        pixels=4_000_000,
        pages=3,
        images=20,
        seconds=100,
    )
    with Service(settings, model) as service:
        yield service


# What it answers.


def test_a_picture_is_read_as_everywhere_else(service: Service) -> None:
    answer = service.post("/v1/read", content=PICTURE, headers=PNG)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    jsonschema.validate(answer.json(), SCHEMA)
    assert answer.json() == numerist.read(PICTURE).as_dict()


def test_a_form_says_the_name_of_its_file(service: Service) -> None:
    answer = service.post("/v1/read", files={"file": ("C:\\scans\\../a.png", PICTURE)})
    assert answer.json()["source"] == "a.png"
    raw = service.post("/v1/read", content=PICTURE)
    assert {**answer.json(), "source": "picture"} == raw.json()


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ({"length": 4}, {"length": 4}),
        ({"pattern": r"\d{5}|\d{3}"}, {"pattern": r"\d{5}|\d{3}"}),
        ({"check": "luhn"}, {"check": "luhn"}),
        ({"min": 100, "max": 9_000}, {"least": 100, "most": 9_000}),
        ({"max_error": 0.001}, {"max_error": 0.001}),
        ({"length": 5, "force": "true"}, {"length": 5, "force": True}),
    ],
)
def test_parameters_mean_what_they_mean_to_a_reader(
    service: Service, model: Model, query: dict[str, Any], options: dict[str, Any]
) -> None:
    answer = service.post("/v1/read", content=PICTURE, params=query).json()
    assert answer == Reader(model, **options).read(PICTURE).as_dict()
    assert answer["pages"] != numerist.read(PICTURE).as_dict()["pages"]


@pytest.mark.parametrize("kind", ["TIFF", "PDF"])
def test_documents_have_all_their_pages(service: Service, kind: str) -> None:
    answer = service.post("/v1/read", content=pages(kind, 3)).json()
    jsonschema.validate(answer, SCHEMA)
    assert [page["page"] for page in answer["pages"]] == [1, 2, 3]
    assert all(page["numbers"] and page["error"] is None for page in answer["pages"])


def test_a_damaged_page_costs_none_of_the_others(service: Service) -> None:
    content = bytearray(pages("TIFF", 2))
    start = struct.unpack_from("<I", content, 4)[0]
    count = struct.unpack_from("<H", content, start)[0]
    second_page = struct.unpack_from("<I", content, start + 2 + 12 * count)[0]
    for k in range(struct.unpack_from("<H", content, second_page)[0]):
        at = second_page + 2 + 12 * k
        if struct.unpack_from("<H", content, at)[0] == 273:  # where its pixels stand
            struct.pack_into("<I", content, at + 8, 2**31)
    answer = service.post("/v1/read", content=bytes(content))
    assert answer.status_code == 200
    jsonschema.validate(answer.json(), SCHEMA)
    first, second_read = answer.json()["pages"]
    assert first["numbers"]
    assert first["error"] is None
    assert "page 2" in second_read["error"]


def test_digits_are_judged_as_by_the_model(service: Service, model: Model, mnist: Mnist) -> None:
    images = mnist.validation.images[:12].reshape(-1, 28, 28)
    answers, confidence, probabilities = model.judge(images)
    told = service.digits(images).json()
    assert told["classes"] == model.classes
    assert [digit["text"] for digit in told["digits"]] == [str(answer) for answer in answers]
    found = [digit["confidence"] for digit in told["digits"]]
    np.testing.assert_allclose(found, confidence, atol=2e-6)
    found = [digit["probabilities"] for digit in told["digits"]]
    np.testing.assert_allclose(found, probabilities, atol=2e-6)
    right = [digit["text"] == str(k) for digit, k in zip(told["digits"], mnist.validation.labels)]  # noqa: B905
    assert sum(right) >= 11


def test_ink_may_go_up_to_255(service: Service, mnist: Mnist) -> None:
    image = mnist.validation.images[3].reshape(28, 28)
    as_bytes = np.rint(image * 255).astype(int)
    one, other = service.digits([as_bytes / 255]), service.digits([as_bytes], ink=255)
    assert one.json() == other.json()


def test_pictures_of_digits_go_through_the_normaliser(service: Service, mnist: Mnist) -> None:
    large = [
        np.kron(255 - np.rint(image.reshape(28, 28) * 255), np.ones((3, 3))).astype(np.uint8)
        for image in mnist.validation.images[:3]
    ]
    files = [("files", (f"{k}.png", png(pixels))) for k, pixels in enumerate(large)]
    told = service.post("/v1/digits", files=files)
    assert told.json() == service.digits([normalise(pixels) for pixels in large]).json()
    alone = service.post("/v1/digits", content=png(large[0]), headers=PNG)
    assert alone.json()["digits"][0]["text"] == str(mnist.validation.labels[0])


def test_too_uncertain_is_a_question_mark(service: Service, model: Model) -> None:
    cross = np.eye(28)
    assert model.confidence(cross) < model.threshold(0.002)
    told = service.post("/v1/digits?max_error=0.002", json={"images": [cross.tolist()]})
    assert told.json()["digits"][0]["text"] == "?"
    assert service.digits([cross]).json()["digits"][0]["text"] != "?"
    error = refused(
        service.post("/v1/digits?max_error=1e-9", json={"images": [cross.tolist()]}), 422
    )
    assert error["place"] == "max_error"


def test_health_and_page(service: Service) -> None:
    assert service.get("/healthz").json() == {"status": "ok"}
    assert service.get("/readyz").json() == {"status": "ready"}
    page = service.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "<title>" in page.text


def test_examples_of_the_description_work(service: Service) -> None:
    description = service.get("/openapi.json").json()
    post = description["paths"]["/v1/digits"]["post"]
    body = post["requestBody"]["content"]["application/json"]
    for example in body["examples"].values():
        jsonschema.validate(example["value"], body["schema"])
        answer = service.post("/v1/digits", json=example["value"])
        assert answer.json()["digits"][0]["text"] == "1"
    for path, response in (("digits", answer), ("read", service.post("/v1/read", content=PICTURE))):
        responses = description["paths"][f"/v1/{path}"]["post"]["responses"]
        schema = responses["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(response.json(), {**schema, "components": description["components"]})
        refusal = service.post(f"/v1/{path}", content=b"{", headers=JSON)
        schema = responses[str(refusal.status_code)]["content"]["application/json"]["schema"]
        jsonschema.validate(refusal.json(), {**schema, "components": description["components"]})


# What arrives together.


class Stub:
    """A model that waits for a sign, and notes how many images each run had."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.runs: list[int] = []
        self.classes = [str(k) for k in range(10)]

    def has_run(self, times: int) -> bool:
        return len(self.runs) == times

    def judge(self, images: Any) -> tuple[Any, ...]:
        self.runs.append(len(images))
        assert self.go.wait(600)
        answers = np.rint(images[:, 0, 0] * 9).astype(int)
        return answers, np.ones(len(images)), np.eye(10)[answers]


def image_of(digit: int) -> Any:
    image = np.zeros((28, 28))
    image[0, 0] = digit / 9
    return image


def begun(service: Service, digit: int) -> concurrent.futures.Future[httpx.Response]:
    return service.begin("POST", "/v1/digits", json={"images": [image_of(digit).tolist()]})


def test_what_arrives_together_is_one_run_and_everybody_gets_the_own_answer() -> None:
    stub = Stub()
    with Service(Settings(workers=1, seconds=100), stub) as service:
        first = []
        for k in range(cores()):
            first.append(begun(service, 1))
            until(functools.partial(stub.has_run, k + 1))
        others = [begun(service, k % 10) for k in range(MOST + 4)]
        under_way = cores() + MOST + 4
        until(lambda: service.metric("numerist_under_way", what="requests") == under_way)
        until(lambda: service.app.state.batcher._images == len(others))
        stub.go.set()
        answers = [other.result(100).json()["digits"][0]["text"] for other in others]
        assert answers == [str(k % 10) for k in range(MOST + 4)]
        assert [one.result(100).status_code for one in first] == [200] * cores()
        assert stub.runs == [1] * cores() + [MOST, 4]
        assert service.metric("numerist_batch_images_sum") == under_way
        assert service.metric("numerist_batch_images_count") == cores() + 2


def test_more_than_there_is_room_for_is_refused_at_once() -> None:
    stub = Stub()
    settings = Settings(workers=1, at_once=cores() + 4, queue_images=3, seconds=600)
    with Service(settings, stub) as service:
        held = []
        for k in range(cores()):
            held.append(begun(service, 1))
            until(functools.partial(stub.has_run, k + 1))
        held += [begun(service, 2) for _ in range(3)]
        until(lambda: service.metric("numerist_under_way", what="requests") == cores() + 3)
        until(lambda: service.app.state.batcher._images == 3)  # all are in the queue
        for _ in range(5):  # the queue is full
            answer = begun(service, 3).result(100)
            refused(answer, 429, "busy")
            assert int(answer.headers["retry-after"]) >= 1
        reading = service.begin("POST", "/v1/read", content=slow())
        until(lambda: service.metric("numerist_under_way", what="pictures") == 1)
        refused(service.post("/v1/read", content=PICTURE), 429, "busy")  # too many at once
        assert service.get("/healthz").status_code == 200
        stub.go.set()
        assert {one.result(600).status_code for one in held} == {200}
        assert reading.result(600).status_code == 200
        assert service.metric("numerist_refused_total", code="busy") == 6
        assert begun(service, 4).result(600).status_code == 200


def test_a_failed_run_is_told_to_those_who_asked_and_to_nobody_else() -> None:
    stub = Stub()
    stub.go.set()
    judge = stub.judge
    with Service(Settings(workers=1, seconds=100), stub) as service:

        def broken(images: Any) -> tuple[Any, ...]:
            if images[0, 0, 0] == 1:
                raise RuntimeError("broken")
            return judge(images)

        service.app.state.batcher._judge = broken
        with pytest.raises(RuntimeError, match="broken"):  # as it goes to the server's log
            begun(service, 9).result(100)
        assert begun(service, 3).result(100).json()["digits"][0]["text"] == "3"


# What it refuses.

NUMBERS = np.zeros((1, 28, 28)).tolist()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'"images"',
        b'{"images": []}',
        b'{"images": [[]]}',
        b'{"images": [[[0]]]}',
        b'{"images": "0"}',
        b'\xff\xfe{"images": []}',
        b"[" * 100_000,
        json.dumps({"images": [NUMBERS[0][:27]]}).encode(),
        json.dumps({"images": NUMBERS, "more": 1}).encode(),
        json.dumps({"images": NUMBERS, "ink": 2}).encode(),
        *(
            json.dumps({"images": NUMBERS}).replace("0.0", pixel, 1).encode()
            for pixel in ("1.5", "-1", "256", "NaN", "Infinity", "1e999", '"0"', "null", "9" * 5000)
        ),
    ],
)
def test_what_is_no_json_of_images_is_refused(service: Service, body: bytes) -> None:
    refused(service.post("/v1/digits", content=body, headers=JSON), 422, "bad_json")


def test_large_json_stops_nobody_else(service: Service) -> None:
    odd = b"{" + b",".join(b'"%d":1' % k for k in range(180_000)) + b"}"  # each one is an error
    waiting = service.begin("POST", "/v1/digits", content=odd, headers=JSON)
    meanwhile = 0
    while not waiting.done():
        assert service.get("/healthz").status_code == 200
        meanwhile += 1
    refused(waiting.result(), 422, "bad_json")
    assert meanwhile > 10  # two at most if it was worked on where requests are taken


def test_images_are_the_same_in_small_and_in_large_bodies(service: Service, mnist: Mnist) -> None:
    images = mnist.validation.images[:20].reshape(-1, 28, 28).astype(float)
    together = service.digits(images)
    assert len(together.request.content) > 100_000
    one_by_one = [service.digits([image]).json()["digits"][0]["text"] for image in images]
    assert [digit["text"] for digit in together.json()["digits"]] == one_by_one


def test_more_images_than_allowed_are_refused(service: Service) -> None:
    assert service.digits(np.zeros((20, 28, 28))).status_code == 200
    refused(service.digits(np.zeros((21, 28, 28), int)), 413, "too_many_images")
    files = [("files", (f"{k}.png", PICTURE)) for k in range(21)]
    refused(service.post("/v1/digits", files=files), 413, "too_many_files")


FORM = {"Content-Type": "multipart/form-data; boundary=x"}
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "multipart/form-data"}, b"--x--"),
        (FORM, b""),
        (FORM, b"nothing of a form"),
        (FORM, PART + PICTURE),
        (FORM, PART + PICTURE + b"\r\n--x\r\n"),
        (FORM, b"--x\r\n" * 1000),
        (FORM, PART.replace(b"file", b"\xff\xfe") + b"\r\n--x--"),
        (FORM, b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--"),
        (FORM, b"--x\r\nContent-Disposition: form-data; name=length\r\n\r\n5\r\n--x--\r\n"),
        ({"Content-Type": "multipart/form-data; boundary=" + "x" * 5000}, PART),
        ({"Content-Type": "multipart/form-data; charset=x; boundary=x"}, PART + b"\r\n--x--\r\n"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/read", "/v1/digits"])
def test_damaged_forms_are_refused(
    service: Service, path: str, headers: dict[str, str], body: bytes
) -> None:
    refused(service.post(path, content=body, headers=headers), 422)


def test_forms_have_one_document_that_is_not_empty(service: Service) -> None:
    two = [("file", ("a.png", PICTURE)), ("file", ("b.png", PICTURE))]
    refused(service.post("/v1/read", files=two), 413, "too_many_files")
    refused(service.post("/v1/read", files={"file": ("a.png", b"")}), 422, "empty")
    refused(service.post("/v1/read", content=b""), 422, "empty")
    refused(service.post("/v1/read", files={"file": PICTURE}, data={"length": "5"}), 422)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/v1/read", "text/plain"), ("/v1/read", "application/json"), ("/v1/digits", "text/csv"),
     ("/v1/digits", "application/pdf"), ("/v1/digits", "multipart/mixed"), ("/v1/read", "\xfc/x")],
)  # fmt: skip
def test_other_types_are_refused(service: Service, path: str, kind: str) -> None:
    headers = {"Content-Type": kind.encode("latin-1")}
    refused(service.post(path, content=PICTURE, headers=headers), 415, "unsupported_type")


def test_compressed_bodies_are_refused(service: Service) -> None:
    headers = {"Content-Encoding": "gzip"}
    refused(service.post("/v1/read", content=PICTURE, headers=headers), 415, "unsupported_coding")


@pytest.mark.parametrize(
    "query",
    ["length=0", "length=101", "length=3&pattern=4", "pattern=(", "pattern=" + "9" * 300,
     "pattern=(((((((((9*)*)*)*)*)*)*)*)*)*", "pattern=%ff%fe%00", "pattern=", "check=none",
     "min=nan", "min=5&max=4", "max=inf", "max_error=0", "max_error=1", "force=perhaps",
     "lenght=5", "least=1",
     "length=5&length=6", "force=true&force=true", "length=5&length=6&more=7"],
)  # fmt: skip
def test_parameters_that_make_no_sense_are_refused(service: Service, query: str) -> None:
    refused(service.post(f"/v1/read?{query}", content=PICTURE), 422, "bad_parameter")


def test_a_parameter_is_named_as_it_stands_in_the_address(service: Service) -> None:
    for query, place in (
        ("length=abc", "length"),
        ("max_error=nan", "max_error"),
        ("min=x", "min"),
    ):
        refusal = refused(service.post(f"/v1/read?{query}", content=PICTURE), 422)
        assert refusal["place"] == place
    wrong = service.post("/v1/digits", json={"images": [[[0] * 28] * 27 + [[0.5] * 27 + ["x"]]]})
    assert refused(wrong, 422)["place"] == "images.0.27.27"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("lenght=6", "lenght: expected one of pattern, length, *, *. Did you mean length?"),
        ("zzz=6", "zzz: expected one of * force, found this name. Leave it out, or *"),
        ("length=0", "length: expected at least 1, found '0'. *"),
        ("length=101", "length: expected at most 100, found '101'. *"),
        ("length=many", "length: expected a whole number, found 'many'. *"),
        ("min=x", "min: expected a finite number, found 'x'. *"),
        ("max_error=0", "max_error: expected more than 0, found '0'. *"),
        ("max_error=1", "max_error: expected less than 1, found '1'. *"),
        ("force=perhaps", "force: expected true or false, found 'perhaps'. *"),
        ("pattern=" + "9" * 201, "pattern: expected at most 200 characters, found '999*"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_parameter_is_said_plainly(
    service: Service, query: str, said: str
) -> None:
    refusal = refused(service.post(f"/v1/read?{query}", content=PICTURE), 422, "bad_parameter")
    line = "{place}: expected {expected}, found {found}. {cure}".format(**refusal)
    assert fnmatch.fnmatchcase(line, said), line


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "body: expected JSON, found something else (EOF * line 1 *). *"),
        ("[]", "body: expected an object, found a list. *"),
        ("null", "body: expected an object, found null. *"),
        ("{}", "images: expected a value, found none. *"),
        ('{"image": []}', "image: expected one of images, ink, * Did you mean images?"),
        ('{"images": 7}', "images: expected a list, found 7. *"),
        ('{"images": [[]]}', "images.0: expected at least 28, found 0. *"),
        ('{"images": [], "inc": 1}', "images: expected at least 1, found 0. *"),
        (json.dumps({"images": NUMBERS, "inc": 1}),
         "inc: expected one of images, ink, found this name. Did you mean ink?"),
        (json.dumps({"images": NUMBERS, "ink": 2}), "ink: expected 1 or 255, found 2. *"),
        (json.dumps({"images": NUMBERS}).replace("0.0", "{}", 1),
         "images.0.0.0: expected a finite number, found an object. *"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_json_is_said_plainly(service: Service, body: str, said: str) -> None:
    refusal = refused(service.post("/v1/digits", content=body, headers=JSON), 422, "bad_json")
    line = "{place}: expected {expected}, found {found}. {cure}".format(**refusal)
    assert fnmatch.fnmatchcase(line, said), line


def test_a_parameter_that_is_said_twice_is_named(service: Service) -> None:
    for path, query in (("read", "length=5&length=6"), ("digits", "max_error=0.1&max_error=0.2")):
        refusal = refused(service.post(f"/v1/{path}?{query}", content=PICTURE), 422)
        assert (refusal["place"], refusal["found"]) == (query.partition("=")[0], "2 times")


def test_no_slash_is_added_or_taken(service: Service) -> None:
    for path in ("/v1/read/", "/healthz/"):
        refused(service.post(path, content=PICTURE, follow_redirects=False), 404, "not_found")


def test_heads_may_be_asked(service: Service) -> None:
    for path in ("/", "/healthz", "/readyz", "/sw.js", "/openapi.json"):
        head, whole = (service.begin(how, path).result(100) for how in ("HEAD", "GET"))
        assert head.status_code == 200
        assert head.headers == whole.headers
    assert service.begin("HEAD", "/v1/read").result(100).status_code == 405
    described = service.get("/openapi.json").json()["paths"]
    assert {way for ways in described.values() for way in ways} == {"get", "post"}


def test_no_other_page_holds_this_one_in_a_frame(service: Service) -> None:
    for path in ("/", "/nowhere"):
        assert service.get(path).headers["x-frame-options"] == "DENY"


def test_unknown_paths_and_wrong_methods(service: Service) -> None:
    refused(service.get("/nowhere/%00%ff"), 404, "not_found")
    wrong = service.get("/v1/read")
    refused(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"
    parts = wrong.json()["error"]
    assert [parts[name] for name in ("place", "expected", "found", "cure")] == [
        "/v1/read", "POST", "GET", "Send it by POST.",
    ]  # fmt: skip
    parts = refused(service.post("/healthz", content=b""), 405)
    assert (parts["expected"], parts["found"]) == ("GET or HEAD", "POST")
    refused(service.begin("BREW", "/v1/digits").result(100), 405)


def test_too_large_is_refused_by_what_arrives_not_by_what_is_said(service: Service) -> None:
    sent = []

    async def endless() -> Any:
        while True:
            sent.append(1)
            yield bytes(100_000)

    refused(service.post("/v1/read", content=endless(), headers=PNG), 413, "body_too_large")
    assert len(sent) <= 23  # of 100,000 bytes, where 2,000,000 are allowed
    for path in ("/v1/read", "/v1/digits"):
        large = service.post(path, content=bytes(2_000_001), headers=JSON)
        refused(large, 413, "body_too_large")
        refused(service.post(path, files={"a": bytes(2_000_000)}), 413, "body_too_large")


def test_the_bodies_of_all_requests_together_have_a_limit(service: Service) -> None:
    go = threading.Event()
    held = threading.Event()

    async def halting() -> Any:
        yield bytes(1_900_000)
        held.set()
        await asyncio.to_thread(go.wait)

    first = service.begin("POST", "/v1/read", content=halting(), headers=PNG)
    assert held.wait(100)
    for _ in range(3):
        refused(service.post("/v1/read", content=bytes(1_900_000), headers=PNG), 429, "busy")
    assert service.post("/v1/read", content=PICTURE, headers=PNG).status_code == 200
    go.set()
    refused(first.result(100), 415)
    refused(service.post("/v1/read", content=bytes(1_900_000), headers=PNG), 415)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_says(width: int, height: int) -> bytes:
    """A file of a few bytes that says how many pixels it has."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize("path", ["/v1/read", "/v1/digits"])
def test_too_many_pixels_are_refused_before_they_are_there(service: Service, path: str) -> None:
    for size in ((2001, 2000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)):
        picture = png_that_says(*size)
        refused(service.post(path, content=picture, headers=PNG), 413, "too_many_pixels")
    refused(service.post(path, content=png_that_says(0, 9), headers=PNG), 415)
    refused(service.post(path, content=png_that_says(2000, 2000), headers=PNG), 422, "bad_picture")


@pytest.mark.parametrize("kind", ["TIFF", "PDF"])
def test_too_many_pages_are_refused(service: Service, kind: str) -> None:
    refused(service.post("/v1/read", content=pages(kind, 4)), 413, "too_many_pages")


@pytest.mark.parametrize(("kind", "most_read"), [("TIFF", 0), ("PDF", 1)])
def test_pages_are_counted_before_they_are_read(
    kind: str, most_read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {"model": None, "pixels": 4_000_000, "pages": 3, "images": 20}
    work, read = _Work(limits), []

    def read_page(self: Reader, page: Any) -> Any:
        read.append(page.number)
        return PageReading(page.number, page.size)

    monkeypatch.setattr(Reader, "read_page", read_page)
    head = {"do": "read", "type": "", "options": {}}
    assert work.answer(head, pages(kind, 4))[0]["code"] == "too_many_pages"
    assert len(read) <= most_read
    assert work.answer(head, pages(kind, 3))[0] == {"status": 200}


def test_every_page_of_a_tiff_has_a_limit_of_pixels(service: Service) -> None:
    first, second, third = (Image.new("1", size, 1) for size in ((9, 9), (8, 8), (2001, 2000)))
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=[second, third])
    document = file.getvalue()
    refused(service.post("/v1/read", content=document), 413, "too_many_pixels")
    width = struct.pack("<HHII", 256, 4, 1, 8)  # of the second page
    assert document.count(width) == 1
    damaged = document.replace(width, struct.pack("<HHII", 256, 2, 1, 8))
    refused(service.post("/v1/read", content=damaged), 413, "too_many_pixels")


@pytest.mark.parametrize("path", ["/v1/read", "/v1/digits"])
@pytest.mark.parametrize(
    "content", [b"\0", b"GIF89a", PICTURE[:40], b"%PDF-1.7", b"hello", b"<svg/>", b"BM" * 99]
)
def test_what_is_no_picture_is_refused(service: Service, path: str, content: bytes) -> None:
    answer = service.post(path, content=content, headers=PNG)
    assert answer.status_code in {415, 422}
    refused(answer, answer.status_code)
    refused(service.post(path, content=b"hello", headers=PNG), 415, "not_a_picture")


def test_a_bad_picture_among_digits_is_named(service: Service) -> None:
    files = [("files", ("good.png", PICTURE)), ("files", ("bad.png", PICTURE[:2000]))]
    assert refused(service.post("/v1/digits", files=files), 422)["place"] == "bad.png"


def test_whatever_is_changed_in_a_file_it_is_answered_or_refused(service: Service) -> None:
    rng = np.random.default_rng(9)
    seen = set()
    for original in (PICTURE, pages("TIFF", 2), pages("PDF", 1), pages("GIF", 1)):
        for _ in range(6):
            content = np.frombuffer(original, np.uint8).copy()
            at = rng.integers(0, len(content), 8)
            content[at] = rng.integers(0, 256, 8)
            content[rng.integers(0, 64, 1)] = rng.integers(0, 256, 1)
            answer = service.post("/v1/read", content=content.tobytes()[: rng.integers(200, 99999)])
            seen.add(answer.status_code)
            if answer.status_code == 200:
                jsonschema.validate(answer.json(), SCHEMA)
            else:
                refused(answer, answer.status_code)
    assert seen <= {200, 413, 415, 422}
    assert len(seen) > 1


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
BODIES = VALUES | st.fixed_dictionaries(
    {"images": VALUES | st.just(NUMBERS)}, optional={"ink": VALUES | st.sampled_from([1, 255])}
)


def test_whatever_json_comes_it_is_answered_or_refused(service: Service) -> None:
    @hypothesis.settings(max_examples=60, database=None)
    @hypothesis.given(BODIES)
    @hypothesis.example({"images": NUMBERS, "ink": 255})
    @hypothesis.example({"images": NUMBERS, "ink": True})
    def holds(body: Any) -> None:
        answer = service.post("/v1/digits", content=json.dumps(body).encode(), headers=JSON)
        if answer.status_code != 200:
            refused(answer, 422, "bad_json")
        else:
            assert body["images"] == NUMBERS

    holds()


# Time.


def test_a_picture_that_takes_too_long_is_given_up_and_its_process_ended(model: Model) -> None:
    with Service(Settings(workers=1, seconds=4), model) as service:
        crew = service.app.state.crew
        (before,) = [worker._process.pid for worker in crew._all]
        os.kill(before, signal.SIGSTOP)  # what it is given takes for ever
        begun = time.monotonic()
        waiting = service.begin("POST", "/v1/read", content=PICTURE)
        until(lambda: service.metric("numerist_under_way", what="pictures") == 1)
        behind = service.begin("POST", "/v1/read", content=PICTURE)
        refused(waiting.result(100), 503, "out_of_time")
        assert time.monotonic() - begun < 90
        assert behind.result(100).status_code in {200, 503}
        until(lambda: service.post("/v1/read", content=PICTURE).status_code == 200)
        assert before not in [worker._process.pid for worker in crew._all]
        with pytest.raises(ProcessLookupError):
            os.kill(before, 0)
        assert service.metric("numerist_workers_lost_total", why="out_of_time") >= 1


def test_a_process_that_dies_takes_one_picture_with_it(model: Model) -> None:
    with Service(Settings(workers=1, seconds=100, queue=1), model) as service:
        waiting = service.begin("POST", "/v1/read", content=slow())
        until(lambda: service.metric("numerist_under_way", what="pictures") == 1)
        behind = service.begin("POST", "/v1/read", content=PICTURE)
        until(lambda: service.metric("numerist_under_way", what="pictures") == 2)
        refused(service.post("/v1/read", content=PICTURE), 429, "busy")  # no room in the queue
        (worker,) = service.app.state.crew._all
        os.kill(worker._process.pid, signal.SIGKILL)
        refused(waiting.result(100), 503, "lost")
        assert behind.result(100).status_code == 200
        assert service.metric("numerist_workers_lost_total", why="died") == 1
        (worker,) = service.app.state.crew._all  # and if it dies while it has nothing to do, none
        os.kill(worker._process.pid, signal.SIGKILL)
        until(lambda: not worker.alive)
        assert service.post("/v1/read", content=PICTURE).status_code == 200
        assert service.metric("numerist_workers_lost_total", why="died") == 2


def test_a_body_that_drips_is_given_up(model: Model) -> None:
    async def dripping() -> Any:
        while True:
            yield b"a"
            await asyncio.sleep(0.05)

    with Service(Settings(workers=1, seconds=0.7), model) as service:
        begun = time.monotonic()
        refused(service.post("/v1/read", content=dripping(), headers=PNG), 408, "too_slow")
        assert time.monotonic() - begun < 90


# Who may ask.


def test_without_the_key_nothing_works_but_what_is_open(model: Model) -> None:
    with Service(Settings(workers=1, seconds=100, api_key=KEY), model) as service:
        for path in ("/", "/healthz", "/readyz", "/openapi.json"):
            assert service.get(path).status_code == 200
        wrong: list[dict[str, Any]] = [
            {}, {"X-API-Key": ""}, {"X-API-Key": KEY[:-1]}, {"X-API-Key": KEY + "x"},
            {"Authorization": f"Basic {KEY}"}, {"Authorization": KEY}, {"Authorization": "Bearer"},
            {"X-API-Key": "\xfc".encode("latin-1")},
        ]  # fmt: skip
        for headers in wrong:
            for path in ("/v1/read", "/v1/digits"):
                answer = service.post(path, content=PICTURE, headers=headers)
                refused(answer, 401, "unauthorized")
                assert answer.headers["www-authenticate"] == "Bearer"
            refused(service.get("/metrics", headers=headers), 401)
            refused(service.get("/nowhere", headers=headers), 401)
        for headers in ({"X-API-Key": KEY}, {"Authorization": f"bearer {KEY}"}):
            assert service.post("/v1/read", content=PICTURE, headers=headers).status_code == 200
            assert service.get("/metrics", headers=headers).status_code == 200


def test_the_description_says_what_needs_the_key(model: Model) -> None:
    paths = create_app(model, Settings(api_key=KEY)).openapi()["paths"]
    needs = {path for path, ways in paths.items() for way in ways.values() if "security" in way}
    assert needs == {"/v1/read", "/v1/digits", "/metrics"}
    assert "security" not in json.dumps(create_app(model).openapi())


def test_without_a_key_only_the_names_of_this_machine_are_served(
    service: Service, model: Model
) -> None:
    for host in ("localhost", "LOCALHOST:80", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000"):
        assert service.get("/healthz", headers={"Host": host}).status_code == 200
    for host in (
        "evil.example",
        "localhost.evil.example:80",
        "127.0.0.1.nip.io",
        "10.0.0.1",
        "[::1",
        "",
    ):
        for path in ("/", "/metrics"):
            refused(service.get(path, headers={"Host": host}), 421, "other_host")
    with Service(Settings(workers=1, api_key=KEY), model) as guarded:
        assert guarded.get("/healthz", headers={"Host": "example.org"}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "no.such.host.invalid"])  # noqa: S104
def test_elsewhere_is_listened_only_with_a_key(host: str) -> None:
    with pytest.raises(InputError, match="NUMERIST_API_KEY"):
        refuse_unguarded(host, None)
    refuse_unguarded(host, KEY)


def test_this_machine_has_several_names() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.1.2.3", "localhost"))


def test_limits_and_keys_that_make_no_sense() -> None:
    wrongs: list[dict[str, Any]] = [
    {"pages": 0}, {"body_bytes": -1}, {"seconds": 0.0}, {"workers": 0},
                  {"api_key": ""}, {"api_key": "short"},
                  *({"api_key": KEY + odd + KEY} for odd in " \n\t\0\udcff")]  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(InputError):
            Settings(**wrong)


# What is counted.


def test_metrics_count_requests(service: Service) -> None:
    def count(**labels: str) -> float:
        return service.metric("numerist_requests_total", **labels)

    good = {"route": "/v1/digits", "method": "POST", "status": "200"}
    bad = {"route": "/v1/digits", "method": "POST", "status": "422"}
    before = count(**good), count(**bad), count(route="other", method="other", status="404")
    codes = service.metric("numerist_refused_total", code="bad_json")
    service.digits(NUMBERS)
    service.post("/v1/digits", content=b"{", headers=JSON)
    for k in range(3):  # what clients make up makes no new rows
        service.begin(f"MADE{k}", f"/made/{k}").result(100)
    after = count(**good), count(**bad), count(route="other", method="other", status="404")
    assert after == (before[0] + 1, before[1] + 1, before[2] + 3)
    assert service.metric("numerist_refused_total", code="bad_json") == codes + 1
    assert service.metric("numerist_request_seconds_count", route="/v1/digits") >= 2


# The process.


def test_frames_come_out_as_they_went_in() -> None:
    file = io.BytesIO()
    for k in range(3):
        write_frame(file, {"k": k, "text": "\udcff é"}, bytes(k))
    file.seek(0)
    assert [read_frame(file) for _ in range(4)] == [
        *(({"k": k, "text": "\udcff é"}, bytes(k)) for k in range(3)),
        None,
    ]


@contextlib.contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "numerist", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, where the system tells."""
    return [
        int(word)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for word in path.read_text(encoding="ascii").split()
    ]


def test_sigterm_finishes_what_is_under_way() -> None:
    with started("--workers", "1", "--seconds", "300") as (process, place):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(httpx.post, f"{place}/v1/read", content=slow(), timeout=300)
            until(
                lambda: metric(
                    httpx.get(f"{place}/metrics", timeout=100).text,
                    "numerist_under_way", what="pictures",
                ) == 1
            )  # fmt: skip
            children = descendants(process.pid)
            for child in (*children, process.pid):  # some supervisors tell everybody
                os.kill(child, signal.SIGTERM)
            until(lambda: not listens(place))
            assert not waiting.done()
            answer = waiting.result(300)
        assert answer.status_code == 200
        assert len(answer.json()["pages"][0]["numbers"]) > 100
        assert process.wait(100) == 0
        assert children or sys.platform != "linux"
        for child in children:
            with pytest.raises(ProcessLookupError):
                os.kill(child, 0)


def listens(place: str) -> bool:
    host, _, port = place.removeprefix("http://").rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=60):
            return True
    except OSError:
        return False


def over(place: str, sent: bytes) -> bytes:
    """Returns what comes back over a connection until the service closes it."""
    host, _, port = place.removeprefix("http://").rpartition(":")
    with (
        socket.create_connection((host, int(port)), timeout=100) as line,
        line.makefile("rb") as file,
    ):
        line.sendall(sent)
        return file.read()


@pytest.mark.skipif(sys.platform != "linux", reason="only there it is known who is whose child")
def test_who_goes_away_keeps_nobody_waiting() -> None:
    with started("--workers", "1", "--seconds", "300") as (process, place):
        large = PICTURE + bytes(700_000)  # more than the server takes in at once
        host, _, port = place.removeprefix("http://").rpartition(":")
        head = f"POST /v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(large)}\r\n\r\n"

        def counted(name: str, **labels: str) -> float:
            return metric(httpx.get(f"{place}/metrics", timeout=100).text, name, **labels)

        def under_way(count: int) -> None:
            until(lambda: counted("numerist_under_way", what="pictures") == count)

        children = descendants(process.pid)
        for child in children:
            os.kill(child, signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            first = pool.submit(httpx.post, f"{place}/v1/read", content=PICTURE, timeout=300)
            under_way(1)
            for k in range(3):
                with socket.create_connection((host, int(port)), timeout=100) as line:
                    line.sendall(head.encode() + large)
                    under_way(2 + k)
            last = pool.submit(httpx.post, f"{place}/v1/read", content=PICTURE, timeout=300)
            under_way(5)
            for child in children:
                os.kill(child, signal.SIGCONT)
            assert first.result(300).status_code == last.result(300).status_code == 200
        assert counted("numerist_refused_total", code="gone") == 3


def test_a_connection_that_asks_nothing_is_closed() -> None:
    half = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
    with started("--workers", "1", "--seconds", "1") as (_, place):
        for sent in (b"", half):
            assert over(place, sent) == b""
        for more in (b"\r\n", half):  # both end Uvicorn's own wait between two requests
            assert over(place, half + b"\r\n" + more).count(b"200 OK") == 1
        assert over(place, 2 * (half + b"\r\n")).count(b"200 OK") == 2


def test_a_real_server_counts_what_it_is_sent() -> None:
    with started("--workers", "1", "--max-megabytes", "1") as (process, place):
        host, _, port = place.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=100) as line:
            line.sendall(
                b"POST /v1/read HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            line.sendall(b"FFFFFFFF\r\n")
            sent = 0
            line.settimeout(0.0)
            answer = b""
            while not answer and sent < 100_000_000:
                with contextlib.suppress(BlockingIOError):
                    sent += line.send(bytes(10_000))
                with contextlib.suppress(BlockingIOError):
                    answer = line.recv(9999)
            line.settimeout(100)
            while b"}}" not in answer and (more := line.recv(9999)):  # its body may come later
                answer += more
        assert answer.startswith(b"HTTP/1.1 413")
        assert b'"body_too_large"' in answer
        assert sent < 50_000_000
        assert httpx.get(f"{place}/readyz", timeout=100).status_code == 200
        taken = subprocess.run(
            [sys.executable, "-m", "numerist", "serve", "--port", port],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert taken.returncode == 1
        assert taken.stderr.startswith(f"numerist: 127.0.0.1, port {port}: expected")
        process.send_signal(signal.SIGINT)
        assert process.wait(100) == 0


def test_the_command_refuses_before_it_listens(numerist_command: Any) -> None:
    done = numerist_command("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected a key" in done.stderr
    short = numerist_command("serve", "--host", "0.0.0.0", env={"NUMERIST_API_KEY": "short"})  # noqa: S104
    assert short.returncode == 2
    assert "at least 16 characters, found 5." in short.stderr


@pytest.mark.parametrize("option", ["--max-megabytes", "--max-megapixels", "--seconds"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "0"])
def test_limits_that_are_no_numbers_above_0_are_refused_by_the_name_of_their_option(
    numerist_command: Any, option: str, value: str
) -> None:
    done = numerist_command("serve", "--port", "0", option, value)
    assert done.returncode == 2
    assert done.stderr.startswith(f"numerist: {option}: expected a finite number above 0, found ")


def test_no_finite_limit_is_too_large_or_too_small() -> None:
    assert [_millions(value) for value in (0.1, 20.0, 1e-300)] == [100_000, 20_000_000, 1]
    assert _millions(sys.float_info.max) > 10**313


def test_the_line_that_installs_what_is_missing_is_named() -> None:
    code = (
        "import sys; sys.modules['fastapi'] = None\n"
        "from numerist.cli import main; main(['serve', '--port', '0'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'numerist[serve]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refusal_keeps_its_kind_through_a_pipe() -> None:
    error = RefusedError("page", "one", "two", "Send one.", kind=(413, "too_many_pages"))
    assert pickle.loads(pickle.dumps(error)).kind == (413, "too_many_pages")  # noqa: S301
