from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import optuna
import pytest

from numerist.errors import InputError, NumeristError, WriteError
from numerist.tuning.storage import errors_named, open_storage, shown, url_of

if TYPE_CHECKING:
    from pathlib import Path

WRITERS, WRITES = 3, 15


def test_a_path_is_a_file_and_a_url_a_database() -> None:
    assert url_of("a folder/tune.db").database == "a folder/tune.db"
    for written in ("postgres://me:pw@host/db", "postgresql://me:pw@host/db"):
        assert url_of(written).drivername == "postgresql+psycopg"
    assert url_of("mysql+pymysql://host/db").drivername == "mysql+pymysql"


@pytest.mark.parametrize("url", ["postgresql://host:port/db", "://", "x y://z"])
def test_another_form_of_url_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="--storage"):
        url_of(url)


def test_what_is_no_unicode_is_refused() -> None:
    with pytest.raises(InputError, match=r"--storage: expected .* found 't\\udcff\.db'"):
        url_of("t\udcff.db")


def test_no_password_is_shown() -> None:
    secret = "se{cr}et%40"  # noqa: S105  (made up)
    for url in (f"postgresql://me:{secret}@127.0.0.1:1/db", f"postgres://me:{secret}@h:port/db"):
        assert "se{cr}et" not in shown(url)
    with pytest.raises(NumeristError) as caught:
        open_storage(f"postgresql://me:{secret}@127.0.0.1:1/db")  # nobody listens there
    assert "127.0.0.1" in str(caught.value)
    assert "se{cr}et" not in str(caught.value)


def test_a_missing_driver_is_named_with_the_line_that_installs_it() -> None:
    code = """
import sys
sys.modules["psycopg"] = None
from numerist.tuning.storage import open_storage
try:
    open_storage("postgresql://127.0.0.1:1/db")
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("InputError")
    assert "pip install 'psycopg[binary]'" in done.stdout


def test_another_database_without_its_driver_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "MySQLdb", None)
    with pytest.raises(InputError, match=r"mysql://.*SQLAlchemy's documentation names for it"):
        open_storage("mysql://127.0.0.1:1/db")


@pytest.mark.parametrize("content", [b"no database at all", os.urandom(4096), b"SQLite format 3\0"])
def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "tune.db"
    file.write_bytes(content)
    with pytest.raises(NumeristError, match=r"tune\.db"):
        open_storage(str(file))
    assert file.read_bytes() == content


def test_a_database_of_another_version_is_refused_by_name(tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415

    file = str(tmp_path / "tune.db")
    open_storage(file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v99.0.0'")
    connection.close()
    with pytest.raises(NumeristError, match=r"tune\.db.*version of Optuna"):
        open_storage(file)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="memory"):
        open_storage(url)


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="nowhere"):
        open_storage(str(tmp_path / "nowhere" / "tune.db"))


def test_an_error_that_is_not_of_the_database_passes() -> None:
    with pytest.raises(RuntimeError, match="mine"), errors_named("tune.db"):
        raise RuntimeError("mine")


def test_processes_write_to_one_file_at_once_and_none_is_refused(tmp_path: Path) -> None:
    file = str(tmp_path / "tune.db")
    study = optuna.create_study(storage=open_storage(file), study_name="s")
    code = f"""
import optuna
from numerist.tuning.storage import open_storage
study = optuna.load_study(storage=open_storage({file!r}), study_name="s")
study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials={WRITES})
"""
    command = [sys.executable, "-W", "ignore", "-c", code]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(WRITERS)]
    for writer in writers:
        _, said = writer.communicate(timeout=600)
        assert writer.returncode == 0, said
    assert [trial.number for trial in study.get_trials()] == list(range(WRITERS * WRITES))
