"""The description of the service beside what the service does, asked by Schemathesis."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import positive_data_acceptance

if TYPE_CHECKING:
    from collections.abc import Iterator

load_all_checks()

NOT_SAID: Any = [positive_data_acceptance]
"""What a schema can't say: which patterns there are, and what parameters mean together."""


@pytest.fixture(scope="module")
def description() -> Iterator[schemathesis.BaseSchema]:
    command = [
        sys.executable,
        "-m",
        "numerist",
        "serve",
        "--port",
        "0",
        "--workers",
        "1",
        "--seconds",
        "600",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            place = process.stdout.readline().split()[-1]
            yield schemathesis.openapi.from_url(f"{place}/openapi.json")
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        ("POST", "/v1/read", GenerationMode.POSITIVE),
        ("POST", "/v1/read", GenerationMode.NEGATIVE),
        ("POST", "/v1/digits", GenerationMode.POSITIVE),
        ("POST", "/v1/digits", GenerationMode.NEGATIVE),
        ("GET", "/healthz", GenerationMode.POSITIVE),  # nothing can be wrong there
        ("GET", "/readyz", GenerationMode.POSITIVE),
        ("GET", "/metrics", GenerationMode.POSITIVE),
    ],
)
def test_the_service_does_what_its_description_says(
    description: schemathesis.BaseSchema, method: str, path: str, mode: GenerationMode
) -> None:
    operation = description[path][method]

    @hypothesis.settings(
        max_examples=10,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(excluded_checks=NOT_SAID, timeout=600)

    holds()


def test_nothing_is_missing_in_the_test_above(description: schemathesis.BaseSchema) -> None:
    operations: Any = [found.ok() for found in description.get_all_operations()]  # type: ignore[union-attr]
    assert {(found.method.upper(), found.path) for found in operations} == {
        ("POST", "/v1/read"),
        ("POST", "/v1/digits"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
    }
