"""``digest``: a reader's digest, made, shown or sent by hand."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from broadsheet.cli.common import fail, print_json, with_home
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.catalog import Catalog
    from broadsheet.editions import Digest
    from broadsheet.encoders import Encoder
    from broadsheet.readers import Reader
    from broadsheet.worker import Mail, PostOffice


@click.command()
@click.option("--to", "name", metavar="READER", help="Whose digest: an account's name.")
@click.option("--due", is_flag=True, help="Make and send every digest that is due now.")
@click.option("--dry-run", is_flag=True, help="Show it; send nothing and remember nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_home
def digest(settings: Settings, name: str | None, due: bool, dry_run: bool, as_json: bool) -> None:
    """Makes a reader's newest digest and sends it, once; until a mail server is set up, writes
    it to the outbox folder."""
    from broadsheet.catalog import Catalog
    from broadsheet.readers import Readers
    from broadsheet.worker import DigestsWait, PostingLocked, post_office

    if due == (name is not None) or (due and dry_run):
        raise click.UsageError("name a reader with --to, or send all that are due with --due")
    with closing(Catalog.open(settings)) as catalog:
        reader = Readers(catalog).accounts.by_name(name) if name is not None else None
        if name is not None and reader is None:
            fail(f"no reader is called '{name}'; 'broadsheet user list' names them")
        with post_office(settings, catalog, lambda: _encoder(settings)) as office:
            try:
                if reader is None:
                    _send_due(office, as_json)
                elif dry_run:
                    _show(office, catalog, reader, as_json)
                else:
                    _send(office, catalog, reader, as_json)
            except PostingLocked as error:
                fail(str(error))
            except DigestsWait as error:
                fail(f"{name}: the digest waits for {error}; try again in some minutes")


def _encoder(settings: Settings) -> Encoder | None:
    """The encoder, where one has been made ready: making it here would take a minute."""
    from broadsheet.encoders import encoder_choice, load_choice
    from broadsheet.index import live_generation

    live = live_generation(settings)
    chosen = encoder_choice(settings, live.encoder if live else "")
    if not (chosen.run or settings.models_path.is_dir()):
        return None
    return load_choice(settings, chosen)


def _send_due(office: PostOffice, as_json: bool) -> None:
    tally = office.run()
    counts = {"made": tally.made, "sent": tally.sent}
    counts |= {"put_off": tally.put_off, "failed": tally.failed, "waiting": tally.waiting}
    if as_json:
        print_json(counts)
    else:
        click.echo(", ".join(f"{count} {what.replace('_', ' ')}" for what, count in counts.items()))
    if tally.waiting:
        click.echo("What waits does so for the index, which is being made.", err=True)


def _show(office: PostOffice, catalog: Catalog, reader: Reader, as_json: bool) -> None:
    from broadsheet.editions import MailError

    found = office.preview(reader)
    if as_json:
        print_json(_described(reader, catalog, found, None))
        return
    if found is None:
        click.echo(f"Nothing for {reader.name} today: nothing would be sent.")
        return
    try:
        message = office.written(reader, found)
    except MailError as error:
        fail(str(error))
    click.echo(message)


def _send(office: PostOffice, catalog: Catalog, reader: Reader, as_json: bool) -> None:
    from broadsheet.editions import Digest

    if why := office.obstacle(reader):
        fail(why)
    mail = office.send_now(reader)
    found = Digest.loads(mail.content) if mail is not None and mail.content else None
    if as_json:
        print_json(_described(reader, catalog, found, mail))
    elif mail is None:
        click.echo(f"Nothing for {reader.name} today: nothing was sent.")
    elif mail.state == "sent":
        click.echo(f"{mail.key}: sent {mail.sent_at} ({mail.answer})")
    if mail is not None and mail.state != "sent":
        fail(f"{mail.key} to {reader.name} was not sent: {mail.answer}")


def _described(
    reader: Reader, catalog: Catalog, found: Digest | None, mail: Mail | None
) -> dict[str, object]:
    from broadsheet.editions import works_of

    papers = works_of(catalog, found) if found else []
    return {
        "reader": reader.name,
        "digest": found.key if found else None,
        "minutes": found.minutes if found else 0,
        "announced": found.announced if found else 0,
        "late": found.late if found else 0,
        "left_out": found.left_out if found else 0,
        "papers": [
            {
                "id": work.paper.id,
                "title": work.paper.title,
                "section": pick.section,
                "why": pick.why,
            }
            for pick, work in papers
        ],
        "state": mail.state if mail else ("shown" if found else "nothing"),
        "message_id": mail.message_id if mail else None,
        "answer": (mail.answer or None) if mail else None,
    }
