"""What all interfaces of arXiv share: the names of sets, and how a record becomes a paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from xml.etree import ElementTree as ET

from broadsheet.sources.arrival import RAW_LIMIT, Arrived, Rejected
from broadsheet.sources.fetching import FetchError
from broadsheet.sources.records import FieldError, paper_from

SOURCE = "arxiv"
INTERVAL = 3.0
"""Seconds between requests that arXiv's terms ask for, over all of its interfaces."""
DEFAULT_SETS = ("cs.AI", "cs.CL", "cs.CV", "cs.LG", "stat.ML")

# The archives that OAI-PMH files under the group "physics"; those that are a category too
# have no parts.
_PHYSICS_NAMES = (
    "astro-ph cond-mat gr-qc hep-ex hep-lat hep-ph hep-th math-ph nlin nucl-ex nucl-th physics"
    " quant-ph"
)
PHYSICS = frozenset(_PHYSICS_NAMES.split())
_SET = re.compile(r"[a-z][a-z-]*(?:\.[A-Za-z-]+)?", re.ASCII)
_MONTH_OF_ID = re.compile(r"(?:[a-zA-Z.-]+/)?(\d{2})(0[1-9]|1[0-2])\.?\d+(?:v\d+)?", re.ASCII)


class UnknownSetError(ValueError):
    """A name that no set of arXiv can have."""


def set_name(name: str) -> str:
    """A set as arXiv's categories write it: ``cs.AI`` for ``cs:cs:AI``; `UnknownSetError`."""
    parts = name.strip().split(":")
    if len(parts) > 1:
        if parts[0] == "physics" or parts[0] == parts[1]:
            parts = parts[1:]
        name = ".".join(parts)
    if not _SET.fullmatch(name.strip()):
        raise UnknownSetError(
            f"'{name[:60]}' is no set of arXiv; sets are archives and categories: cs, cs.AI, hep-th"
        )
    return name.strip()


def oai_set(name: str) -> str:
    """A set as OAI-PMH writes it: ``cs:cs:AI``, ``physics:hep-th``, ``physics:astro-ph:GA``."""
    name = set_name(name)
    archive, _, subject = name.partition(".")
    if archive in PHYSICS and name != "physics":
        return f"physics:{archive}:{subject}" if subject else f"physics:{archive}"
    return f"{archive}:{archive}:{subject}" if subject else archive


def in_set(categories: tuple[str, ...], name: str) -> bool:
    """Whether a paper of these categories belongs to a set."""
    if name == "physics":
        return any(one.split(".")[0] in PHYSICS for one in categories)
    return any(one == name or one.startswith(f"{name}.") for one in categories)


def arrival(record: Mapping[str, object], place: int, element: ET.Element) -> Arrived | Rejected:
    """The paper of a record whose empty fields say nothing; ``element`` is where it stood."""
    kept = {name: value for name, value in record.items() if value not in ("", None, [], ())}
    # An arXiv field holds several DOIs now and then, apart by blanks; the first is the paper's.
    dois = str(kept.get("doi", "")).split()
    if len(dois) > 1:
        kept["doi"], kept["further_dois"] = dois[0], dois[1:]
    try:
        return Arrived(paper_from(kept, SOURCE, "published"), place)
    except FieldError as problem:
        return rejection(place, str(problem), element)


def rejection(place: int, reason: str, element: ET.Element) -> Rejected:
    """An element that could not be taken, as it would be written."""
    return Rejected(place, reason, ET.tostring(element)[:RAW_LIMIT])


def month_of_id(identity: str) -> str:
    """The month an id was given in, ``2026-03`` for 2603.01234 and 1998-11 for hep-th/9811001.

    It is that of the first version, whatever later versions say; '' for what has no month.
    """
    match = _MONTH_OF_ID.fullmatch(identity)
    if match is None:
        return ""
    return f"{'19' if int(match[1]) > 90 else '20'}{match[1]}-{match[2]}"


def months_between(first: str, last: str) -> int:
    """The months from one ISO date of at least that precision to another."""
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:7]) - int(first[5:7])


def set_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Sets as categories write them, each once; `FetchError` for a name that cannot be one."""
    try:
        return tuple(dict.fromkeys(set_name(name) for name in names))
    except UnknownSetError as error:
        raise FetchError(str(error), transient=False) from None


def day_of(text: str) -> date:
    """An ISO day that was asked for; `FetchError` for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FetchError(f"'{text[:40]}' is no day; write 2026-03-01", transient=False) from None
