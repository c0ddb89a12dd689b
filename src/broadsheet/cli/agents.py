"""``mcp``: the paper for an agent that starts the program itself."""

from __future__ import annotations

import logging

import click

from broadsheet.cli.common import log_to_stderr, with_home
from broadsheet.settings import Settings


@click.command()
@click.option(
    "--write", is_flag=True, help="Let the agent save, vote and keep lists for the reader."
)
@click.option(
    "--reader", default="", metavar="NAME", help="Whose paper it is, in a home with accounts."
)
@with_home
def mcp(settings: Settings, write: bool, reader: str) -> None:
    """Speaks the Model Context Protocol on standard input and output.

    Agents that run on this machine start this command themselves; those elsewhere use /mcp of
    the served paper.
    """
    from broadsheet.web import serve_stdio

    log_to_stderr(logging.WARNING)
    serve_stdio(settings, reader=reader, write=write)
