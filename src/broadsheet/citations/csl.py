"""CSL-JSON, which citation processors (citeproc, pandoc, Zotero) read.

https://docs.citationstyles.org/en/stable/specification.html
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from broadsheet.citations.names import Name
from broadsheet.citations.reference import Reference
from broadsheet.formulas import plain

_TYPES = {
    "preprint": "article",  # with the genre Preprint: what CSL has for preprints
    "article": "article-journal",
    "meeting": "paper-conference",
    "book": "book",
    "chapter": "chapter",
    "thesis": "thesis",
    "report": "report",
}


def csl(references: Iterable[Reference]) -> str:
    """A JSON list of items, indented."""
    written = [_for_programs(reference) for reference in references]
    return orjson.dumps(written, option=orjson.OPT_INDENT_2).decode() + "\n"


def items(references: Iterable[Reference]) -> list[dict[str, object]]:
    """The items as a processor formats them."""
    return [_item(reference) for reference in references]


def _for_programs(reference: Reference) -> dict[str, object]:
    """An item as Zotero writes and reads it: a particle of a name stands with the family, where
    processors find it, because Zotero drops it elsewhere; a repository is a preprint's publisher,
    and no archive besides, or styles print it twice.
    """
    item = _item(reference)
    if reference.names:
        item["author"] = [_name(name, apart=False) for name in reference.names]
    if reference.arxiv and reference.kind == "preprint":
        item["publisher"] = item.pop("archive")
    return item


def _item(reference: Reference) -> dict[str, object]:
    kind = _TYPES[reference.kind]
    item: dict[str, object] = {
        "id": reference.key,
        "type": kind,
        "genre": "Preprint" if kind == "article" and reference.arxiv else "",
        "title": plain(reference.title),
        "author": [_name(name, apart=True) for name in reference.names],
        "container-title": reference.venue,
        "publisher": reference.house,
        "volume": reference.volume,
        "issue": reference.issue,
        "page": reference.pages,
        "abstract": reference.abstract,
        "keyword": ", ".join(reference.keywords),
        "number": f"arXiv:{reference.arxiv}" if reference.arxiv else "",
        "archive": "arXiv" if reference.arxiv else "",
        "version": reference.version,
        "DOI": reference.doi,
        "URL": reference.url,
        # Zotero knows no status, but keeps what notes say of one.
        "status": "withdrawn" if reference.withdrawn else "",
        "note": "Status: withdrawn" if reference.withdrawn else "",
    }
    if reference.date:
        item["issued"] = {"date-parts": [[int(part) for part in reference.date.split("-")]]}
    return {name: value for name, value in item.items() if value}


def _name(name: Name, apart: bool) -> dict[str, str]:
    if name.literal:
        return {"literal": name.literal}
    if apart and name.family_first:
        return {"literal": name.printed}  # processors know no order but that of the West
    parts = {
        "family": name.family if apart else f"{name.particle} {name.family}".strip(),
        "given": name.given,
        "non-dropping-particle": name.particle if apart else "",
        "suffix": name.suffix,
    }
    return {part: value for part, value in parts.items() if value}
