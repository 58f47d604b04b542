"""Where a study is kept: an SQLite file, or a database with a URL."""

from __future__ import annotations

import contextlib
import sqlite3
import warnings
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
import sqlalchemy
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from numerist.errors import InputError, NumeristError
from numerist.files import refuse_unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator

HEARTBEAT = 10  # seconds between signs of life of a running trial
GRACE = 60  # seconds without one until a trial counts as dead
_PATIENCE = 120  # seconds that one process waits for the others to let go of an SQLite file
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def url_of(storage: str) -> sqlalchemy.URL:
    """Return the URL of a storage: as it stands, or that of an SQLite file for a path.

    Raises:
        InputError: it is neither, or no Unicode.

    >>> str(url_of("tune.db")), str(url_of("postgresql://db.example/studies"))
    ('sqlite:///tune.db', 'postgresql+psycopg://db.example/studies')
    """
    refuse_other_than_unicode("--storage", storage)
    if "://" not in storage:
        return sqlalchemy.URL.create("sqlite", database=storage)
    try:
        url = sqlalchemy.make_url(storage)
    except (ArgumentError, ValueError) as error:
        raise InputError(
            "--storage", "a file, or a URL such as postgresql://USER@HOST/DATABASE",
            "another form of URL", "Its form is that of SQLAlchemy.",
        ) from error  # fmt: skip
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def refuse_other_than_unicode(place: str, text: str) -> None:
    """Raise InputError if bytes of a command line were no characters: databases hold none such."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            place, "characters in UTF-8", ascii(text)[:60], "Choose another name."
        ) from error


def shown(storage: str) -> str:
    """Return a storage as it may be printed: without its password.

    >>> shown("postgresql://me:secret@db.example/studies")
    'postgresql://me:***@db.example/studies'
    """
    if "://" not in storage:
        return storage
    with contextlib.suppress(ArgumentError, ValueError):
        return sqlalchemy.make_url(storage).render_as_string(hide_password=True)
    return "the storage"


def is_new(storage: str) -> bool:
    """Tell whether opening a storage would make a file.

    Raises:
        InputError: it is no file and no URL.
    """
    url = url_of(storage)
    return url.get_backend_name() == "sqlite" and not _file_of(url).exists()


def open_storage(storage: str) -> optuna.storages.RDBStorage:
    """Open a storage; tables that it lacks are made.

    Raises:
        InputError: it is no file and no URL, or nothing here can speak to such a database.
        WriteError: the file can't be written.
        NumeristError: the database does not answer, or holds something else.
    """
    url = url_of(storage)
    if url.get_backend_name() == "sqlite":
        refuse_unwritable(_file_of(url))
    with errors_named(storage):
        return _opened(url, storage)


def _file_of(url: sqlalchemy.URL) -> Path:
    if url.database in {None, "", ":memory:"}:
        raise InputError(
            "--storage",
            "a file",
            "a database in memory",
            "It would be lost, and nobody could join.",
        )
    return Path(str(url.database))


def _opened(url: sqlalchemy.URL, storage: str) -> optuna.storages.RDBStorage:
    lite = url.get_backend_name() == "sqlite"
    arguments = {"connect_args": {"timeout": _PATIENCE}} if lite else {"pool_pre_ping": True}
    text = url.render_as_string(hide_password=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # heartbeats
        try:
            opened = optuna.storages.RDBStorage(
                text.replace("{", "{{").replace("}", "}}"),  # Optuna takes it for a template
                engine_kwargs=arguments,
                heartbeat_interval=HEARTBEAT,
                grace_period=GRACE,
            )
        except ImportError as error:
            raise _no_driver(url, storage, error) from error
    if lite:
        _wait_in_turn(opened.engine)
    weakref.finalize(opened, opened.engine.dispose)  # nobody else closes its connections
    return opened


def _wait_in_turn(engine: sqlalchemy.Engine) -> None:
    """Let a transaction wait for the file before it reads, not between reading and writing.

    There SQLite refuses one of two that both have read, at once and however patient they are.
    What is written first goes to a log beside the file: that is safe from crashes of processes,
    and waits for the disk a few times an hour, not a few times a trial.
    """

    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver begins no transactions of its own
        with contextlib.suppress(sqlite3.OperationalError):  # busy, or no place for a log
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    def begins(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    engine.dispose()
    sqlalchemy.event.listen(engine, "connect", connected)
    sqlalchemy.event.listen(engine, "begin", begins)


def _no_driver(url: sqlalchemy.URL, storage: str, error: ImportError) -> InputError:
    cure = "Install the one that SQLAlchemy's documentation names for it."
    if url.get_backend_name() == "postgresql":
        cure = "Install it with: pip install 'psycopg[binary]'"
    return InputError(shown(storage), "a driver for this database", f"none ({error})", cure)


@contextlib.contextmanager
def errors_named(storage: str) -> Iterator[None]:
    """Turn what the database says into an error that names it, without its password."""
    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        reason = error.__cause__ if isinstance(error.__cause__, SQLAlchemyError) else error
        raise _unusable(storage, _said(reason)) from error
    except RuntimeError as error:
        if "optuna" not in str(error).lower():
            raise
        raise _unusable(storage, "one of another version of Optuna") from error


def _said(error: BaseException) -> str:
    """Return the first line of what the driver said, which knows no password."""
    words = str(getattr(error, "orig", None) or type(error).__name__)
    return " ".join(words.split("\n", maxsplit=1)[0].split())[:200]


def _unusable(storage: str, found: str) -> NumeristError:
    return NumeristError(
        shown(storage), "a database for studies that answers", found,
        "Check address and rights, or choose another --storage.",
    )  # fmt: skip
