"""Whatever is typed: it is kept as it is meant, or refused in one line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.readers import ReadersError, checks

anything = st.text(st.characters(exclude_categories=()), max_size=40)


@given(anything)
def test_a_line_is_one_printable_line_or_refused(text: str) -> None:
    try:
        kept = checks.line(text, "name", 30)
    except ReadersError as error:
        assert len(str(error).splitlines()) == 1
        return
    assert 0 < len(kept) <= 30
    assert len(kept.splitlines()) == 1
    assert kept == kept.strip() == unicodedata.normalize("NFC", kept)
    assert not any(unicodedata.category(character) == "Cc" for character in kept)
    kept.encode("utf-8")


@pytest.mark.parametrize(
    "text", ["\u200d", "\u3164\u2800", "\U000e0041", "\ufe0f\u0301", " \u034f\u00a0"]
)
def test_what_nobody_can_see_is_no_name(text: str) -> None:
    with pytest.raises(ReadersError, match="empty"):
        checks.line(text, "name", 80)
    assert checks.prose(f"\n{text}\n", "note", 80) == ""
    seen = f"\U0001f469\u200d\U0001f469 a\u0301{text}"
    assert checks.line(seen, "name", 80) == unicodedata.normalize("NFC", seen).strip()


@pytest.mark.parametrize("text", ["Well \U0001fae8", "\U0001fae9", "\u2ffc", "\U000323b0"])
def test_characters_younger_than_this_python_are_taken(text: str) -> None:
    assert checks.line(text, "name", 80) == checks.prose(text, "comment", 80) == text


@pytest.mark.parametrize(
    "character",
    ["\ufdd0", "\uffff", "\U0010fffe", "\ue000", "\u2065", "\U000e0fff", "\ufff1", "\x07"],
)
def test_what_is_no_character_is_refused(character: str) -> None:
    for check in (checks.line, checks.prose):
        with pytest.raises(ReadersError, match="holds a control character"):
            check(f"a{character}b", "name", 80)


@given(anything)
def test_prose_keeps_its_lines(text: str) -> None:
    try:
        kept = checks.prose(text, "note", 40)
    except ReadersError:
        return
    assert "\r" not in kept
    assert "\0" not in kept
    kept.encode("utf-8")


@given(anything)
def test_a_mail_address_never_holds_what_ends_a_header(text: str) -> None:
    for tried in (text, f"{text}@example.org", f"ada@{text}.org"):
        try:
            kept = checks.email_address(tried, empty=False)
        except ReadersError:
            continue
        assert kept.isascii()
        assert not set(kept) & set(' \r\n\t,;<>()[]\\"\0:')
        assert kept.count("@") == 1


@given(anything)
def test_a_slug_can_stand_in_an_address(text: str) -> None:
    slug = checks.slug(text)
    assert 0 < len(slug) <= 60
    assert not set(slug) & set("/?#%&. \n\0\\")


@given(anything)
def test_a_web_address_leads_to_a_host(text: str) -> None:
    for tried in (text, f"https://{text}", f"https://example.org/{text}"):
        try:
            kept = checks.web_address(tried)
        except ReadersError:
            continue
        assert kept.startswith(("http://", "https://", "HTTP")) or kept[:4].lower() == "http"
        assert not set(kept) & set("<>\"' \n\\`")


@pytest.mark.parametrize("text", ["2026-02-30", "2026-1-1", "20260101", "", "x", "２０２６-01-01"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ReadersError, match="2026-01-31"):
        checks.a_day(text)
