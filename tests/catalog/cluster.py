"""A throw-away PostgreSQL, where its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoPostgresError(Exception):
    """Why there is none."""


def programs() -> Path:
    """The folder of initdb and pg_ctl."""
    folders = []
    if shutil.which("pg_config"):
        asked = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True)
        folders.append(Path(asked.stdout.strip()))
    if found := shutil.which("initdb"):
        folders.append(Path(found).parent)
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file():
            return folder
    raise NoPostgresError(
        "needs PostgreSQL: no initdb in pg_config --bindir, PATH or /usr/lib/postgresql"
    )


def owner() -> str | None:
    """Whom the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise NoPostgresError("needs PostgreSQL, which root cannot run, and there is no other user")


@contextmanager
def running() -> Iterator[str]:
    """The address of a fresh server that listens on a socket in a folder of its own."""
    folder, user = programs(), owner()
    # Not pytest's folder: a socket's path is short, and another user must get there.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as scratch:
        home = Path(scratch)
        if user:
            shutil.chown(home, user)
        data = home / "data"

        def call(*command: str) -> None:
            subprocess.run(
                [str(folder / command[0]), *command[1:]],
                check=True,
                user=user,
                cwd=home,
                stdout=subprocess.DEVNULL,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            )

        call("initdb", "-D", str(data), "-U", "broadsheet", "-A", "trust", "-E", "UTF8", "-N")
        options = f"-c listen_addresses='' -c fsync=off -k {home}"
        call("pg_ctl", "-D", str(data), "-w", "-l", str(home / "log"), "-o", options, "start")
        try:
            yield f"postgresql://broadsheet@/postgres?host={home}"
        finally:
            call("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
