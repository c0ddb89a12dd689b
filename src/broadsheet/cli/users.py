"""``user``: the accounts of a home, for who runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from broadsheet.cli.common import ROW, fail, print_json, with_home, with_settings
from broadsheet.cli.learning import withdraw_models
from broadsheet.files import PRIVATE, replace_file
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.readers import Reader, Readers

ROLES = ("reader", "curator", "operator")
SCOPES = ("read", "write", "feeds", "moderate", "admin")


@click.group()
def user() -> None:
    """Accounts: who may read here, and as what."""


@contextmanager
def _readers(settings: Settings) -> Iterator[Readers]:
    from broadsheet.catalog import Catalog
    from broadsheet.readers import Readers

    with closing(Catalog.open(settings)) as catalog:
        yield Readers(catalog)


def _named(readers: Readers, name: str) -> Reader:
    found = readers.accounts.by_name(name)
    if found is None:
        fail(f"there is no account '{name}'; 'broadsheet user list' shows those there are")
    return found


def _json(reader: Reader) -> dict[str, Any]:
    return {
        "name": reader.name,
        "display": reader.display,
        "role": reader.role,
        "email": reader.email,
        "email_confirmed": reader.email_confirmed,
        "has_password": reader.has_password,
        "disabled": reader.disabled,
        "created_at": reader.created_at,
    }


def _password(name: str, *, from_stdin: bool) -> str:
    """A password typed twice, or the first line of standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("no terminal to ask for a password: give it with --password-stdin")
    return str(click.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True))


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="reader", show_default=True)
@click.option("--email", default="", help="Their mail address; they confirm it later.")
@click.option("--display", default="", help="The name that others see.  [default: NAME]")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--no-password", is_flag=True, help="For log-ins by token or proxy alone.")
@click.option("--adopt", is_flag=True, help="Give them what the local reader has kept.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings
def add(
    settings: Settings,
    name: str,
    role: str,
    email: str,
    display: str,
    password_stdin: bool,
    no_password: bool,
    adopt: bool,
    as_json: bool,
) -> None:
    """Makes an account."""
    if password_stdin and no_password:
        raise click.UsageError("--password-stdin and --no-password exclude one another")
    password = None if no_password else _password(name, from_stdin=password_stdin)
    with _readers(settings) as readers:
        made = readers.accounts.add(name, password, role, email, display=display)
        moved = 0
        if adopt:
            from broadsheet.worker import adopt_local

            moved = adopt_local(settings, readers, made.id)
            made = _named(readers, made.name)
        mode = readers.accounts.mode()
    if as_json:
        print_json({**_json(made), "adopted": moved})
        return
    click.echo(f"Account '{made.name}' ({made.role}) is made.")
    if mode == "single":
        click.echo("Accounts are off; turn them on with: broadsheet user mode accounts")


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_home
def list_(settings: Settings, as_json: bool) -> None:
    """Lists the accounts."""
    with _readers(settings) as readers:
        found = readers.accounts.all()
        mode = readers.accounts.mode()
        registration, audience = readers.accounts.registration(), readers.accounts.audience()
    if as_json:
        door = {"mode": mode, "registration": registration, "audience": audience}
        print_json({**door, "readers": [_json(reader) for reader in found]})
        return
    read_by = f"; read by: {audience}" if mode == "accounts" else ""
    click.echo(f"Mode: {mode}; registration: {registration}{read_by}")
    for reader in found:
        notes = [reader.email] if reader.email else []
        notes += ["disabled"] if reader.disabled else []
        notes += [] if reader.has_password or reader.role == "local" else ["no password"]
        click.echo(f"  {reader.name:24} {reader.role:9} {', '.join(notes)}".rstrip())


@user.command()
@click.argument("name")
@click.option("--label", default="", help="What the token is for.  [default: its scopes]")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, help="[default: read]")
@click.option("--expires", default="", metavar="DAY", help="Its last day.  [default: none]")
@click.option("--list", "listed", is_flag=True, help="List the account's tokens instead.")
@click.option("--revoke", type=ROW, metavar="N", help="Revoke token number N instead.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_home
def token(
    settings: Settings,
    name: str,
    label: str,
    scopes: tuple[str, ...],
    expires: str,
    listed: bool,
    revoke: int | None,
    as_json: bool,
) -> None:
    """Makes a personal token, which is printed this once; lists or revokes them."""
    from broadsheet.readers import json_of

    if listed and revoke is not None:
        raise click.UsageError("give --list or --revoke N")
    with _readers(settings) as readers:
        owner = _named(readers, name)
        if revoke is not None:
            readers.tokens.revoke(owner.id, revoke)
            click.echo(f"Token {revoke} is worth nothing any more.")
            return
        if listed:
            found = readers.tokens.list(owner.id)
            if as_json:
                print_json([json_of(item) for item in found])
                return
            for item in found:
                until = f"until {item.expires_at[:10]}" if item.expires_at else "no end"
                used = f"used {item.used_at[:10]}" if item.used_at else "never used"
                said = f"{', '.join(item.scopes):18} {until}, {used}"
                click.echo(f"{item.id:>6}  {item.name:24} {said}")
            return
        if owner.role == "local" and readers.accounts.mode() == "accounts":
            fail(f"a token of '{name}' opens nothing while accounts are on; name an account")
        wanted = scopes or ("read",)
        secret = readers.tokens.make(owner.id, label or ", ".join(wanted), wanted, expires)
        made = readers.tokens.list(owner.id)[0]
    if as_json:
        print_json({"token": secret, **json_of(made)})
        return
    click.echo(secret)


@user.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_home
def password(settings: Settings, name: str, password_stdin: bool) -> None:
    """Sets a password; the account's sessions end."""
    with _readers(settings) as readers:
        owner = _named(readers, name)
        readers.accounts.set_password(owner.id, _password(owner.name, from_stdin=password_stdin))
    click.echo(f"'{owner.name}' has a new password; its sessions have ended.")


@user.command()
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@with_home
def role(settings: Settings, name: str, role: str) -> None:
    """Makes an account a reader's, a curator's or an operator's."""
    with _readers(settings) as readers:
        changed = readers.accounts.set_role(_named(readers, name).id, role)
    click.echo(f"'{changed.name}' is now: {changed.role}.")


@user.command()
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let the account in again.")
@with_home
def disable(settings: Settings, name: str, undo: bool) -> None:
    """Shuts an account out: no log-in, no token, and its votes do not count."""
    with _readers(settings) as readers:
        changed = readers.accounts.disable(_named(readers, name).id, disabled=not undo)
    click.echo(f"'{changed.name}' is {'disabled' if changed.disabled else 'let in again'}.")


@user.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_home
def delete(settings: Settings, name: str, yes: bool) -> None:
    """Deletes an account and everything of it; 'user export' takes it along first."""
    from broadsheet.worker import delete_reader

    with _readers(settings) as readers:
        owner = _named(readers, name)
        if not yes:
            if not sys.stdin.isatty():
                raise click.UsageError("this cannot be undone: say --yes")
            question = f"Delete '{owner.name}' and all that is theirs? This cannot be undone"
            click.confirm(question, abort=True)
        delete_reader(settings, readers, owner.id)
    gone = withdraw_models(settings)
    kept = "; the local reader itself stays" if owner.role == "local" else ""
    click.echo(f"Everything of '{owner.name}' is deleted{kept}.")
    if gone:
        click.echo(f"Models that learned from it are deleted too: {', '.join(gone)}.")


@user.command()
@click.argument("name")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("json", "bibtex", "opml")),
    default="json",
    show_default=True,
)
@click.option("--output", type=click.Path(path_type=Path), help="[default: standard output]")
@with_home
def export(settings: Settings, name: str, format_: str, output: Path | None) -> None:
    """Writes all data of an account (json), its lists (bibtex) or its feeds (opml)."""
    with _readers(settings) as readers:
        owner = _named(readers, name)
        match format_:
            case "bibtex":
                data = readers.data.bibtex(owner.id).encode()
            case "opml":
                data = readers.data.opml(owner.id, settings.public_address).encode()
            case _:
                data = readers.data.json(owner.id) + b"\n"
    if output is None:
        click.echo(data, nl=False)
        return
    if output.exists() and not output.is_file():
        output.write_bytes(data)  # a pipe, say
    else:
        # It is private: readable by its owner alone, whoever could read what it takes the place of.
        replace_file(output.resolve(), data, PRIVATE)
    click.echo(f"Written to {output}.")


@user.command()
@click.argument("mode", type=click.Choice(("single", "accounts")))
@click.option(
    "--registration",
    type=click.Choice(("closed", "invitation", "open")),
    help="Who may make an account.  [default: as it was; at first closed]",
)
@click.option(
    "--audience",
    type=click.Choice(("anyone", "readers")),
    help="Who may read: anyone, or readers with an account.  [default: as it was; at first anyone]",
)
@with_settings
def mode(settings: Settings, mode: str, registration: str | None, audience: str | None) -> None:
    """Turns accounts on or off; nothing of anyone is lost either way."""
    with _readers(settings) as readers:
        # First who may read: a paper that is to be closed is never open in between.
        if audience is not None:
            readers.accounts.set_audience(audience)
        readers.accounts.set_mode(mode)
        if registration is not None:
            readers.accounts.set_registration(registration)
        now = readers.accounts.registration()
        reading = readers.accounts.audience()
    click.echo(f"Mode: {mode}; registration: {now}; read by: {reading}.")


@user.command()
@click.option("--role", type=click.Choice(ROLES), default="reader", show_default=True)
@click.option("--email", default="", help="Who it is for.")
@click.option("--days", type=int, default=14, show_default=True, help="How long it is valid.")
@click.option("--by", default="local", show_default=True, help="The operator who invites.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings
def invite(settings: Settings, role: str, email: str, days: int, by: str, as_json: bool) -> None:
    """Makes an invitation, for one account; its address is printed this once."""
    with _readers(settings) as readers:
        if readers.accounts.registration() == "closed":
            fail(
                "invitations are off; turn them on with: "
                "broadsheet user mode accounts --registration invitation"
            )
        secret = readers.letters.invite(_named(readers, by).id, role, email, days)
        made = readers.letters.invitations()[0]
    address = f"{settings.public_address}/join?code={secret}"
    if not settings.public_url:
        # No process knows where another one serves, nor under what name others reach it.
        click.echo(
            f"The paper is taken to be at {settings.public_address}, as the settings say; where "
            "readers reach it elsewhere ('serve --port', another machine), set 'public_url'.",
            err=True,
        )
    if as_json:
        print_json({"address": address, "role": made.role, "expires_at": made.expires_at})
        return
    click.echo(address)
