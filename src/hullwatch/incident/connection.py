"""How the record reaches its database: engines, locks, triggers that forbid change, and errors in plain words."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.pool import NullPool, StaticPool

from hullwatch.errors import RecordError

BUSY_TIMEOUT_S = 5.0
SERVER_TIMEOUT_S = 5

# What SQLite says, and who can mend it.
_PROBLEMS: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: ("is locked by another program", "Stop the other writer, or give another path"),
    sqlite3.SQLITE_LOCKED: ("is locked by another program", "Stop the other writer, or give another path"),
    sqlite3.SQLITE_READONLY: ("cannot be written: file or folder is read-only", "Give a path you may write to"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened or made", "Check that the folder exists and may be written to"),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", "Free space; everything acknowledged before is safe"),
    sqlite3.SQLITE_IOERR: ("the disk reported an error", "Check disk and quota; what was acknowledged is safe"),
    sqlite3.SQLITE_NOTADB: (
        "is not a Hullwatch record (not even a database)",
        "Give another path; nothing was changed",
    ),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Restore it from a copy; verify tells how far it can be trusted"),
    sqlite3.SQLITE_CONSTRAINT: ("refused a change", "The record is append-only"),
}
_PASSING = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
}  # fmt: skip
"""What may be over by itself."""


def is_url(name: str) -> bool:
    """Whether the name is a database URL rather than a path."""
    return "://" in name


def display(name: str) -> str:
    """The name as it may be shown: a URL without its password."""
    return sa.make_url(name).render_as_string(hide_password=True) if is_url(name) else name


def engine(name: str, read_only: bool) -> sa.Engine:
    """An engine for the path or URL; SQLite is set to WAL and synchronous FULL."""
    if is_url(name) and not name.startswith("sqlite"):
        return _server(name)
    path = Path((sa.make_url(name).database or "") if is_url(name) else name)
    _check_path(path, name, read_only)
    pool = NullPool if read_only else StaticPool  # a writer keeps one link, so that closing it ends the WAL
    made = sa.create_engine("sqlite://", creator=lambda: _connect(path, read_only), poolclass=pool)
    sa.event.listen(made, "begin", _begin_reading if read_only else _begin_writing)
    return made


def _server(name: str) -> sa.Engine:
    """An engine for a database server; a link that died is made anew, and what is committed is on disk."""
    url = sa.make_url(name)
    if url.get_backend_name() != "postgresql":
        raise RecordError(display(name), "is no database that a record can be kept in", "Give a path, or postgresql://")
    made = sa.create_engine(
        url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, connect_args={"connect_timeout": SERVER_TIMEOUT_S}
    )
    sa.event.listen(made, "begin", _commit_to_disk)
    return made


def _commit_to_disk(link: sa.Connection) -> None:
    link.exec_driver_sql("SET LOCAL synchronous_commit TO on")


def _check_path(path: Path, name: str, read_only: bool) -> None:
    if path.is_dir():
        raise RecordError(name, "is a folder", "Give the path of a file")
    if not path.parent.is_dir():
        raise RecordError(name, f"folder {path.parent} does not exist", "Make it, or give another path")
    if read_only and not path.exists():
        raise RecordError(name, "does not exist", "Give the path of a record that a watch has written")
    if not read_only and not os.access(path if path.exists() else path.parent, os.W_OK):
        raise RecordError(name, "cannot be written: file or folder is read-only", "Give a path you may write to")


def _connect(path: Path, read_only: bool) -> sqlite3.Connection:
    # isolation_level None: transactions are begun by our own hooks, with the lock they need from their first statement.
    mode = "ro" if read_only else "rwc"
    if read_only and not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists():
        mode += "&immutable=1"  # a finished record on read-only media; WAL would want to make files beside it
    link = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        if not read_only:
            if not _leave_others_alone(link, path):
                link.execute("PRAGMA auto_vacuum=FULL")  # of a new file: memory that was replaced leaves no hole
            link.execute("PRAGMA journal_mode=WAL")
            link.execute("PRAGMA synchronous=FULL")
    except BaseException:
        link.close()
        raise
    return link


def _leave_others_alone(link: sqlite3.Connection, path: Path) -> bool:
    """Refuse a database of another program before even its journal mode is changed; whether it holds a record."""
    names = {name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if names and "record_format" not in names:
        raise RecordError(
            str(path), "is a database, but not a Hullwatch record", "Give another path; nothing was changed"
        )
    return bool(names)


def _begin_reading(link: sa.Connection) -> None:
    link.exec_driver_sql("BEGIN")


def _begin_writing(link: sa.Connection) -> None:
    link.exec_driver_sql("BEGIN IMMEDIATE")


def lock_for_writing(link: sa.Connection, table: str) -> None:
    """Make this transaction the only writer (SQLite took that lock when the transaction began)."""
    if link.dialect.name == "postgresql":
        link.exec_driver_sql(f"LOCK TABLE {table} IN EXCLUSIVE MODE")


def forbid_changes(link: sa.Connection) -> None:
    """Triggers after which rows can only be added, each one next after the last."""
    statements = _POSTGRESQL_TRIGGERS if link.dialect.name == "postgresql" else _SQLITE_TRIGGERS
    for statement in statements:
        link.exec_driver_sql(statement)


# The third one also stops INSERT OR REPLACE, which deletes without firing a delete trigger.
_SQLITE_TRIGGERS = (
    "CREATE TRIGGER events_no_update BEFORE UPDATE ON events"
    " BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END",
    "CREATE TRIGGER events_no_delete BEFORE DELETE ON events"
    " BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END",
    "CREATE TRIGGER events_in_order BEFORE INSERT ON events"
    " WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)"
    " BEGIN SELECT RAISE(ABORT, 'rows are added in order'); END",
    "CREATE TRIGGER format_no_update BEFORE UPDATE ON record_format"
    " BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END",
    "CREATE TRIGGER format_no_delete BEFORE DELETE ON record_format"
    " BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END",
)
_POSTGRESQL_TRIGGERS = (
    "CREATE OR REPLACE FUNCTION hullwatch_append_only() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'the record is append-only'; END $$",
    "CREATE OR REPLACE FUNCTION hullwatch_in_order() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM events) THEN"
    " RAISE EXCEPTION 'rows are added in order'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER events_in_order BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION hullwatch_in_order()",
    "CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events"
    " FOR EACH STATEMENT EXECUTE FUNCTION hullwatch_append_only()",
    "CREATE TRIGGER format_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON record_format"
    " FOR EACH STATEMENT EXECUTE FUNCTION hullwatch_append_only()",
)


@contextlib.contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn a database's error into a RecordError that says what to do."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _record_error(display(name), error.orig) from error
    except sqlite3.Error as error:
        raise _record_error(display(name), error) from error
    except UnicodeDecodeError as error:
        raise RecordError(
            display(name), f"is damaged: its text is not UTF-8 ({error})", _PROBLEMS[sqlite3.SQLITE_CORRUPT][1]
        ) from error
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise RecordError(
            name, f"is no database URL that works here ({error})", "Give a path, or install the driver"
        ) from error


def _record_error(name: str, error: Any) -> RecordError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # extended codes keep the primary one in their low byte
    if isinstance(error, sqlite3.Error) and "decode to UTF-8" in str(error):
        code = sqlite3.SQLITE_CORRUPT  # SQLite keeps any bytes as text; Python says so without a code
    problem, remedy = _PROBLEMS.get(code, ("the database refused", "See the message of the database"))
    said = " ".join(str(error).split())
    if not code and _is_away(error):
        return RecordError(
            name, f"the database server cannot be reached ({said})", "Start it, or mend the way to it", True
        )
    return RecordError(name, f"{problem} ({said})", remedy, code in _PASSING)


def _is_away(error: Any) -> bool:
    """Whether a server did not answer, went away or is out of room: SQLSTATE classes 08, 53 and 57, or none at all."""
    state = getattr(error, "sqlstate", None)
    refused = any(word in str(error) for word in ("does not exist", "authentication", "pg_hba", "permission denied"))
    if state is None and refused:
        return False  # a server answered, and will not let us in
    named = any(kind.__name__ in ("OperationalError", "InterfaceError") for kind in type(error).__mro__)
    return named and (state is None or state[:2] in ("08", "53", "57", "25", "55"))
