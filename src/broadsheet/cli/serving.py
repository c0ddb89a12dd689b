"""``serve`` and ``work``: the paper, and the worker behind it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import click

from broadsheet.cli.common import fail, log_to_stderr, with_settings
from broadsheet.cli.doors import open_door
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.worker import Worker


@click.command()
@click.option("--host", help="Address to bind to.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to bind to.  [default: 8000]")
@click.option("--no-worker", is_flag=True, help="Serve only; 'broadsheet work' runs elsewhere.")
@with_settings
def serve(settings: Settings, no_worker: bool) -> None:
    """Serves the pages and the API, and runs the worker beside them."""
    # Ctrl-C is how it is meant to end: uvicorn raises it again when it has shut down.
    with suppress(KeyboardInterrupt):
        _serve(settings, no_worker)


def _serve(settings: Settings, no_worker: bool) -> None:
    import uvicorn

    from broadsheet.catalog import Catalog
    from broadsheet.sources import require_known
    from broadsheet.web import create_app
    from broadsheet.worker import fill_with_starter

    require_known(settings)
    listener = _listen(settings.host, settings.port)
    with closing(listener):
        with closing(Catalog.open(settings)) as catalog:
            fill_with_starter(catalog, settings)
            if open_to := open_door(settings, catalog):
                click.echo(f"Warning: {open_to[0]}: {open_to[1]}", err=True)
        worker = None if no_worker else _Worker(settings)
        try:
            click.echo(f"{settings.name} is at {_address(settings)}  (Ctrl-C ends it)", err=True)
            config = uvicorn.Config(
                create_app(settings),
                log_level="warning",
                access_log=False,
                server_header=False,
                # The application looks at them itself: it also needs to know who is at the
                # other end of the connection.
                proxy_headers=False,
                root_path="",
                timeout_graceful_shutdown=5,
            )
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            if worker:
                worker.stop()


def _listen(host: str, port: int) -> socket.socket:
    """Binds before anything else is done, so that a port in use costs nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, UnicodeError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "no such address"
        fail(f"cannot listen on {host} port {port}: {reason}; choose another with --host or --port")
    return listener


def _address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}{settings.base_path}"


class _Worker:
    """The worker as a child process, started again when it dies, gone when we are."""

    def __init__(self, settings: Settings) -> None:
        self._command = [sys.executable, "-m", "broadsheet", "work", "--home", str(settings.home)]
        self._command.append("--until-parent-exits")
        # Where the paper is reached may have been said to this command alone; mails tell it.
        where = {"BROADSHEET_HOST": settings.host, "BROADSHEET_PORT": str(settings.port)}
        self._environment = {**os.environ, **where}
        self._stopping = threading.Event()
        self._process = self._start()
        self._watch = threading.Thread(target=self._restart_when_dead, daemon=True)
        self._watch.start()

    def _start(self) -> subprocess.Popen[bytes]:
        # Its standard input is a pipe that nobody writes to: when this process goes, however
        # it goes, the worker reads the end of it and goes too. In a group of its own it does not
        # hear the terminal's Ctrl-C, which is for this process: that ends it.
        return subprocess.Popen(  # noqa: S603
            self._command, stdin=subprocess.PIPE, env=self._environment, process_group=0
        )

    def _restart_when_dead(self) -> None:
        pause = 1.0
        while not self._stopping.is_set():
            self._process.wait()
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, 60.0)
            self._process = self._start()

    def stop(self) -> None:
        self._stopping.set()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@click.command()
@click.option("--once", is_flag=True, help="End when nothing is left to do.")
@click.option("--until-parent-exits", is_flag=True, hidden=True)
@with_settings
def work(settings: Settings, once: bool, until_parent_exits: bool) -> None:
    """Runs the worker alone: files new papers and encodes their meaning."""
    # Until there is a worker there is nothing to bring to an end.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from broadsheet.sources import require_known
    from broadsheet.worker import Worker

    require_known(settings)
    log_to_stderr()
    worker = Worker(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    if until_parent_exits:
        threading.Thread(target=_stop_at_end_of_input, args=(worker,), daemon=True).start()
    worker.run(once=once)


def _stop_at_end_of_input(worker: Worker) -> None:
    # Not through `sys.stdin`: its lock would still be held when the interpreter ends.
    with suppress(OSError):
        while os.read(sys.stdin.fileno(), 4096):
            pass
    worker.stop()
