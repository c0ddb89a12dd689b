"""Sessions, tokens and sent secrets: opened by who holds them, for as long as they are good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from broadsheet.catalog import metadata
from broadsheet.readers import LOCAL, Reader, Readers, ReadersError, ThrottledError, checks

from .conftest import PASSWORD, on_both


class Clock:
    """A clock that the room's times follow."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.moment = datetime(2026, 8, 21, 12, tzinfo=UTC)
        patch.setattr(checks, "datetime", self)

    def __getattr__(self, name: str) -> object:
        return getattr(datetime, name)

    def now(self, zone: object) -> datetime:
        return self.moment

    def forward(self, **span: float) -> None:
        self.moment += timedelta(**span)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_session_is_listed_and_ended(readers: Readers, ada: Reader, eve: Reader) -> None:
    secret = readers.sessions.start(ada.id, "Firefox\r\non \x1bLinux", "192.0.2.1")
    assert readers.sessions.reader_of(secret) == ada
    (session,) = readers.sessions.list(ada.id)
    assert (session.agent, session.address) == ("Firefox  on  Linux", "192.0.2.1")
    with pytest.raises(ReadersError, match="no such session"):
        readers.sessions.end(eve.id, session.id)
    readers.sessions.end(ada.id, session.id)
    assert readers.sessions.reader_of(secret) is None


def test_no_secret_is_stored_as_it_is(readers: Readers, ada: Reader, operator: Reader) -> None:
    secrets = [
        readers.sessions.start(ada.id, "", ""),
        readers.tokens.make(ada.id, "mine"),
        readers.letters.change_email(ada.id, "ada@example.org"),
        readers.letters.invite(operator.id),
    ]
    with readers.catalog.database.read() as connection:
        stored = "".join(
            str(row)
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
        )
    assert all(secret and secret not in stored for secret in secrets)
    assert len({len(secret) for secret in secrets}) <= 2
    assert all(len(secret) >= 43 for secret in secrets)


def test_a_session_ends_when_idle_and_after_its_longest_time(
    readers: Readers, ada: Reader, clock: Clock
) -> None:
    secret = readers.sessions.start(ada.id, "", "")
    clock.forward(days=13)
    assert readers.sessions.reader_of(secret) is not None
    clock.forward(days=13)
    assert readers.sessions.reader_of(secret) is not None
    clock.forward(days=14)
    assert readers.sessions.reader_of(secret) is None
    assert readers.sessions.list(ada.id) == []
    used = readers.sessions.start(ada.id, "", "")
    for _ in range(9):
        clock.forward(days=9.9)
        assert readers.sessions.reader_of(used) is not None
    clock.forward(days=1)
    assert readers.sessions.reader_of(used) is None


def test_reading_does_not_write_at_every_page(readers: Readers, ada: Reader, clock: Clock) -> None:
    secret = readers.sessions.start(ada.id, "", "")
    before = readers.seq()
    clock.forward(seconds=100)
    readers.sessions.reader_of(secret)
    assert readers.sessions.list(ada.id)[0].seen_at == "2026-08-21T12:00:00Z"
    clock.forward(seconds=300)
    readers.sessions.reader_of(secret)
    assert readers.sessions.list(ada.id)[0].seen_at == "2026-08-21T12:06:40Z"
    assert readers.seq() == before


def test_of_too_many_sessions_the_one_unused_longest_ends(readers: Readers, ada: Reader) -> None:
    first = readers.sessions.start(ada.id, "first", "")
    for _ in range(50):
        last = readers.sessions.start(ada.id, "", "")
    assert readers.sessions.reader_of(first) is None
    assert readers.sessions.reader_of(last) is not None
    assert len(readers.sessions.list(ada.id)) == 50


def test_a_disabled_account_has_no_door_left(readers: Readers) -> None:
    ada = readers.accounts.add("ada", PASSWORD)
    session = readers.sessions.start(ada.id, "", "")
    token = readers.tokens.make(ada.id, "mine")
    readers.accounts.disable(ada.id)
    assert readers.sessions.reader_of(session) is None
    assert readers.tokens.check(token) is None
    with pytest.raises(ReadersError, match="name or the password is wrong"):
        readers.sessions.log_in("ada", PASSWORD)
    readers.accounts.disable(ada.id, disabled=False)
    assert readers.sessions.reader_of(session) is None


@pytest.mark.parametrize("secret", ["", "x", "\0", "\ud800", "ü" * 99, "x" * 10_000])
def test_a_secret_that_is_none_opens_nothing(readers: Readers, secret: str) -> None:
    assert readers.sessions.reader_of(secret) is None
    assert readers.tokens.check(secret) is None
    assert readers.tokens.check("bst_" + secret) is None
    assert readers.lists.by_secret(secret) is None
    assert readers.searches.by_secret(secret) is None
    with pytest.raises(ReadersError, match="not valid any more"):
        readers.letters.join(secret, "new", PASSWORD)


@on_both
def test_guessing_a_password_has_to_wait_longer_and_longer(readers: Readers, clock: Clock) -> None:
    readers.accounts.add("ada", PASSWORD)

    def attempt(number: int) -> None:
        readers.sessions.log_in("ada", "a wrong password", address=f"192.0.2.{number}")

    for number in range(10):
        with pytest.raises(ReadersError, match="name or the password is wrong"):
            attempt(number)
    waits = []
    for number in range(8):
        waits.append(readers.sessions.attempts("ADA", "192.0.2.99"))
        with pytest.raises(ThrottledError) as caught:
            readers.sessions.log_in("ada", PASSWORD, address="192.0.2.99")
        assert caught.value.seconds == waits[-1]
        clock.forward(seconds=waits[-1])
        with pytest.raises(ReadersError, match="wrong"):
            attempt(100 + number)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    clock.forward(seconds=60)
    assert readers.sessions.log_in("ada", PASSWORD, address="192.0.2.99")
    assert readers.sessions.attempts("ada", "192.0.2.99") == 0


def test_guessing_in_an_open_session_has_to_wait_as_at_the_door(
    readers: Readers, clock: Clock
) -> None:
    ada = readers.accounts.add("ada", PASSWORD)
    for _ in range(10):
        with pytest.raises(ReadersError, match="password is wrong"):
            readers.sessions.ask_again(ada.id, "a wrong password")
    with pytest.raises(ThrottledError):
        readers.sessions.ask_again(ada.id, PASSWORD)
    with pytest.raises(ThrottledError):
        readers.sessions.log_in("ada", PASSWORD)
    clock.forward(seconds=1)
    readers.sessions.ask_again(ada.id, PASSWORD)
    assert readers.sessions.attempts("ada", "") == 0


def test_the_wait_outlives_the_process_and_is_the_same_for_unknown_names(
    readers: Readers, clock: Clock
) -> None:
    readers.accounts.add("ada", PASSWORD)
    for name in ("ada", "nobody"):
        for _ in range(10):
            with pytest.raises(ReadersError) as caught:
                readers.sessions.log_in(name, "a wrong password")
            assert str(caught.value) == "the name or the password is wrong"
    again = Readers(readers.catalog)
    assert again.sessions.attempts("ada", "") == again.sessions.attempts("nobody", "") == 1
    clock.forward(days=2)
    assert again.sessions.attempts("ada", "") == 0


def test_one_address_cannot_try_many_names(readers: Readers, clock: Clock) -> None:
    for number in range(30):
        with pytest.raises(ReadersError, match="wrong"):
            readers.sessions.log_in(f"name{number}", "a guess", address=f"2001:db8::{number:x}")
    with pytest.raises(ThrottledError):
        readers.sessions.log_in("ada", "a guess", address="2001:db8::ffff")
    assert readers.sessions.attempts("ada", "192.0.2.1") == 0


def test_ones_own_log_in_does_not_wipe_out_guesses_at_others(
    readers: Readers, clock: Clock
) -> None:
    readers.accounts.add("eve", PASSWORD)
    for number in range(29):
        with pytest.raises(ReadersError, match="wrong"):
            readers.sessions.log_in(f"name{number}", "a guess", address="192.0.2.1")
    readers.sessions.log_in("eve", PASSWORD, address="192.0.2.1")
    with pytest.raises(ReadersError, match="wrong"):
        readers.sessions.log_in("ada", "a guess", address="192.0.2.1")
    assert readers.sessions.attempts("", "192.0.2.1") == 1


def test_many_guesses_at_once_are_no_way_around_the_wait(readers: Readers, clock: Clock) -> None:
    readers.accounts.add("ada", PASSWORD)

    def guess(_: int) -> bool:
        try:
            readers.sessions.log_in("ada", "a guess")
        except ThrottledError:
            return False
        except ReadersError:
            return True
        raise AssertionError("let in")

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(guess, range(40))) == 10


def test_a_token_opens_its_scopes_until_its_day(
    readers: Readers, ada: Reader, eve: Reader, clock: Clock
) -> None:
    secret = readers.tokens.make(ada.id, "script", ("write",), "2026-08-22")
    assert readers.tokens.check(secret) == (ada, {"read", "write"})
    (token,) = readers.tokens.list(ada.id)
    assert (token.name, token.used_at) == ("script", "2026-08-21T12:00:00Z")
    clock.forward(hours=35)
    assert readers.tokens.check(secret) is not None
    clock.forward(hours=1)
    assert readers.tokens.check(secret) is None
    with pytest.raises(ReadersError, match="no such token"):
        readers.tokens.revoke(eve.id, token.id)
    readers.tokens.revoke(ada.id, token.id)
    assert readers.tokens.list(ada.id) == []


@pytest.mark.parametrize(
    ("name", "scopes", "expires"),
    [
        ("", ("read",), ""),
        ("a\nb", ("read",), ""),
        ("a", (), ""),
        ("a", ("all",), ""),
        ("a", "read", ""),
        ("a", ("read",), "2020-01-01"),
        ("a", ("read",), "soon"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(
    readers: Readers, name: str, scopes: tuple[str, ...], expires: str
) -> None:
    with pytest.raises(ReadersError):
        readers.tokens.make(LOCAL, name, scopes, expires)


def test_tokens_have_a_limit(readers: Readers) -> None:
    for number in range(50):
        readers.tokens.make(LOCAL, str(number))
    with pytest.raises(ReadersError, match="revoke one first"):
        readers.tokens.make(LOCAL, "51")


def test_an_invitation_makes_one_account(readers: Readers, operator: Reader, ada: Reader) -> None:
    with pytest.raises(ReadersError, match="only operators"):
        readers.letters.invite(ada.id)
    secret = readers.letters.invite(operator.id, "curator", "new@example.org")
    (open_,) = readers.letters.invitations()
    assert (open_.role, open_.email) == ("curator", "new@example.org")
    with pytest.raises(ReadersError, match="taken"):
        readers.letters.join(secret, "ada", PASSWORD)
    made = readers.letters.join(secret, "new", PASSWORD)
    assert (made.role, made.email, made.email_confirmed) == ("curator", "new@example.org", False)
    with pytest.raises(ReadersError, match="not valid any more"):
        readers.letters.join(secret, "newer", PASSWORD)
    assert readers.letters.invitations() == []


def test_an_invitation_lapses_and_can_be_withdrawn(
    readers: Readers, operator: Reader, clock: Clock
) -> None:
    secret = readers.letters.invite(operator.id)
    clock.forward(days=14)
    with pytest.raises(ReadersError, match="not valid any more"):
        readers.letters.join(secret, "new", PASSWORD)
    secret = readers.letters.invite(operator.id)
    readers.letters.withdraw(operator.id, readers.letters.invitations()[0].id)
    with pytest.raises(ReadersError, match="not valid any more"):
        readers.letters.join(secret, "new", PASSWORD)


def test_two_cannot_use_one_invitation_at_once(readers: Readers, operator: Reader) -> None:
    secret = readers.letters.invite(operator.id)

    def join(number: int) -> bool:
        try:
            readers.letters.join(secret, f"new{number}", None)
        except ReadersError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(join, range(8))) == 1


@on_both
def test_an_address_is_taken_when_it_is_confirmed(
    readers: Readers, ada: Reader, eve: Reader
) -> None:
    secret = readers.letters.change_email(ada.id, "a@Example.org")
    assert readers.accounts.get(ada.id) == ada
    changed = readers.letters.confirm_email(secret)
    assert (changed.email, changed.email_confirmed) == ("a@example.org", True)
    assert readers.accounts.by_email("a@EXAMPLE.org") == changed
    with pytest.raises(ReadersError, match="not valid any more"):
        readers.letters.confirm_email(secret)
    theirs = readers.letters.change_email(eve.id, "a@example.org")
    with pytest.raises(ReadersError, match="another reader's"):
        readers.letters.confirm_email(theirs)
    assert readers.letters.change_email(ada.id, "") == ""
    assert readers.accounts.by_email("a@example.org") is None


def test_of_two_sent_links_for_an_address_the_later_counts(readers: Readers, ada: Reader) -> None:
    first = readers.letters.change_email(ada.id, "a@example.org")
    second = readers.letters.change_email(ada.id, "b@example.org")
    with pytest.raises(ReadersError, match="not valid any more"):
        readers.letters.confirm_email(first)
    assert readers.letters.confirm_email(second).email == "b@example.org"


def test_a_reader_cannot_have_strangers_flooded_with_mail(
    readers: Readers, ada: Reader, eve: Reader
) -> None:
    sent = [readers.letters.change_email(ada.id, f"{n}@example.org") for n in range(5)]
    for _ in range(2):
        with pytest.raises(ThrottledError, match="go on later"):
            readers.letters.change_email(ada.id, "6@example.org")
        assert readers.letters.change_email(ada.id, "") == "", "giving it up is no mail"
    with pytest.raises(ReadersError, match="not valid any more"):
        readers.letters.confirm_email(sent[-1])
    assert readers.letters.change_email(eve.id, "6@example.org")


def test_a_forgotten_password_is_reset_once_by_the_confirmed_address(
    readers: Readers, clock: Clock
) -> None:
    ada = readers.accounts.add("ada", PASSWORD, "reader", "ada@example.org")
    assert readers.letters.forgot("ada") is None
    readers.letters.confirm_email(readers.letters.change_email(ada.id, "Ada@example.org"))
    session = readers.sessions.start(ada.id, "", "")
    for name in ("nobody", "", "\0", "ü", "nobody@example.org", "local"):
        assert readers.letters.forgot(name) is None
    found = readers.letters.forgot("ADA@Example.org")
    assert found is not None
    reader, secret = found
    assert reader.email == "Ada@example.org"
    with pytest.raises(ReadersError, match="at least 12"):
        readers.letters.reset(secret, "short")
    readers.letters.reset(secret, "another quiet river")
    assert readers.sessions.reader_of(session) is None
    assert readers.accounts.check("ada", "another quiet river") is not None
    with pytest.raises(ReadersError, match="not valid any more"):
        readers.letters.reset(secret, "a third quiet river")
    late = readers.letters.forgot("ada")
    assert late is not None
    clock.forward(hours=1)
    with pytest.raises(ReadersError, match="not valid any more"):
        readers.letters.reset(late[1], "a third quiet river")


def test_a_mailbox_cannot_be_flooded_with_resets(readers: Readers) -> None:
    ada = readers.accounts.add("ada", PASSWORD)
    readers.letters.confirm_email(readers.letters.change_email(ada.id, "ada@example.org"))
    sent = [readers.letters.forgot("ada") for _ in range(8)]
    assert [bool(letter) for letter in sent] == [True] * 5 + [False] * 3


def test_a_secret_is_good_for_its_own_purpose_only(readers: Readers, operator: Reader) -> None:
    invitation = readers.letters.invite(operator.id)
    for attempt in (
        lambda: readers.letters.confirm_email(invitation),
        lambda: readers.letters.reset(invitation, PASSWORD),
        lambda: readers.community.claims.confirm(LOCAL, invitation),
    ):
        with pytest.raises(ReadersError, match="not valid any more"):
            attempt()
    assert readers.letters.invitation(invitation).role == "reader"


def test_two_names_of_a_proxy_never_come_to_one_account(readers: Readers) -> None:
    made = readers.named_by_proxy("olga@example.org")
    assert made.email == "olga@example.org"
    assert not made.email_confirmed
    assert readers.named_by_proxy("OLGA@example.org").id == made.id
    others = ("olga example.org", "olga-example.org", "olga", made.name)
    assert len({readers.named_by_proxy(name).id for name in (*others, "olga@example.org")}) == 5
    assert readers.named_by_proxy("olga").name == "olga"


def test_an_account_that_was_there_is_the_one_a_proxy_names(readers: Readers) -> None:
    known = readers.accounts.add("ada", PASSWORD, "operator")
    assert readers.named_by_proxy("Ada").id == known.id


@pytest.mark.parametrize("name", ["local", "Admin", "root", "\u202eadA"])
def test_a_proxy_cannot_name_who_nobody_may_be(readers: Readers, name: str) -> None:
    with pytest.raises(ReadersError):
        readers.named_by_proxy(name)
    assert len(readers.accounts.all()) == 1
