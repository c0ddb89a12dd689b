"""What the pages say of the mail a reader is sent, where none goes out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from broadsheet.catalog import Catalog
from broadsheet.readers import LOCAL, Readers
from broadsheet.worker import PostLog
from tests.web.conftest import make_home
from tests.web.serving import HashedWords, Person, Server

ADDRESS = "ada@example.org"


def test_a_reader_is_told_when_no_mail_goes_out(tmp_path: Path) -> None:
    settings = make_home(tmp_path)
    mail = {"smtp_host": "127.0.0.1", "mail_from": "paper@example.org"}
    with closing(Catalog.open(settings)) as catalog:
        readers, post = Readers(catalog), PostLog(catalog.database)
        readers.accounts.update(LOCAL, digest="daily")
        with Server(settings, HashedWords()) as server:
            said = Person(server).get("/digest").text
            assert "It is written to the outbox folder every day" in said
            assert "No mail server is set up" in Person(server).get("/account").text
        with Server(settings.model_copy(update=mail), HashedWords()) as server:
            person = Person(server)
            assert ">there is no address<" in person.get("/digest").text
            assert "once you have confirmed that" in person.get("/account").text
            secret = readers.letters.change_email(LOCAL, ADDRESS)
            readers.letters.confirm_email(secret)
            assert f"It goes to {ADDRESS} every day." in person.get("/digest").text
            assert "refused" not in person.get("/account").text
            for _ in range(3):
                post.refused(LOCAL, ADDRESS, "2026-08-20T08:00:00Z", 3)
            assert ">the address refuses it<" in person.get("/digest").text
            account = person.get("/account").text
            assert "last on 20 August 2026: nothing is sent to it" in account
            assert f'type="email" required value="{ADDRESS}"' in account


def test_a_confirmation_says_who_asked_and_what_if_it_was_not_you(tmp_path: Path) -> None:
    settings = make_home(tmp_path, shelf=False).model_copy(update={"name": "The Morning"})
    with (
        closing(Catalog.open(settings)) as catalog,
        Server(settings, HashedWords()) as server,
    ):
        Person(server).post("/account/mail", {"email": ADDRESS}, page="/account")
        (mail,) = PostLog(catalog.database).waiting("9", 10)
        assert mail.address == ADDRESS
        assert "This address was given for the digests of The Morning." in mail.content
        assert "If it was not you, there is nothing to do" in mail.content
        assert "/mail/confirm/" in mail.content
