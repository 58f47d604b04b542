from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.tuning.alive import is_gone, mark

pytestmark = pytest.mark.skipif(not mark(), reason="this system does not tell")


def _other_process() -> tuple[subprocess.Popen[str], str]:
    code = "from numerist.tuning.alive import mark; print(mark(), flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().rstrip("\n")


def test_a_process_is_not_gone_until_it_is() -> None:
    process, marked = _other_process()
    with process:
        assert marked != mark()
        assert not is_gone(marked)
        process.kill()
        process.wait()
    assert is_gone(marked)


def test_a_process_that_ended_and_that_nobody_asked_after_is_gone() -> None:
    process, marked = _other_process()
    with process:
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it ends, and stays a zombie
        assert is_gone(marked)


def test_a_number_that_was_given_again_does_not_keep_the_old_process_alive() -> None:
    boot, namespace, process, began = mark().split(" ")
    assert is_gone(f"{boot} {namespace} {process} {int(began) - 1}")


def test_nothing_is_known_of_other_machines_and_containers() -> None:
    boot, namespace, _, began = mark().split(" ")
    nobody = "4194305"  # above the highest number that Linux gives
    assert is_gone(f"{boot} {namespace} {nobody} {began}")
    assert not is_gone(f"another {namespace} {nobody} {began}")
    assert not is_gone(f"{boot} pid:[1] {nobody} {began}")


@given(st.text() | st.integers() | st.none() | st.lists(st.text()))
def test_nothing_is_known_of_what_is_no_mark(marked: object) -> None:
    assert not is_gone(marked)
