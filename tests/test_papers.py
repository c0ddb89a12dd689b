"""Identifiers and dates as they come from sources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.papers import (
    Identifier,
    first_day,
    identifier_url,
    last_day,
    parse_date,
    parse_identifier,
)


@pytest.mark.parametrize(
    ("text", "scheme", "value", "version"),
    [
        ("2401.00001", "arxiv", "2401.00001", ""),
        ("2401.00001v12", "arxiv", "2401.00001", "v12"),
        ("arXiv:2401.00001", "arxiv", "2401.00001", ""),
        ("ARXIV:2401.00001V2", "arxiv", "2401.00001", "v2"),
        ("https://arxiv.org/pdf/2401.00001v1.pdf", "arxiv", "2401.00001", "v1"),
        ("http://arxiv.org/abs/cs/0501001", "arxiv", "cs/0501001", ""),
        ("oai:arXiv.org:0804.2273", "arxiv", "0804.2273", ""),
        ("math.GT/0309136v3", "arxiv", "math/0309136", "v3"),
        ("10.48550/arXiv.2401.00001", "arxiv", "2401.00001", ""),
        ("https://doi.org/10.1145/3292500.3330701", "doi", "10.1145/3292500.3330701", ""),
        ("doi:10.1000/ABC", "doi", "10.1000/abc", ""),
        ("https://doi.org/10.1000/A(1)%3C2%3e3%5B4%5D", "doi", "10.1000/a(1)<2>3[4]", ""),
        ("http://dx.doi.org/10.1000/a%23b%25c", "doi", "10.1000/a#b%c", ""),
        # Only in an address do these stand for something else; and no id has blanks.
        ("10.1000/a%23b", "doi", "10.1000/a%23b", ""),
        ("https://doi.org/10.1000/a%20b%FF", "doi", "10.1000/a%20b%ff", ""),
        ("P19-1001", "acl", "P19-1001", ""),
        ("https://aclanthology.org/2020.acl-main.1/", "acl", "2020.acl-main.1", ""),
        ("https://openreview.net/forum?id=rJl-b3RcF7", "openreview", "rJl-b3RcF7", ""),
        ("https://example.org/paper", "url", "https://example.org/paper", ""),
        ("17", "cranfield", "17", ""),
    ],
)
def test_an_id_is_read_in_every_form_it_comes_in(
    text: str, scheme: str, value: str, version: str
) -> None:
    assert parse_identifier(text, "cranfield") == (Identifier(scheme, value), version)


def test_an_id_without_source_or_scheme_is_still_an_identifier() -> None:
    assert parse_identifier("17")[0] == Identifier("id", "17")


@given(st.text())
def test_no_text_breaks_the_reading_of_an_id_or_a_date(text: str) -> None:
    identifier, _ = parse_identifier(text, "x")
    assert identifier.scheme
    identifier_url(identifier)
    day = parse_date(text)
    assert (first_day(day) is None) == (day == "")


@pytest.mark.parametrize(
    "text", ["2401.00001", "10.1000/abc", "10.1000/(SICI)1<2::X>3.0;2-#?%[é]", "P19-1001"]
)
def test_the_address_of_an_identifier_reads_back_as_the_identifier(text: str) -> None:
    identifier, _ = parse_identifier(text)
    assert parse_identifier(identifier_url(identifier))[0] == identifier


def test_the_address_of_a_doi_leads_to_it_whatever_its_letters() -> None:
    address = identifier_url(Identifier("doi", "10.1002/(sici)1<33::aid>3.0.co;2-n#?%"))
    assert address == "https://doi.org/10.1002/(sici)1%3C33::aid%3E3.0.co;2-n%23%3F%25"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2025-08-26", "2025-08-26"),
        ("2025-08-26T10:00:00Z", "2025-08-26"),
        ("1952", "1952"),
        ("1952-03", "1952-03"),
        ("December, 1958", "1958-12"),
        ("Oct 3, 2022", "2022-10-03"),
        ("3 October 2022", "2022-10-03"),
        ("Nov 2", ""),
        ("2025-02-30", ""),
        ("2025-13-01", ""),
        ("0000", ""),
        ("soon", ""),
    ],
)
def test_a_date_keeps_the_precision_it_came_with(text: str, iso: str) -> None:
    assert parse_date(text) == iso


@pytest.mark.parametrize(
    ("iso", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-12", "2024-12-01", "2024-12-31"),
        ("2024-02-03", "2024-02-03", "2024-02-03"),
        ("9999", "9999-01-01", "9999-12-31"),
    ],
)
def test_a_date_spans_all_the_days_it_can_mean(iso: str, first: str, last: str) -> None:
    assert str(first_day(iso)) == first
    assert str(last_day(iso)) == last
