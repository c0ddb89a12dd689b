"""arXiv's metadata snapshot: one JSON object a line, gigabytes of them, read as a stream."""

from __future__ import annotations

from collections.abc import Mapping

_CARRIED = ("title", "abstract", "doi", "license", "comments", "submitter")


def snapshot_record(row: Mapping[str, object]) -> Mapping[str, object]:
    """A line of the snapshot as a record; whatever is of no known form stays for its reader.

    ``published`` is the day of the first version and ``updated`` that of the last, whose
    label the paper bears; ``update_date``, which says when metadata changed, stays beside.
    """
    record: dict[str, object] = {name: row[name] for name in _CARRIED if row.get(name)}
    record["id"] = row.get("id")
    record["authors"] = _authors(row)
    record["categories"] = row.get("categories")
    for name, field in (("journal-ref", "journal_ref"), ("report-no", "report_number")):
        if row.get(name):
            record[field] = row[name]
    if row.get("update_date"):
        record["metadata_updated"] = row["update_date"]
    versions = row.get("versions")
    known = [v for v in versions if isinstance(v, dict)] if isinstance(versions, list) else []
    if known:
        record["published"] = _day(known[0].get("created"))
        record["updated"] = _day(known[-1].get("created")) if len(known) > 1 else ""
        record["version"] = str(known[-1].get("version") or "")
    return record


def _authors(row: Mapping[str, object]) -> object:
    parsed = row.get("authors_parsed")
    if not isinstance(parsed, list) or not parsed:
        return row.get("authors")
    names = []
    for person in parsed:
        if not (isinstance(person, list) and all(isinstance(part, str) for part in person)):
            return row.get("authors")
        # Family, given, suffix; a fourth part is an affiliation.
        family, given, suffix = (*person, "", "", "")[:3]
        names.append(" ".join(part for part in (given, family, suffix) if part))
    return names


def _day(created: object) -> str:
    """``Mon, 2 Apr 2007 19:18:42 GMT`` as ``2 Apr 2007``."""
    words = created.split() if isinstance(created, str) else []
    return " ".join(words[1:4]) if len(words) >= 4 else str(created or "")
