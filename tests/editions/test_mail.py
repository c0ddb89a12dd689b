"""A digest reads well as a mail, and nothing from outside gets into its headers or its HTML."""

from __future__ import annotations

import email
import email.policy
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from itsdangerous import URLSafeTimedSerializer
from rich.cells import cell_len

from broadsheet.catalog import Work
from broadsheet.editions import (
    Digest,
    LinkError,
    MailError,
    MailTokens,
    MailWriter,
    Pick,
    Sender,
)
from broadsheet.editions.feeds_entry import FeedEntry, said
from broadsheet.papers import Author, Identifier, Paper
from broadsheet.readers import Reader
from broadsheet.text import Reading, read_paper

MADE = datetime(2026, 8, 20, 7, 0, tzinfo=UTC)
READER = Reader(
    7, "ada", "Ada Lovelace", "ada@example.org", True, "reader", False, "UTC", 15, "daily", 7,
    "2026-01-01T00:00:00Z", False,
)  # fmt: skip


def work(number: int, title: str, abstract: str = "We say so. " * 60) -> Work:
    name = Identifier("arxiv", f"2608.{number:05}")
    paper = Paper(
        id=f"2608.{number:05}v1",
        source="lab",
        title=title,
        abstract=abstract,
        authors=tuple(Author(f"Writer Number{n}") for n in range(9)),
        categories=("cs.LG", "stat.ML"),
        identifiers=(name,),
    )
    return Work(number, 1, paper, (name,), ("lab",), "", "2026-08-20", "", 1, False, b"0" * 16)


def writer(**changes: str) -> MailWriter:
    values = {"name": "Broadsheet", "address": "paper@example.org"}
    values["site"] = "https://paper.example.org/base"
    return MailWriter(Sender(**{**values, **changes}), MailTokens(b"secret"))


def mail(
    *works: Work,
    sender: MailWriter | None = None,
    reader: Reader = READER,
    readings: dict[int, Reading] | None = None,
) -> EmailMessage:
    raw = written(*works, sender=sender, reader=reader, readings=readings)
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


def written(
    *works: Work,
    sender: MailWriter | None = None,
    reader: Reader = READER,
    readings: dict[int, Reading] | None = None,
) -> bytes:
    picks = tuple(Pick(item.id, "What you follow", "On “cats”, which you follow") for item in works)
    digest = Digest(
        reader.id, "daily 2026-08-20", "daily", "2026-08-20", "2026-08-19", "2026-08-20",
        picks, 812, 3,
    )  # fmt: skip
    made = (sender or writer()).digest(
        reader,
        digest,
        list(zip(picks, works, strict=True)),
        {item.id: f"/papers/{item.id}" for item in works},
        MADE,
        readings,
    )
    return bytes(made)


def parts(message: EmailMessage) -> tuple[str, str]:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and html is not None
    return plain.get_content(), html.get_content()


def test_the_plain_part_keeps_to_72_columns_but_for_addresses() -> None:
    text, _ = parts(mail(work(1, "On cats, their sleep and " + "dreams and " * 20 + "more")))
    long = [line for line in text.splitlines() if len(line) > 72]
    assert all(line.strip().startswith("https://") for line in long)
    assert "That is all." in text and "812 papers were announced" in text
    # Not of those that were announced alone: what did not fit before waits as well.
    unbroken = " ".join(text.split())
    assert "3 more papers of the past week fit you but not your minutes; they wait" in unbroken
    assert "\t" not in text and "<" not in text


READ = (
    "Street scenes change with the weather. Existing methods fail in fog because their training "
    "data has none of it. In this paper we present a method for semantic segmentation that adds "
    "$\\alpha^2$ fogs to clear pictures. Results show that it outperforms all baselines in fog."
)


def test_a_paper_that_was_read_is_told_in_its_problem_idea_and_result() -> None:
    one = work(1, "Segmentation in fog", READ)
    text, html = parts(mail(one, readings={1: read_paper(one.paper.title, READ)}))
    unbroken = " ".join(text.split())
    for line in (
        "Problem: Existing methods fail in fog because their training data has none of it.",
        "Idea: We present a method for semantic segmentation that adds α² fogs",
        "Result: Results show that it outperforms all baselines in fog.",
    ):
        assert line in unbroken
        label, _, words = line.partition(": ")
        assert re.search(rf">{label}:</b> {re.escape(words)}", html)
    assert "Street scenes" not in text + html
    assert all(len(line) <= 72 for line in text.splitlines() if "https://" not in line)


def test_a_paper_that_was_not_read_or_changed_since_is_told_by_its_first_sentences() -> None:
    one = work(1, "Segmentation in fog", READ)
    older = read_paper("Segmentation in fog", f"{READ} It was longer then.")
    for readings in ({}, {1: older}):
        assert "Street scenes" in parts(mail(one, readings=readings))[0]


def test_a_summary_that_is_not_the_authors_own_is_called_so() -> None:
    one = work(1, "Molecules", "")
    one = replace(one, paper=replace(one.paper, summary="A network reads molecules."))
    text, html = parts(mail(one))
    assert "In our words: A network reads molecules." in text
    assert ">In our words:</b> A network reads molecules." in html


def test_scripts_without_blanks_keep_to_72_columns_too() -> None:
    name = "深層学習による画像認識の研究"
    one = work(1, name * 6, "猫が好きです。" * 60)
    two = work(2, "A study of 猫", "日本語とEnglishの混ざった文章 with words, " * 8)
    text, _ = parts(mail(one, two))
    lines = [line for line in text.splitlines() if "https://" not in line]
    assert max(cell_len(line) for line in lines) <= 72
    assert f"1. {name}" in text, "the number stands before the title"
    assert "".join(text.split()).count(name * 6) == 1
    assert not [line for line in lines if line.strip()[:1] in ("。", "、", "…")]
    address = f"https://example.org/{'a' * 90}"
    assert address in parts(mail(work(3, "Cats", f"The code is at {address} and here.")))[0]


def test_where_a_line_was_cut_its_dots_do_not_stand_alone() -> None:
    for length in range(60, 90):
        begins = f"{'x' * length} " * 9
        text, _ = parts(mail(work(1, "On cats", begins)))
        assert "…" in text and "…" not in [line.strip() for line in text.splitlines()]


def test_a_withdrawn_paper_is_called_so_where_there_are_only_words() -> None:
    stands = work(1, "Cats that stay")
    gone = replace(stands, paper=replace(stands.paper, extra={"withdrawn": "It was withdrawn."}))
    assert "1. Cats that stay" in parts(mail(stands))[0]
    assert "1. Withdrawn: Cats that stay" in parts(mail(gone))[0]
    assert said(FeedEntry(gone, "https://paper.example.org/papers/1")).title == (
        "Withdrawn: Cats that stay"
    )


def test_names_written_from_right_to_left_turn_nothing_around_them() -> None:
    one = work(1, "التعلم العميق", "نقترح نموذجا جديدا.")
    people = (Author("محمد بن علي"), Author("Jane Doe"))
    text, html = parts(mail(replace(one, paper=replace(one.paper, authors=people))))
    byline = "\u2068محمد بن علي\u2069, Jane Doe · cs.LG, stat.ML"
    assert byline in text and byline in html
    assert '<h3 dir="auto"><a' in html and '<p dir="auto">نقترح' in html
    assert "\r\n1. \u2068التعلم العميق\u2069\r\n" in text
    assert "\r\n   نقترح نموذجا جديدا.\r\n" in text, "nothing stands before it"
    short = replace(one, paper=replace(one.paper, abstract="", summary="نقترح نموذجا."))
    assert "   In our words: \u2068نقترح نموذجا.\u2069\r\n" in parts(mail(short))[0]
    assert "\u2068" not in "".join(parts(mail(work(1, "On cats"))))


def test_every_line_on_the_wire_is_short_and_ascii() -> None:
    raw = bytes(mail(work(1, "Über Κatzen 猫 " * 20, "猫が好きです。" * 200)))
    assert max(map(len, raw.split(b"\n"))) <= 998
    raw.decode("ascii")


def test_the_headers_say_what_list_mail_has_to_say() -> None:
    message = mail(work(1, "On cats"), sender=writer(mail_unsubscribe="leave@example.org"))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    ways = str(message["List-Unsubscribe"])
    assert re.match(r"<https://paper\.example\.org/base/mail/unsubscribe/[\w.-]+>", ways)
    assert "<mailto:leave@example.org?subject=unsubscribe>" in ways
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == '"Broadsheet" <digest.paper.example.org>'
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Precedence"] == "bulk"
    assert str(message["Date"]) == "Thu, 20 Aug 2026 07:00:00 +0000"
    assert str(message["To"]) == "Ada Lovelace <ada@example.org>"
    assert re.fullmatch(r"<[0-9a-f]{32}@paper\.example\.org>", str(message["Message-ID"]))


def headers_on_the_wire(raw: bytes) -> dict[str, str]:
    """Headers by small name, unfolded as RFC 5322 says and not decoded."""
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    assert all(len(line) <= 998 for line in head.split("\r\n"))
    lines = re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n")
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def test_addresses_stand_in_the_headers_as_they_are() -> None:
    far = "https://reading-room.institute-of-long-names.university.example.org/departments/paper"
    made = writer(
        name="The Broadsheet of the Institute of Long Names, third floor",
        site=far,
        address="p" * 60 + "@institute-of-long-names.university.example.org",
        mail_unsubscribe="leave+a?b&c@example.org",
    )
    reader = _reader(email="r" * 60 + "@institute-of-long-names.university.example.org")
    headers = headers_on_the_wire(written(work(1, "On cats"), sender=made, reader=reader))
    web, post = headers["list-unsubscribe"].split(", ")
    assert re.fullmatch(rf"<{re.escape(far)}/mail/unsubscribe/[\w.-]+>", web)
    assert post == "<mailto:leave+a%3Fb%26c@example.org?subject=unsubscribe>"
    domain = "reading-room.institute-of-long-names.university.example.org"
    assert re.fullmatch(rf'"The Broadsheet[^"]*" <digest\.{re.escape(domain)}>', headers["list-id"])
    assert re.fullmatch(rf"<[0-9a-f]{{32}}@{re.escape(domain)}>", headers["message-id"])
    assert headers["from"].endswith(f"<{'p' * 60}@institute-of-long-names.university.example.org>")
    assert headers["to"].endswith(f"<{'r' * 60}@institute-of-long-names.university.example.org>")
    encoded = {name for name, value in headers.items() if "=?" in value}
    assert encoded == set()


def test_what_people_read_is_encoded_word_by_word() -> None:
    raw = written(work(1, "On cats"), sender=writer(name="Zeitung für Übersetzung " * 3))
    assert "=?utf-8?" in headers_on_the_wire(raw)["subject"]
    words = re.findall(rb"=\?[^?]+\?[bq]\?[^?]*\?=", raw)
    assert words and all(len(word) <= 75 for word in words)
    body = raw.partition(b"\r\n\r\n")[2]
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))


def test_one_click_is_not_promised_where_the_page_is_not_encrypted() -> None:
    message = mail(work(1, "On cats"), sender=writer(site="http://127.0.0.1:8000"))
    assert message["List-Unsubscribe-Post"] is None
    assert "http://127.0.0.1:8000/mail/unsubscribe/" in str(message["List-Unsubscribe"])


def test_a_digest_written_twice_has_the_same_message_id_and_another_reader_s_has_not() -> None:
    first, again = mail(work(1, "On cats")), mail(work(2, "On dogs"))
    other = mail(work(1, "On cats"), reader=_reader(id=8))
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nBcc: everyone@example.org",
        "Eve\nSubject: another",
        "Eve\u2028Bcc: x@example.org",
        '"><script>alert(1)</script>',
        "Eve\0\x1b[31m",
        "E" * 5_000,
        '", x@evil.example, "',
        "=?utf-8?q?=0D=0ABcc:_x@example.org?=",
    ],
)
def test_a_name_adds_no_header_and_no_markup(name: str) -> None:
    message = mail(work(1, name), reader=_reader(display=name), sender=writer(name=name[:200]))
    assert message["Bcc"] is None
    assert len(message.get_all("Subject") or ()) == 1
    assert [a.addr_spec for a in message["To"].addresses] == ["ada@example.org"]
    assert [a.addr_spec for a in message["From"].addresses] == ["paper@example.org"]
    text, html = parts(message)
    assert "\x1b" not in text
    assert "script" not in _tags(html)


@pytest.mark.parametrize(
    "address",
    ["", "no-address", "a@b@c", "a b@example.org", "a@exa\nmple.org", "a@example.org,b@x.org",
     "a@example.org\r\nRCPT TO:<b@x.org>", "ä@example.org", "x" * 400 + "@example.org",
     "a..b@x.org"],
)  # fmt: skip
def test_what_is_no_address_is_not_written_to(address: str) -> None:
    with pytest.raises(MailError, match="no address") as caught:
        mail(work(1, "On cats"), reader=_reader(email=address))
    assert "\n" not in str(caught.value)


def test_the_html_needs_no_images_and_knows_the_dark() -> None:
    _, html = parts(mail(work(1, "On cats"), work(2, "A bound of $\\alpha^2$")))
    tags = _tags(html)
    assert not tags & {"img", "script", "link", "iframe", "math", "object"}
    assert "prefers-color-scheme: dark" in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "url(" not in html
    assert "A bound of α²" in html


def test_an_act_s_link_is_good_for_its_reader_paper_and_act_only() -> None:
    tokens = MailTokens(b"secret")
    link = tokens.read_act(tokens.act(7, 12, "more"))
    assert (link.reader_id, link.work_id, link.act) == (7, 12, "more")
    for forged in (
        tokens.act(7, 12, "more")[:-2],
        tokens.act(7, 12, "more").swapcase(),
        MailTokens(b"another").act(7, 12, "more"),
        tokens.unsubscribe(7),
        URLSafeTimedSerializer(b"secret", salt="broadsheet mail act").dumps([7, 12, "delete"]),
        URLSafeTimedSerializer(b"secret", salt="broadsheet mail act").dumps({"7": 12}),
        "",
        "é" * 40,
        "a." * 5_000,
        "\ud800",
    ):
        with pytest.raises(LinkError):
            tokens.read_act(forged)
    with pytest.raises(LinkError):
        tokens.read_unsubscribe(tokens.act(7, 12, "more"))


def test_an_act_s_link_expires_and_the_one_that_unsubscribes_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens = MailTokens(b"secret")
    act, leave = tokens.act(7, 12, "more"), tokens.unsubscribe(7)
    later = time.time() + 61 * 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(LinkError, match="expired"):
        tokens.read_act(act)
    assert tokens.read_unsubscribe(leave) == 7


def _reader(**changes: object) -> Reader:
    values = {name: getattr(READER, name) for name in Reader.__dataclass_fields__}
    return Reader(**{**values, **changes})


def _tags(html: str) -> set[str]:
    found: set[str] = set()

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            found.add(tag)

    Parser().feed(html)
    return found
