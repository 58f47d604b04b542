"""Ctrl-C comes where it is let in, and is not lost where it is held back."""

from __future__ import annotations

import signal
import threading

import pytest

from numerist.tuning.interrupts import Interrupts


def test_held_back_until_it_is_let_in() -> None:
    with Interrupts() as interrupts:
        signal.raise_signal(signal.SIGINT)  # nothing happens here,
        with pytest.raises(KeyboardInterrupt), interrupts.let_in():
            pytest.fail("it was to come before")
        with interrupts.let_in():
            pass  # and it comes once
        with pytest.raises(KeyboardInterrupt), interrupts.let_in():
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_must_not_be_disturbed_within_is_finished_first() -> None:
    done = []

    def disturbed(interrupts: Interrupts) -> None:
        with interrupts.let_in():
            with interrupts.held_back():
                signal.raise_signal(signal.SIGINT)
                done.append("within")
            done.append("behind")

    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt):
        disturbed(interrupts)
    assert done == ["within"]


def test_whoever_is_in_charge_stays_in_charge() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts, interrupts.let_in():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_sigterm_is_held_back_where_it_means_the_same() -> None:
    with Interrupts():
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL  # here it means another thing
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Interrupts() as interrupts:
            signal.raise_signal(signal.SIGTERM)
            with pytest.raises(KeyboardInterrupt), interrupts.let_in():
                pytest.fail("it was to come before")
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_other_threads_have_no_signals() -> None:
    done = []

    def work() -> None:
        with Interrupts() as interrupts, interrupts.let_in():
            done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
