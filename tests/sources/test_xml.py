"""XML from other hosts is read without harm, and what is whole of a broken page is not lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.sources.fetching import XmlError, parse_xml
from broadsheet.sources.fetching.xml import parse_records

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;">]><x>&c;</x>"""
OUTSIDE = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'
OUTSIDE_DTD = b'<!DOCTYPE x SYSTEM "http://169.254.169.254/x.dtd"><x/>'


@pytest.mark.parametrize("content", [LAUGHS, OUTSIDE, OUTSIDE_DTD])
def test_a_document_type_is_refused_before_it_is_read(content: bytes) -> None:
    with pytest.raises(XmlError, match="document type"):
        parse_xml(content)
    with pytest.raises(XmlError, match="document type"):
        parse_records(content, "record")


@pytest.mark.parametrize(
    "content",
    [b"", b"   ", b"<", b"<a>", b"<a></b>", b"\x00", b"plain", b"<a>&nbsp;</a>",
     b'<?xml version="1.0" encoding="nonsense"?><a/>', b"<a/><b/>", b"<a>\xff</a>"],
)  # fmt: skip
def test_what_is_not_xml_is_said(content: bytes) -> None:
    with pytest.raises(XmlError):
        parse_xml(content)


def test_depth_is_bounded() -> None:
    with pytest.raises(XmlError, match="deep"):
        parse_xml(b"<a>" * 100_000)


def test_names_are_those_of_elementtree() -> None:
    root = parse_xml(b'<a xmlns="urn:x" xmlns:y="urn:y" y:k="1"><y:b>t</y:b>u</a>')
    assert (root.tag, root.attrib) == ("{urn:x}a", {"{urn:y}k": "1"})
    assert [(one.tag, one.text, one.tail) for one in root] == [("{urn:y}b", "t", "u")]


def test_one_bad_record_costs_itself_only() -> None:
    page = b"""<?xml version="1.0"?><r xmlns:d="urn:d"><head>h</head>
    <record><d:x>1</d:x></record><record><d:x>2</record><record><d:x>3</d:x></record>
    <tail>t</tail></r>"""
    root, broken = parse_records(page, "record")
    assert [one.findtext("{urn:d}x") for one in root.iter("record")] == ["1", "3"]
    assert root.findtext("tail") == "t"
    assert [one.raw for one in broken] == [b"<record><d:x>2</record>"]


def test_control_characters_and_bytes_that_are_no_utf8_are_taken_out() -> None:
    root, broken = parse_records(b"<r><record>a\x0bb&#x1;c&#11;d\xffe</record></r>", "record")
    assert (root.findtext("record"), broken) == ("abcd\ufffde", [])


@pytest.mark.parametrize(
    "content", [b"<r><record>1</record><record>2", b"<r>", b"<record></record>x"]
)
def test_a_page_that_is_cut_off_is_no_page(content: bytes) -> None:
    with pytest.raises(XmlError):
        parse_records(content, "record")


@pytest.mark.parametrize("unit", [b"<record>", b"<record ", b"<records", b"</record>", b"<a a"])
def test_time_grows_with_the_size_alone(unit: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(XmlError):
        parse_records(b"<r>" + unit * 300_000, "record")
    assert time.monotonic() - began < 5


PIECES = (
    b"<r>", b"</r>", b"<record>", b"</record>", b"<record/>", b"text", b"&amp;", b"&x;", b"\x00",
    b"\xff", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?p ?>", b"<a:b>", b"<!DOCTYPE r>", b" ",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join) | st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        root, broken = parse_records(content, "record")
    except XmlError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(root.tag, str)
        assert all(b"<record" in one.raw for one in broken)
