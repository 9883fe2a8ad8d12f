"""A PostgreSQL server for tests: the system's own binaries, a folder of its own, loopback only, gone afterwards."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["running_postgres"]

_PATIENCE_S = 60


def _tool(name: str) -> str:
    """Find a tool on the path or where Debian keeps it; skip where there is none, but fail in CI."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = str(kept[0]) if kept else shutil.which(name)
    if found is not None:
        return found
    reason = "PostgreSQL's server is not installed here"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _user() -> str | None:
    """Whom to run as: the server refuses root."""
    if os.geteuid() != 0:
        return None
    names = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server and yield the URL of a database in it, with a password."""
    initdb, postgres = _tool("initdb"), _tool("postgres")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="hbtui-postgres-"))
    try:
        (folder / "password").write_text("pass word%&/")
        if user is not None:
            for path in (folder, folder / "password"):
                shutil.chown(path, user)
        data = folder / "data"
        command = [initdb, "-D", str(data), "-U", "hbtui", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync"]
        command += [f"--pwfile={folder / 'password'}"]
        subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True, timeout=_PATIENCE_S)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [postgres, "-D", str(data), "-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1"]
        command += ["-c", "fsync=off", "-c", "max_connections=40"]
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log) as server,
        ):
            try:
                _wait(port, server)
                yield f"postgresql://hbtui:pass%20word%25%26%2F@127.0.0.1:{port}/postgres"
            finally:
                server.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    server.wait(_PATIENCE_S / 4)
                server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    import psycopg

    until = time.monotonic() + _PATIENCE_S
    while server.poll() is None and time.monotonic() < until:
        try:
            psycopg.connect(
                host="127.0.0.1", port=port, user="hbtui", password="pass word%&/", dbname="postgres", connect_timeout=2
            ).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    message = "the PostgreSQL server did not start"
    raise AssertionError(message)
