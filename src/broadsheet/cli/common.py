"""What the commands share: the home, one-line errors, JSON and progress."""

from __future__ import annotations

import errno
import functools
import logging
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, NoReturn, ParamSpec, TypeVar

import click
import orjson

from broadsheet import settings as settings_
from broadsheet.cli.owning import root_among_strangers
from broadsheet.errors import UserError
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.catalog import Catalog, Work

P = ParamSpec("P")
R = TypeVar("R")

# What the catalog counts its rows with: a longer number is nobody's, and no database takes it.
ROW = click.IntRange(1, 2**63 - 1)
_HOME = f"{__name__}.home"
# What the rooms' errors say to run.
_ADVICE = re.compile(r"(?<=run: )broadsheet [^,;'()]*[^,;'(). ]|(?<=')broadsheet [^']+(?=')")


class Verbs(click.Group):
    """A group of commands whose foreseeable failures print one line and exit 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; turns the rooms' own errors into a line on standard error."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader of our output (head, less) has gone: nothing is wrong.
            sys.stderr.close()
            ctx.exit(0)
        except OSError as error:
            fail(_os_error(error))
        except UserError as error:
            fail(told(error))


class Everything(Verbs):
    """The group of all verbs, which may be told the home before the verb as well as after it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Moves a ``--home`` that stands first to the verb's own options."""
        first = args[0] if args else ""
        given = 2 if first == "--home" else int(first.startswith("--home="))
        if given:
            home, args = args[:given], args[given:]
            if not args:
                raise click.UsageError("no command is given, as in: broadsheet doctor --home DIR")
            end = args.index("--") if "--" in args else len(args)
            args = [*args[:end], *home, *args[end:]]
        return super().parse_args(ctx, args)


def _os_error(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    match error.errno:
        case errno.ENOSPC:
            return f"{where}the disk is full; free some space and run the command again"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"{where}no permission; choose another folder with --home or change its owner"
        case errno.EADDRINUSE:
            return f"{where}the port is in use; choose another with --port"
        case _:
            return f"{where}{error.strerror or error}"


def told(error: Exception) -> str:
    """A room's own error in one line, its advice with the ``--home`` that this command was given:
    the rooms know what to run, not how the home was named."""
    line = " ".join(str(error).split())
    return _ADVICE.sub(lambda found: found[0] + _home_option(), line)


def fail(message: str) -> NoReturn:
    """Ends the command with one line and exit status 1."""
    raise click.ClickException(message)


def to_run(words: str) -> str:
    """A command line that does what comes next for the same home: with ``--home`` where this
    command was given it."""
    return f"broadsheet {words}{_home_option()}"


def _home_option() -> str:
    home = click.get_current_context().meta.get(_HOME)
    return f" --home {shlex.quote(home)}" if home else ""


def with_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Gives a command ``--home`` and the settings of that home as its first argument."""

    @click.option(
        "--home",
        type=click.Path(file_okay=True),
        help="The folder that holds everything.  [default: the platform's data folder]",
    )
    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        home = kwargs.pop("home")
        # Outlives the verb's own context: its errors are told by the group.
        click.get_current_context().meta[_HOME] = home
        overrides: dict[str, Any] = {"home": home}
        if isinstance(home, str) and home:
            overrides["home"] = Path(home).absolute()
        for name in ("host", "port"):
            if name in kwargs:
                overrides[name] = kwargs.pop(name)
        settings = settings_.load(**overrides)
        if refusal := root_among_strangers(settings):
            fail(refusal)
        return command(settings, *args, **kwargs)

    return wrapper


def with_home(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """`with_settings` for a command that reads a home: one that was never begun is not begun here,
    where a slip of the pen in ``--home`` would make a folder and find nothing in it."""

    @functools.wraps(command)
    def checked(settings: Settings, /, *args: P.args, **kwargs: P.kwargs) -> R:
        from broadsheet.catalog import require_catalog

        require_catalog(settings)
        return command(settings, *args, **kwargs)

    return with_settings(checked)


def print_json(value: object) -> None:
    """Prints a value as JSON, indented for people where a terminal reads it."""
    option = orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0
    click.echo(orjson.dumps(value, option=option | orjson.OPT_SERIALIZE_NUMPY))


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error, silent where that is no terminal.

    Yields a function that takes how many units are done by now and, where they become known
    on the way only, how many there are and what is being done to them.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total=None, _what=None: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)

        def show(done: int, total: int | None = total, what: str = label) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield show


def log_to_stderr(level: int = logging.INFO) -> None:
    """Logs as plain lines, the way a service's journal wants them."""
    logging.basicConfig(
        level=level, format="%(asctime)s %(name)s %(levelname)s %(message)s", force=True
    )


def the_work(catalog: Catalog, text: str) -> Work:
    """The one work that an id, DOI or address names; ends the command otherwise."""
    found = catalog.resolve(text)
    if not found:
        fail(f"no paper has the id '{text}'; 'broadsheet search' finds papers by words")
    works = [work for work in catalog.get_many(found).values() if not work.deleted]
    if len(works) > 1:
        named = ", ".join(sorted(str(work.identifiers[0]) for work in works)[:5])
        fail(f"several papers have the id '{text}': say which one: {named}")
    return works[0]
