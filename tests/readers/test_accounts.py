"""Accounts: who is let in, by what, and what ends it."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select

from broadsheet.readers import LOCAL, Reader, Readers, ReadersError
from broadsheet.readers import passwords as passwords_
from broadsheet.readers.tables import readers as table

from .conftest import PASSWORD, on_both


def test_a_fresh_home_has_one_reader_and_no_log_in(readers: Readers) -> None:
    (local,) = readers.accounts.all()
    assert (local.id, local.role, local.minutes) == (LOCAL, "local", 15)
    assert readers.accounts.mode() == "single"
    assert readers.accounts.registration() == "closed"
    assert local.is_operator
    assert not local.public_votes


@on_both
def test_an_account_is_entered_with_its_name_in_any_case_and_its_password(
    readers: Readers,
) -> None:
    made = readers.accounts.add("Ada.Lovelace", PASSWORD, "curator", "ada@Example.ORG")
    assert (made.id, made.name, made.email) == (2, "ada.lovelace", "ada@example.org")
    assert readers.accounts.check(" ADA.lovelace", PASSWORD) == made
    assert readers.accounts.check("ada.lovelace", PASSWORD + " ") is None
    assert readers.accounts.verify(made.id, PASSWORD)
    assert not readers.accounts.verify(made.id, "")


def test_a_password_is_kept_as_an_argon2id_hash(readers: Readers) -> None:
    readers.accounts.add("ada", PASSWORD)
    with readers.catalog.database.read() as connection:
        query = select(table.c.password).where(table.c.name == "ada")
        stored = connection.execute(query).scalar_one()
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in stored


def test_a_hash_of_older_costs_is_renewed_at_the_next_log_in(readers: Readers) -> None:
    from argon2 import PasswordHasher

    made = readers.accounts.add("ada", None)
    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    with readers.catalog.database.write() as connection:
        connection.execute(table.update().where(table.c.id == made.id).values(password=old))
    assert readers.accounts.check("ada", PASSWORD) is not None
    with readers.catalog.database.read() as connection:
        stored = connection.execute(select(table.c.password).where(table.c.id == made.id)).scalar()
    assert not passwords_.is_old(str(stored))
    assert readers.accounts.check("ada", PASSWORD) is not None


def test_an_unknown_name_costs_the_same_work(readers: Readers) -> None:
    readers.accounts.add("ada", PASSWORD)
    readers.accounts.add("bare", None)
    blocked = readers.accounts.add("blocked", PASSWORD)
    readers.accounts.disable(blocked.id)
    passwords_.matches("", "warm up")

    def pace(name: str, password: str) -> float:
        times = []
        for _ in range(5):
            start = time.thread_time()
            assert readers.accounts.check(name, password) is None
            times.append(time.thread_time() - start)
        return min(times)

    known = pace("ada", "not this one at all")
    for name in ("nobody", "bare", "blocked", "a\0b", "ü" * 50):
        assert 0.5 * known < pace(name, PASSWORD) < 2 * known
    assert 0.5 * known < pace("ada", "x" * 100_000) < 2 * known


@pytest.mark.parametrize(
    "password",
    [
        "",
        "eleven char",
        "x" * 257,
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "123456789012",
        "passwordpassword",
        "PasswordPassword",
        "qwertyuiopas",
        "lovelace-ada",
        "ada.lovelace1",
    ],
)
def test_a_password_that_is_short_long_or_guessed_first_is_refused(
    readers: Readers, password: str
) -> None:
    with pytest.raises(ReadersError, match="password"):
        readers.accounts.add("ada.lovelace", password, "reader", "lovelace-ada@example.org")
    assert readers.accounts.by_name("ada.lovelace") is None


@pytest.mark.parametrize(
    "password", ["ein Flüßchen im Mai", "🦉" * 3 + " at night", "to and fro " * 23]
)
def test_a_password_may_hold_anything(readers: Readers, password: str) -> None:
    readers.accounts.add("ada", password)
    assert readers.accounts.check("ada", password) is not None


def test_a_password_is_the_same_however_its_accents_are_typed(readers: Readers) -> None:
    readers.accounts.add("ada", "r\u00e9sum\u00e9 of a day")
    assert readers.accounts.check("ada", "re\u0301sume\u0301 of a day") is not None


@pytest.mark.parametrize(
    "name",
    ["", " ", "a b", "-ada", "ada-", "a" * 41, "ada\n", "Ada\r\nBcc: x", "ädä", "local", "admin",
     "ada@example.org", "../ada", "ada\u202e", "ada\0"],
)  # fmt: skip
def test_a_name_that_could_not_stand_in_an_address_is_refused(readers: Readers, name: str) -> None:
    if name.strip() == "ada":
        assert readers.accounts.add(name, None).name == "ada"
        return
    with pytest.raises(ReadersError, match="name") as caught:
        readers.accounts.add(name, None)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "email",
    ["ada", "@example.org", "ada@", "a b@example.org", "ada@example.org\nBcc: eve@example.org",
     "ada@example.org, eve@example.org", "<ada@example.org>", "ada@exa mple.org",
     "a" * 65 + "@example.org", "ada@" + "x" * 64 + ".org", "ada@-example.org", "ada\r@example.org",
     '"ada"@example.org', "ada@example.org\0"],
)  # fmt: skip
def test_an_address_that_could_bend_a_mail_header_is_refused(readers: Readers, email: str) -> None:
    with pytest.raises(ReadersError, match="mail address"):
        readers.accounts.add("ada", None, "reader", email)


@pytest.mark.parametrize(
    "display",
    ["Ada\nBcc: eve@example.org", "Ada\r", "Ada\x1b[31m", "Ada\u2028", "\u202eadA", "A\u200bda",
     "Ada\0", "A" * 81, "\ud800"],
)  # fmt: skip
def test_a_display_name_with_control_characters_is_refused(readers: Readers, display: str) -> None:
    with pytest.raises(ReadersError, match="display name"):
        readers.accounts.update(LOCAL, display=display)
    assert readers.accounts.get(LOCAL).display == "You"  # type: ignore[union-attr]


@pytest.mark.parametrize("display", ["Ada Lovelace", "艾達", "أدا", "A\u0301da"])
def test_a_display_name_may_be_of_any_script(readers: Readers, display: str) -> None:
    kept = readers.accounts.update(LOCAL, display=f"  {display} ").display
    assert kept in (display, "\u00c1da")


@pytest.mark.parametrize(
    "settings_",
    [{"minutes": 0}, {"minutes": 481}, {"minutes": True}, {"minutes": "15"}, {"digest": "hourly"},
     {"digest_hour": 24}, {"timezone": "Mars/Olympus"}, {"timezone": "../../etc/passwd"},
     {"role": "operator"}, {"password": "x"}],
)  # fmt: skip
def test_a_setting_out_of_bounds_is_refused(readers: Readers, settings_: dict[str, object]) -> None:
    with pytest.raises(ReadersError):
        readers.accounts.update(LOCAL, **settings_)


def test_settings_are_kept(readers: Readers) -> None:
    changed = readers.accounts.update(
        LOCAL, minutes=30, digest="weekly", digest_hour=6, timezone="Europe/Berlin",
        public_votes=True,
    )  # fmt: skip
    assert readers.accounts.get(LOCAL) == changed
    assert (changed.minutes, changed.digest, changed.timezone) == (30, "weekly", "Europe/Berlin")


def test_two_accounts_cannot_have_one_name(readers: Readers, ada: Reader) -> None:
    with pytest.raises(ReadersError, match="taken"):
        readers.accounts.add("ADA", None)
    other = readers.accounts.add("eve", None)
    with pytest.raises(ReadersError, match="taken"):
        readers.accounts.rename(other.id, "ada")
    assert readers.accounts.rename(ada.id, "ada2").name == "ada2"
    assert readers.accounts.by_name("ada") is None


def test_accounts_are_turned_on_once_someone_can_run_them(readers: Readers) -> None:
    with pytest.raises(ReadersError, match="user add"):
        readers.accounts.set_mode("accounts")
    readers.accounts.add("tess", None, "operator")
    with pytest.raises(ReadersError, match="user add"):
        readers.accounts.set_mode("accounts")
    readers.accounts.add("olga", PASSWORD, "operator")
    readers.accounts.set_mode("accounts")
    readers.accounts.set_registration("invitation")
    again = Readers(readers.catalog).accounts
    assert (again.mode(), again.registration()) == ("accounts", "invitation")


def test_the_last_operator_stays(readers: Readers, operator: Reader) -> None:
    readers.accounts.set_mode("accounts")
    for attempt in (
        lambda: readers.accounts.set_role(operator.id, "reader"),
        lambda: readers.accounts.disable(operator.id),
        lambda: readers.data.delete(operator.id),
    ):
        with pytest.raises(ReadersError, match="last operator"):
            attempt()
    readers.accounts.add("second", PASSWORD, "operator")
    assert readers.accounts.set_role(operator.id, "reader").role == "reader"


def test_the_local_reader_has_no_log_in_and_stays(readers: Readers) -> None:
    for attempt in (
        lambda: readers.accounts.set_password(LOCAL, PASSWORD),
        lambda: readers.accounts.disable(LOCAL),
        lambda: readers.accounts.set_role(LOCAL, "operator"),
        lambda: readers.accounts.rename(LOCAL, "me2"),
        lambda: readers.sessions.start(LOCAL, "", ""),
    ):
        with pytest.raises(ReadersError):
            attempt()
    assert readers.accounts.check("local", "") is None


def test_a_new_password_ends_the_other_sessions_and_sent_links(readers: Readers) -> None:
    ada = readers.accounts.add("ada", PASSWORD, "reader", "ada@example.org")
    secret = readers.letters.change_email(ada.id, "ada@example.org")
    here = readers.sessions.start(ada.id, "this", "")
    there = readers.sessions.start(ada.id, "that", "")
    kept = readers.sessions.session_of(here)
    assert kept is not None
    readers.accounts.set_password(ada.id, "another quiet river", session=kept.id)
    assert readers.sessions.reader_of(here) is not None
    assert readers.sessions.reader_of(there) is None
    assert readers.accounts.check("ada", PASSWORD) is None
    with pytest.raises(ReadersError, match="not valid any more"):
        readers.letters.confirm_email(secret)


@pytest.mark.parametrize("number", [0, -1, 99, 2**70])
def test_an_unknown_reader_is_said(readers: Readers, number: int) -> None:
    assert readers.accounts.get(number) is None
    for attempt in (
        lambda: readers.accounts.update(number, minutes=5),
        lambda: readers.lists.make(number, "List"),
        lambda: readers.acts.do(number, "upvote", 1),
        lambda: readers.data.export(number),
        lambda: readers.follows.add(number, "term", "graphs"),
    ):
        with pytest.raises(ReadersError, match="no reader"):
            attempt()
