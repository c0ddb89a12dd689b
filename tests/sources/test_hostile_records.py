"""Whatever JSON a host sends for a record, a paper or a reason comes of it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.sources import Arrived, Rejected
from broadsheet.sources.answers import arrival
from broadsheet.sources.biorxiv import post_record
from broadsheet.sources.daily_papers import daily_record
from broadsheet.sources.feed import item_record
from broadsheet.sources.openalex import work_record
from broadsheet.sources.openreview import note_record
from broadsheet.sources.zotero import item_record as zotero_record
from tests.sources.test_biorxiv import post
from tests.sources.test_daily_papers import entry
from tests.sources.test_openalex import work
from tests.sources.test_openreview import note

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=8) | st.sampled_from(["value", "name", "id"]), inner,
                      max_size=3),
    max_leaves=8,
)  # fmt: skip
ITEM = {"id": "http://a.example/1", "title": "T", "summary": "S", "link": "http://a.example/1",
        "tags": [{"term": "x"}], "authors": [{"name": "A"}], "content": [{"value": "v"}],
        "links": [], "published_parsed": None, "prism_doi": ""}  # fmt: skip
LIBRARY = {"key": "ABCD2345", "meta": {"parsedDate": "2024"},
           "data": {"title": "T", "creators": [{"name": "A"}], "tags": [{"tag": "x"}],
                    "extra": "", "DOI": "", "url": "", "date": "2024"}}  # fmt: skip
RECORDS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "daily-papers": (daily_record, entry(1)),
    "openalex": (work_record, work(1)),
    "biorxiv": (partial(post_record, server="biorxiv"), post(1)),
    "openreview": (note_record, note(1)),
    "feed": (partial(item_record, feed={}, address="http://a.example/feed"), ITEM),
    "zotero": (partial(zotero_record, library="users/1", paths=()), LIBRARY),
}


@pytest.mark.parametrize("source", RECORDS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_field_may_hold_anything(source: str, data: st.DataObject) -> None:
    shape, good = RECORDS[source]
    assert isinstance(arrival(shape, good, 1, source), Arrived)
    bad = dict(good)
    for holder in ("paper", "content", "data"):
        if isinstance(bad.get(holder), dict) and data.draw(st.booleans()):
            inner = dict(bad[holder])
            inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(JSON)
            bad[holder] = inner
    for name in data.draw(st.lists(st.sampled_from(sorted(good)), max_size=3)):
        bad[name] = data.draw(JSON)
    made = arrival(shape, data.draw(st.sampled_from([bad, bad, bad, None])), 1, source)
    assert isinstance(made, Arrived) or (isinstance(made, Rejected) and made.reason)
