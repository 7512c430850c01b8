"""A PostgreSQL server of our own for tests: started from Debian's binaries in a temporary folder, on a free port."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def missing() -> str:
    """Why no server can be started here; "" when one can."""
    if not PROGRAMS and shutil.which("initdb") is None:
        return "no PostgreSQL server: apt-get install postgresql"
    if os.geteuid() == 0 and _owner() is None:
        return "PostgreSQL does not run as root, and there is no user `postgres` to run it as"
    return ""


def _owner() -> str | None:
    """The user the server runs as: our own, or `postgres` where we are root, which the server refuses to be."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return None


class Server:
    """A server that tests may stop, kill and start again."""

    def __init__(self) -> None:
        self._bin = PROGRAMS[-1] if PROGRAMS else Path(str(shutil.which("initdb"))).parent
        self._folder = tempfile.TemporaryDirectory(prefix="hullwatch-")  # pytest's folders are closed to other users
        self._socket = Path(self._folder.name)
        self._data = self._socket / "data"
        if os.geteuid() == 0:
            shutil.chown(self._socket, _owner() or "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._run("initdb", "-D", self._data, "-U", "hullwatch", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self._port} -k {self._socket} -c listen_addresses=127.0.0.1 -c autovacuum=off"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", self._socket / "log", "-o", options, "start")

    def stop(self, how: str = "immediate") -> None:
        """Stop it as a power cut would, unless told otherwise."""
        self._run("pg_ctl", "-D", self._data, "-m", how, "-w", "stop")

    def close(self) -> None:
        """Stop it and leave nothing behind."""
        self.stop("fast")
        self._folder.cleanup()

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        where = ("-h", self._socket, "-p", str(self._port), "-U", "hullwatch")
        self._run("createdb", *where, name)
        return f"postgresql://hullwatch@127.0.0.1:{self._port}/{name}"

    def sql(self, url: str, statement: str) -> str:
        """What a statement gives."""
        return self._run("psql", url, "-tAc", statement)

    def _run(self, program: str, *words: object) -> str:
        # the server would inherit a pipe and keep it open, so pg_ctl speaks to nobody
        heard = subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE
        done = subprocess.run(  # noqa: S603
            [str(self._bin / program), *map(str, words)], stdout=heard, stderr=heard, stdin=subprocess.DEVNULL,
            text=True, check=False, user=_owner() if os.geteuid() == 0 else None, cwd=self._socket, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stderr}"
        return done.stdout or ""
