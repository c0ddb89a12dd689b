"""The terminal's door: the same verbs as the pages, documented in docs/cli.md."""

from __future__ import annotations

import click

from broadsheet import __version__
from broadsheet.cli import identifying  # noqa: F401 - adds a verb to `evaluate`
from broadsheet.cli.common import Verbs
from broadsheet.cli.digest import digest
from broadsheet.cli.finding import export, search, show, similar
from broadsheet.cli.health import doctor
from broadsheet.cli.indexing import index
from broadsheet.cli.intake import backup, import_, restore
from broadsheet.cli.judging import evaluate
from broadsheet.cli.measuring import bench
from broadsheet.cli.reading import edition
from broadsheet.cli.serving import serve, work
from broadsheet.cli.users import user


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="broadsheet")
def main() -> None:
    """Broadsheet: the daily paper for research, on your own machine."""


for command in (
    serve,
    work,
    import_,
    search,
    similar,
    show,
    export,
    edition,
    digest,
    index,
    bench,
    evaluate,
    user,
    backup,
    restore,
    doctor,
):
    main.add_command(command)
