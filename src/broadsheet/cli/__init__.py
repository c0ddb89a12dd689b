"""The terminal's door: the same verbs as the pages, documented in docs/cli.md."""

from __future__ import annotations

import click

from broadsheet import __version__
from broadsheet.cli import (  # noqa: F401 - add verbs to `evaluate`
    identifying,
    judging_acronyms,
    judging_text,
)
from broadsheet.cli.agents import mcp
from broadsheet.cli.common import Everything
from broadsheet.cli.digest import digest
from broadsheet.cli.exporting import export
from broadsheet.cli.finding import search, show, similar
from broadsheet.cli.health import doctor
from broadsheet.cli.indexing import index
from broadsheet.cli.intake import backup, import_, restore
from broadsheet.cli.joining import identity
from broadsheet.cli.judging import evaluate
from broadsheet.cli.learning import learn
from broadsheet.cli.mapping import map_topics
from broadsheet.cli.measuring import bench
from broadsheet.cli.perusing import peruse
from broadsheet.cli.reading import edition
from broadsheet.cli.serving import serve, work
from broadsheet.cli.syncing import ledger, sync
from broadsheet.cli.users import user


@click.group(cls=Everything, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="broadsheet")
def main() -> None:
    """Broadsheet: the daily paper for research, on your own machine."""


for command in (
    serve,
    work,
    import_,
    sync,
    ledger,
    search,
    similar,
    show,
    export,
    edition,
    digest,
    mcp,
    index,
    peruse,
    map_topics,
    identity,
    bench,
    evaluate,
    learn,
    user,
    backup,
    restore,
    doctor,
):
    main.add_command(command)
