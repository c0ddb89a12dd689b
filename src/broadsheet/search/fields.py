"""What may stand behind ``field:`` in a query, and how several filters become one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from broadsheet.citations import venue_key
from broadsheet.index import Clause, ClauseField, Filters
from broadsheet.papers import first_day, last_day, parse_date
from broadsheet.search.reading import PartKind

_ALSO = {"dataset": "data", "datasets": "data", "github": "code", "models": "model"}
HAS = ("code", "data", "model", "pdf", "project")

_RANGE = re.compile(r"(.*?)(?:\.\.+|…)(.*)")
_YEARS = re.compile(r"(\d{4})[-–](\d{4})", re.ASCII)
_OTHERS = re.compile(
    r"[\s,]*\b(?:et\.?\s+al(?![-\w])|and\s+(?:others|colleagues)\b)[\s.,()\d]*", re.IGNORECASE
)
_AND = re.compile(r"\s*;\s*|,?\s+(?:and|&)\s+", re.IGNORECASE)
_SPOKEN = re.compile(r"(.+?) (?:to|until) (.+)", re.IGNORECASE)
_COMPARED = re.compile(r"([<>]=?)(.+)")
_ISO = re.compile(r"\d{4}(?:-\d{2}){0,2}", re.ASCII)
_SLASHED = re.compile(r"\d{4}(?:/\d{2}){1,2}", re.ASCII)
_FIRST_YEAR = 1_000
_SUBJECT = re.compile(r"([a-z-]+)\.([a-z]{2})", re.IGNORECASE | re.ASCII)
_CATEGORY = re.compile(r"[\w.-]+")
# What can only be one of arXiv's subjects, as far as its form goes.
_ARXIV_SUBJECT = re.compile(
    r"(?:cs|econ|eess|math|nlin|stat|astro-ph)\.[a-z]{2}|q-(?:bio|fin)\.[a-z]{2}"
    r"|(?:cond-mat|physics)\.[a-z]{2,5}(?:-[a-z]{2,4})?"
    r"|hep-(?:ex|lat|ph|th)|(?:math|nucl|quant)-(?:ex|ph|th)|gr-qc|astro-ph|cond-mat",
    re.IGNORECASE | re.ASCII,
)

Read = tuple[PartKind, str, Filters]  # what it is, what was understood, what it narrows to


def read_filter(field: str, value: str) -> Read | None:
    """A filter of the query language; None for a value that makes no sense."""
    return _READERS[field](value)


def _author(value: str) -> Read | None:
    names = author_names(value)
    return ("author", f"by {' and '.join(names)}", Filters(authors=names)) if names else None


def author_names(value: str) -> tuple[str, ...]:
    """The names of authors in what references write: several by "and", the rest as "et al."."""
    text = value.replace("_", " ").strip()
    others = [match for match in _OTHERS.finditer(text) if match.end() == len(text)]
    told = text[: others[-1].start()] if others else text
    names = (name.strip(" ,;") for name in _AND.split(told))
    return tuple(name for name in names if any(character.isalnum() for character in name))


def _category(value: str) -> Read | None:
    # "cs.*" is how arXiv's own search says all of them.
    names = tuple(category_name(name.removesuffix(".*")) for name in value.split(",") if name)
    if not names or not all(_CATEGORY.fullmatch(name) for name in names):
        return None
    return "category", f"in {' or '.join(names)}", Filters(categories=names)


def is_subject(text: str) -> bool:
    """Whether a word is written as arXiv writes a subject: ``cs.LG``, ``quant-ph``."""
    return bool(_ARXIV_SUBJECT.fullmatch(text))


def category_name(text: str) -> str:
    """A category as arXiv writes it: ``CS.lg`` is ``cs.LG``; other names stay as they are."""
    match = _SUBJECT.fullmatch(text)
    if match:
        return f"{match[1].lower()}.{match[2].upper()}"
    return text


def _source(value: str) -> Read | None:
    names = tuple(name for name in value.split(",") if name)
    return ("source", f"from {' or '.join(names)}", Filters(sources=names)) if names else None


def _has(value: str) -> Read | None:
    kind = _ALSO.get(value.lower(), value.lower())
    return ("has", f"with {kind}", Filters(has=(kind,))) if kind in HAS else None


def _venue(value: str) -> Read | None:
    text = value.replace("_", " ").strip()
    if not venue_key(text):
        return None
    return "venue", f"that appeared at {text}", Filters(venues=(text,))


def _noted(value: str, said: str, field: ClauseField) -> Read | None:
    """What records note beside the text: several words stand side by side."""
    text = value.replace("_", " ").strip()
    if not any(character.isalnum() for character in text):
        return None
    clause = Clause(text, field, phrase=True, occur="must")
    return "note", f"with “{text}” {said}", Filters(met=(clause,))


def _date(value: str) -> Read | None:
    compared = _COMPARED.fullmatch(value)
    if compared:
        return _BOUNDS[compared[1]](compared[2])
    years = _YEARS.fullmatch(value)
    ends = _RANGE.fullmatch(value) or _SPOKEN.fullmatch(value)
    ranged = years or ends
    low, high = ranged.groups() if ranged else (value, value)
    return between(low, high)


def between(low: str, high: str) -> Read | None:
    """The days from one to another; '' for an open end."""
    first, last = _day(low), _day(high)
    unread = (low.strip() and not first) or (high.strip() and not last)
    if unread or not (first or last):
        return None
    if first and last and first > last and not last.startswith(first):
        first, last = last, first
    return "date", _said(first, last), Filters(first_day=first, last_day=last)


def _since(value: str) -> Read | None:
    return between(value, "")


def _until(value: str) -> Read | None:
    return between("", value)


def _after(value: str) -> Read | None:
    """From the day behind the last that the value can mean."""
    day = last_day(_day(value))
    return between(str(day + timedelta(1)), "") if day and day < date.max else None


def _before(value: str) -> Read | None:
    """To the day ahead of the first that the value can mean."""
    day = first_day(_day(value))
    return between("", str(day - timedelta(1))) if day and day.year > _FIRST_YEAR else None


_BOUNDS: dict[str, Callable[[str], Read | None]] = {
    ">=": _since,
    "<=": _until,
    ">": _after,
    "<": _before,
}


def _day(text: str) -> str:
    """A day, month or year as people write it, in ISO's form; '' when it is none."""
    text = text.strip()
    if _SLASHED.fullmatch(text):
        text = text.replace("/", "-")
    if not text.isascii() or ":" in text:  # a time says more than is asked for
        return ""
    return parse_date(text) if _ISO.fullmatch(text) or not text[:4].isdigit() else ""


def _said(low: str, high: str) -> str:
    if low == high:
        return f"dated {low}"
    if low and high:
        return f"dated {low} to {high}"
    return f"dated from {low}" if low else f"dated to {high}"


_READERS: dict[str, Callable[[str], Read | None]] = {
    "author": _author,
    "authors": _author,
    "au": _author,
    "cat": _category,
    "category": _category,
    "categories": _category,
    "source": _source,
    "has": _has,
    "co": lambda value: _noted(value, "in its comments", "comment"),
    "jr": lambda value: _noted(value, "as its journal", "journal"),
    "rn": lambda value: _noted(value, "as its report number", "report"),
    "venue": _venue,
    "year": _date,
    "date": _date,
    "since": _since,
    "after": _after,
    "until": _until,
    "before": _before,
}
FILTER_FIELDS = frozenset(_READERS)

_A_DAY = '2024, 2024-05, 2024-05-17, yesterday or "last week"'
_DAYS = '2024, 2024-05, 2024-05-17, a range such as 2022..2024, yesterday or "last week"'
_CATEGORIES = "categories such as cs.LG or cs"
TAKES = {
    "author": "a name",
    "authors": "a name",
    "au": "a name",
    "cat": _CATEGORIES,
    "category": _CATEGORIES,
    "categories": _CATEGORIES,
    "source": "a source's name",
    **dict.fromkeys(("co", "jr", "rn", "venue"), "words"),
    "has": ", ".join(HAS[:-1]) + f" or {HAS[-1]}",
    "year": _DAYS,
    "date": _DAYS,
    **dict.fromkeys(("since", "after", "until", "before"), _A_DAY),
}


def narrow(one: Filters | None, other: Filters | None) -> Filters | None:
    """What satisfies both. An empty ``only`` says that nothing can."""
    if one is None or other is None:
        return one or other
    categories, fit = _both(one.categories, other.categories, _narrower_category)
    sources, fit_sources = _both(one.sources, other.sources, _same)
    only = _common(one.only, other.only)
    # A paper can have appeared at both: in an anthology's name and in its own.
    apart = ((Filters(venues=other.venues),),) if one.venues and other.venues else ()
    return replace(
        one,
        first_day=_later(one.first_day, other.first_day),
        last_day=_earlier(one.last_day, other.last_day),
        announced_first=_later(one.announced_first, other.announced_first),
        announced_last=_earlier(one.announced_last, other.announced_last),
        categories=categories,
        authors=tuple(dict.fromkeys((*one.authors, *other.authors))),
        sources=sources,
        venues=one.venues or other.venues,
        has=tuple(dict.fromkeys((*one.has, *other.has))),
        only=only if fit and fit_sources else np.empty(0, np.int64),
        without=_all(one.without, other.without),
        one_of=(*one.one_of, *other.one_of, *apart),
        none_of=(*one.none_of, *other.none_of),
        met=tuple(dict.fromkeys((*one.met, *other.met))),
        unmet=tuple(dict.fromkeys((*one.unmet, *other.unmet))),
    )


def widen(one: Filters, other: Filters) -> Filters:
    """Two filters of one query: categories, sources and venues named apart are alternatives."""
    categories = tuple(dict.fromkeys((*one.categories, *other.categories)))
    sources = tuple(dict.fromkeys((*one.sources, *other.sources)))
    venues = tuple(dict.fromkeys((*one.venues, *other.venues)))
    rest = replace(one, categories=(), sources=(), venues=())
    both = narrow(rest, replace(other, categories=(), sources=(), venues=())) or rest
    return replace(both, categories=categories, sources=sources, venues=venues)


def _both(
    one: tuple[str, ...], other: tuple[str, ...], meet: Callable[[str, str], str]
) -> tuple[tuple[str, ...], bool]:
    if not (one and other):
        return one or other, True
    met = (meet(a, b) for a in one for b in other)
    common = tuple(dict.fromkeys(name for name in met if name))
    return common, bool(common)


def _narrower_category(one: str, other: str) -> str:
    first, second = one.casefold(), other.casefold()
    if first == second or first.startswith(f"{second}."):
        return one
    return other if second.startswith(f"{first}.") else ""


def _same(one: str, other: str) -> str:
    return one if one.casefold() == other.casefold() else ""


def _later(one: str, other: str) -> str:
    return max((one, other), key=lambda day: str(first_day(day) or ""))


def _earlier(one: str, other: str) -> str:
    days = [day for day in (one, other) if day]
    return min(days, key=lambda day: str(last_day(day)), default="")


def _common(
    one: NDArray[np.int64] | None, other: NDArray[np.int64] | None
) -> NDArray[np.int64] | None:
    if one is None or other is None:
        return other if one is None else one
    return np.intersect1d(one, other)


def _all(
    one: NDArray[np.int64] | None, other: NDArray[np.int64] | None
) -> NDArray[np.int64] | None:
    if one is None or other is None:
        return other if one is None else one
    return np.union1d(one, other)
