"""Any feed, against servers of RSS, Atom and RDF, good and hostile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadsheet.papers import Identifier
from broadsheet.sources import FetchError, Want
from broadsheet.sources.feed import Feed, text_of_html
from tests.sources.hosts import (
    Asked,
    Host,
    Reply,
    client_for,
    everything,
    papers,
    rejected,
    resumed,
    serving,
)

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/">
<channel><title>Journal of Works</title><pubDate>Thu, 20 Aug 2026 09:00:00 GMT</pubDate>
<item><title>On &lt;i&gt;works&lt;/i&gt; &amp;amp; more</title>
 <link>https://journal.example/10.1234/a.1?rss=1</link>
 <description><![CDATA[<p>First <b>words</b>.</p><script>alert(1)</script>
 <p>Then &lt;x&gt; more.</p>
 <img src="https://tracker.example/p.gif" onerror="alert(1)">]]></description>
 <dc:creator>Ada Lee, Bo Wu and Cy Fox</dc:creator><prism:doi>10.1234/A.1</prism:doi>
 <prism:publicationName>Journal of Works</prism:publicationName>
 <pubDate>Wed, 19 Aug 2026 23:30:00 -0400</pubDate><category>Works</category></item>
<item><title>Only a number for a name</title><guid isPermaLink="false">77</guid>
 <pubDate>some day</pubDate></item>
<item><guid>78</guid></item>
</channel></rss>"""

ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Group</title>
<updated>2026-08-20T10:00:00Z</updated>
<entry><id>tag:group.example,2026:5</id><title>A preprint of ours</title>
 <link href="https://arxiv.org/abs/2608.01234v2"/><updated>2026-08-20T10:00:00Z</updated>
 <published>2026-08-18T10:00:00Z</published><summary>Plain words, 3 &lt; 4.</summary>
 <author><name>Ada Lee</name></author><author><name>Bo Wu</name></author></entry></feed>"""

RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://old.example"><title>Old</title></channel>
<item rdf:about="https://old.example/1"><title>An old form</title>
 <link>https://old.example/1</link><dc:identifier>doi:10.1000/182</dc:identifier>
 <dc:date>2026-08-20</dc:date></item></rdf:RDF>"""


class Site:
    def __init__(self) -> None:
        self.feeds = {"/rss": RSS, "/atom": ATOM, "/rdf": RDF}

    def __call__(self, asked: Asked) -> Reply:
        body = self.feeds.get(asked.path)
        if body is None:
            return Reply(b"gone", 404)
        tag = f'"{len(body)}"'
        headers = {"ETag": tag, "Content-Type": "application/xml"}
        if asked.headers.get("if-none-match") == tag:
            return Reply(b"", 304, headers)
        return Reply(body.encode(), 200, headers)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def host(site: Site) -> Iterator[Host]:
    with serving(site) as running:
        yield running


def want(host: Host, *paths: str) -> Want:
    return Want(tuple(f"{host.address}{path}" for path in paths))


def test_rss_items_become_papers_of_text_only(host: Host, tmp_path: Path) -> None:
    (page,) = everything(Feed(), client_for(tmp_path, host), want(host, "/rss"))
    first, second = papers([page])
    assert first.id == "doi:10.1234/a.1" and first.title == "On works & more"
    assert first.abstract == "First words.\nThen <x> more."
    assert [one.name for one in first.authors] == ["Ada Lee", "Bo Wu", "Cy Fox"]
    assert first.announced == "2026-08-20"  # in UTC
    assert first.extra["venue"] == "Journal of Works" and first.categories == ("Works",)
    assert second.id == "127.0.0.1/77" and second.announced == ""
    assert rejected([page]) == ["has neither title nor abstract"]
    assert [(one.day, one.total) for one in page.listings] == [("2026-08-20", 3)]
    assert [line.id for line in page.announced] == ["doi:10.1234/a.1"]


def test_atom_and_rdf_are_read_too_and_names_found_where_they_stand(
    host: Host, tmp_path: Path
) -> None:
    atom, rdf = everything(Feed(), client_for(tmp_path, host), want(host, "/atom", "/rdf"))
    (preprint,) = papers([atom])
    assert preprint.identifiers[0] == Identifier("arxiv", "2608.01234") and preprint.version == "v2"
    assert (preprint.announced, preprint.updated) == ("2026-08-18", "2026-08-20")
    assert preprint.abstract == "Plain words, 3 < 4."
    assert papers([rdf])[0].identifiers == (Identifier("doi", "10.1000/182"),)
    assert papers([rdf])[0].announced == "2026-08-20"


def test_an_unchanged_feed_is_not_sent_again_and_says_the_same(host: Host, tmp_path: Path) -> None:
    first = everything(Feed(), client_for(tmp_path, host), want(host, "/rss"))
    again = everything(Feed(), client_for(tmp_path, host), want(host, "/rss"))
    assert again == first
    assert "if-none-match" not in host.asked[0].headers
    assert host.asked[1].headers["if-none-match"]


def test_one_dead_feed_does_not_silence_the_others(host: Host, tmp_path: Path) -> None:
    pages = Feed().pages(client_for(tmp_path, host), want(host, "/nothing", "/atom", "/rdf"), "")
    assert len(papers([next(pages), next(pages)])) == 2
    with pytest.raises(FetchError, match="/nothing: answered 404"):
        next(pages)


def test_feeds_are_gone_on_with_where_a_sync_stopped(host: Host, tmp_path: Path) -> None:
    client, wanted = client_for(tmp_path, host), want(host, "/rss", "/atom", "/rdf")
    assert papers(resumed(Feed(), client, wanted)) == papers(everything(Feed(), client, wanted))


@pytest.mark.parametrize(
    "body",
    ["http://127.0.0.1:9/secret", "/etc/hostname", "", "<html><body>Log in</body></html>", "{}"],
)
def test_what_is_no_feed_is_an_error_and_never_an_address_to_open(
    site: Site, host: Host, tmp_path: Path, body: str
) -> None:
    site.feeds["/odd"] = body
    with pytest.raises(FetchError, match="is no RSS, Atom or RDF feed"):
        everything(Feed(), client_for(tmp_path, host), want(host, "/odd"))


def test_entities_neither_open_files_nor_grow_without_bound(
    site: Site, host: Host, tmp_path: Path
) -> None:
    nested = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    site.feeds["/bomb"] = (
        f'<!DOCTYPE x [<!ENTITY a0 "lol">{nested}<!ENTITY f SYSTEM "file:///etc/hostname">]>'
        '<rss version="2.0"><channel><title>T</title>'
        "<item><title>One &a9; &f;</title><guid>http://a.example/1</guid></item></channel></rss>"
    )
    (page,) = everything(Feed(), client_for(tmp_path, host), want(host, "/bomb"))
    for paper in papers([page]):
        assert len(paper.title) < 100
        assert Path("/etc/hostname").read_text().strip() not in paper.title


def test_a_feed_that_is_cut_off_gives_what_came_and_says_so(
    site: Site, host: Host, tmp_path: Path
) -> None:
    site.feeds["/cut"] = RSS[: RSS.index("<item><guid>78")]
    pages = everything(Feed(), client_for(tmp_path, host), want(host, "/cut"))
    assert len(papers(pages)) == 2
    assert rejected(pages)[-1].startswith("the feed is broken after its item 2")


def test_no_feed_is_an_error_that_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"feed\.addresses"):
        everything(Feed(), client_for(tmp_path))


def test_html_becomes_its_text() -> None:
    assert text_of_html("a<br>b <sup>2</sup>&nbsp;c") == "a\nb 2 c"
    assert text_of_html("<style>p{}</style><p>x</p><svg><text>y</text></svg>") == "x"
    assert text_of_html(" 3 < 4 ") == "3 < 4"
    assert text_of_html("</script></p>ok") == "ok"
