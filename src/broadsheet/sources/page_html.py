"""The data that a Daily Papers page carries for its own script."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import orjson

from broadsheet.sources.arrival import SourceError
from broadsheet.sources.whole import Entry

_KEPT = ("upvotes", "organization", "githubRepo", "projectPage", "ai_keywords", "mediaUrls")


class _Props(HTMLParser):
    """Collects the ``data-props`` of elements that say they show Daily Papers."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []

    def handle_starttag(
        self,
        tag: str,  # noqa: ARG002 - the parser's interface
        attrs: list[tuple[str, str | None]],
    ) -> None:
        """Keeps the data of an element that carries some."""
        named = dict(attrs)
        if (named.get("data-target") or "").startswith("DailyPapers"):
            self.found.append((self.getpos()[0], named.get("data-props") or ""))


def html_entries(path: Path, text: str) -> list[Entry]:
    """The papers of a page saved as HTML; `SourceError` when it does not carry its data."""
    parser = _Props()
    parser.feed(text)
    if not parser.found:
        raise SourceError(
            f"{path}: this HTML page carries no Daily Papers data; save the page as text instead"
        )
    entries: list[Entry] = []
    for line, props in parser.found:
        try:
            data = orjson.loads(props.encode("utf-8", "replace"))
        except orjson.JSONDecodeError as error:
            raise SourceError(
                f"{path}: line {line}: the page's data is no JSON: {error.msg}"
            ) from None
        listed = data.get("dailyPapers") or data.get("papers") if isinstance(data, dict) else None
        for item in listed if isinstance(listed, list) else ():
            record = _record(item, data)
            if record is not None:
                entries.append(Entry(line, record, orjson.dumps(item).decode()))
    return entries


def _record(item: object, data: dict[str, object]) -> dict[str, object] | None:
    paper = item.get("paper", item) if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(paper, dict):
        return None
    record: dict[str, object] = {
        "id": paper.get("id"),
        "title": paper.get("title") or item.get("title"),
        "abstract": paper.get("summary") or item.get("summary"),
        "published": paper.get("publishedAt") or item.get("publishedAt"),
        "authors": [
            author
            for author in paper.get("authors") or []
            if not (isinstance(author, dict) and author.get("hidden"))
        ],
    }
    record.update({name: paper[name] for name in _KEPT if paper.get(name) is not None})
    day = data.get("dateString")
    if isinstance(day, str):
        record["page"] = day
    return {name: value for name, value in record.items() if value is not None}
