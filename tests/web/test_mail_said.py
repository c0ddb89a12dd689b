"""What the pages say of the mail a reader is sent, where none goes out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, cast

from broadsheet.catalog import Catalog
from broadsheet.editions import Digest, works_of
from broadsheet.readers import LOCAL, Readers
from broadsheet.worker import PostLog, post_office
from tests.web.conftest import make_home
from tests.web.serving import HashedWords, Person, Server

if TYPE_CHECKING:
    from broadsheet.worker.posting_log import State

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


def test_the_page_of_a_digest_is_what_was_mailed(tmp_path: Path) -> None:
    settings = make_home(tmp_path, shelf=False)
    mailing = {"smtp_host": "127.0.0.1", "mail_from": "paper@example.org"}
    with closing(Catalog.open(settings)) as catalog:
        readers, post = Readers(catalog), PostLog(catalog.database)
        readers.follows.add(LOCAL, "term", "galaxies")
        reader = readers.accounts.update(LOCAL, digest="daily", minutes=1)
        with post_office(settings, catalog, HashedWords) as office:
            mail = office.send_now(reader)
        assert mail is not None and mail.state == "sent"
        sent = [work.paper.title for _, work in works_of(catalog, Digest.loads(mail.content))]
        with Server(settings, HashedWords()) as server:
            page = Person(server).get("/digest").text
            assert sent and all(title in page for title in sent)
            assert "It was written to the outbox folder." in page
            assert "nothing would be sent" not in page
            assert "2 more papers of the past week fit you but not your minutes." in page
            assert 'not your minutes. Look under <a href="/following">Following</a>.' in page
            told = Person(server).get("/api/v1/digest").json()["digest"]
            assert [paper["title"] for paper in told["papers"]] == sent
        with Server(settings.model_copy(update=mailing), HashedWords()) as server:
            for state, words in (
                ("prepared", "It waits to be sent: 451 busy."),
                ("failed", "It could not be sent: 451 busy. Its papers come with the next one."),
                ("unanswered", "It may not have reached you: 451 busy. Its papers come with"),
            ):
                post.settle(mail, cast("State", state), "451 busy")
                assert words in Person(server).get("/digest").text


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
