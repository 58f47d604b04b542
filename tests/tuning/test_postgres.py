"""Studies in a real PostgreSQL server on this machine, where there is one installed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from optuna.trial import TrialState

import numerist
from numerist.tuning import crew
from numerist.tuning.outcome import outcomes
from numerist.tuning.storage import open_storage
from numerist.tuning.study import begin_or_join

if TYPE_CHECKING:
    from collections.abc import Iterator

TRIALS = 5


def _programs() -> Path | None:
    """The folder of the server's programs."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return Path(found).parent if found else folders[-1] if folders else None


def _user() -> str | None:
    """Whom to run the server as: it refuses root."""
    if os.getuid():
        return None
    return next((u.pw_name for u in pwd.getpwall() if u.pw_name in {"postgres", "nobody"}), "root")


@pytest.fixture
def server() -> Iterator[str]:
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed here")
    pytest.importorskip("psycopg")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # its path is short enough for a socket
    if user:
        shutil.chown(folder, user)
    (folder / "password").write_text("se{cr}et", encoding="utf-8")
    if user:
        shutil.chown(folder / "password", user)
    data = folder / "data"
    words = f"-D {data} -A scram-sha-256 -U me --pwfile={folder / 'password'} -N"
    subprocess.run(
        [str(programs / "initdb"), *words.split()],
        check=True, user=user, cwd=folder, capture_output=True,
    )  # fmt: skip
    words = f"-D {data} -h 127.0.0.1 -p {port} -k {folder} -F"
    process = subprocess.Popen(
        [str(programs / "postgres"), *words.split()],
        user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(1000):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"postgresql://me:se%7Bcr%7Det@127.0.0.1:{port}/postgres"
    finally:
        process.send_signal(signal.SIGINT)  # at once, whoever is connected
        process.wait(100)
        shutil.rmtree(folder, ignore_errors=True)


def test_two_processes_share_a_study_in_postgresql_and_it_goes_on(server: str) -> None:
    numerist.load_mnist()
    given = {"seed": 3, "epochs": 2, "train_on": 500, "space": {"hidden": "10:30"}}
    study, plan = begin_or_join(open_storage(server), "s", given)
    task = crew.Task(server, "s", TRIALS, None, "auto", None)
    crew.run(task, 2, lambda: None, lambda: len(outcomes(study, plan)))
    assert len(outcomes(study, plan)) == TRIALS

    again, same = begin_or_join(open_storage(server), "s", {})
    assert same == plan
    more = crew.Task(server, "s", TRIALS + 2, None, "auto", None)
    crew.run(more, 1, lambda: None, lambda: len(outcomes(again, plan)))
    assert [one.seed for one in outcomes(again, plan)] == [3 + k for k in range(TRIALS + 2)]
    assert not again.get_trials(states=(TrialState.RUNNING,))
