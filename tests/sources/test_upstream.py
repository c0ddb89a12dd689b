"""The local server is one that the usual clients of arXiv take for arXiv."""

from __future__ import annotations

import arxiv
import feedparser
import pytest
from benchmarks.upstream import Upstream
from sickle import Sickle


@pytest.mark.parametrize("prefix", ["oai_dc", "arXiv", "arXivRaw"])
def test_sickle_harvests_it(upstream: Upstream, prefix: str) -> None:
    records = Sickle(f"http://{upstream.origin}/oai").ListRecords(
        metadataPrefix=prefix, set="cs:cs:LG", **{"from": "2026-03-01"}
    )
    heads = [record.header for record in records]
    names = {head.identifier for head in heads if not head.deleted}
    assert names == {f"oai:arXiv.org:{one}" for one in upstream.standing("cs.LG")}
    assert any(request.query.get("resumptionToken") for request in upstream.requests)


def test_the_arxiv_package_pages_through_it(upstream: Upstream) -> None:
    client = arxiv.Client(page_size=30, delay_seconds=0.0, num_retries=0)
    client.query_url_format = f"http://{upstream.origin}/api/query?{{}}"
    found = list(client.results(arxiv.Search(query="cat:cs.LG", max_results=1000)))
    stands = upstream.standing("cs.LG")
    assert {one.get_short_id() for one in found} == {
        f"{one.id}v{one.version}" for one in stands.values()
    }
    assert all(one.pdf_url and one.primary_category and one.authors for one in found)


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_feedparser_reads_it(upstream: Upstream, form: str) -> None:
    feed = feedparser.parse(upstream.reply(f"/{form}/cs.LG", {}, {}).body)
    assert not feed.bozo
    assert {entry.id for entry in feed.entries} == {
        f"oai:arXiv.org:{identity}" for identity in upstream.truth("cs.LG")[upstream.today]
        if upstream.truth("cs.LG")[upstream.today][identity] != "deleted"
    }  # fmt: skip
    assert all(entry.arxiv_announce_type and entry.tags for entry in feed.entries)
