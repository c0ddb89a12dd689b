"""Days said in words, behind a field or at the end of a query: "last week", "since Monday".

Few titles end so (13 of 368,694 of arXiv and the ACL Anthology), hence they narrow. A bare year
ends 797 of them, and "in" a year 26: what those mean is for the papers to say (`years`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from broadsheet.papers import first_day, last_day, parse_date
from broadsheet.search.scan import Scanned

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LENGTH = {"day": 1, "week": 7, "month": 365 / 12, "year": 365}
_YEAR = r"(?:19|20)\d\d"
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_LEAD = r"(?:(?:,\s*)?(?:from|in|of|during|within|over)\s+)?(?:the\s+)?"
_SEEN = r"""
      (?P<day>today|yesterday)
    | (?P<which>this|last)\s+(?P<span>week|month|year)
    | (?:past|last)\s+(?:(?P<many>\d{1,2})\s+)?(?P<unit>day|week|month|year)s?"""
_FIELDS = frozenset({"year", "date", "since", "after", "until", "before"})
_END = re.compile(
    rf"""(?:(?<=\s)|^){_LEAD}(?:{_SEEN}
    | since\s+(?P<since>yesterday|{"|".join(_DAYS)})
    | (?P<bound>since|after|before|until)\s+(?P<when>{_YEAR}(?:-\d\d){{0,2}}|(?:{_MONTH})\s+{_YEAR})
    )[.?!]?$""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
# What stands behind the colon of a field: "yesterday", "last week", "Monday", "3 days ago".
_VALUE = re.compile(
    rf"""(?:the\s+)?(?:{_SEEN}
    | (?:last\s+)?(?P<weekday>{"|".join(_DAYS)})
    | (?P<ago>\d{{1,3}}|an?|one)\s+(?P<back>day|week|month|year)s?\s+ago
    )""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_YEARS_LAST = re.compile(
    rf"""(?:(?<=[\s,])|^)(?P<lead>(?:in|from|of|between)\s+)?\(?(?:
      (?P<first>{_YEAR})(?:\s*(?:-|–|\.\.)\s*|\s+(?P<said>to|until|and)\s+)(?P<last>{_YEAR})
    | (?:(?P<month>{_MONTH}),?\s+)?(?P<year>{_YEAR})
    )\)?$""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_YEAR_FIRST = re.compile(rf"(?P<year>{_YEAR})\s+(?=\S)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Days:
    """The days that a text ends in: where they begin in it, and the first and last of them in
    ISO's form, '' for an open end."""

    start: int
    first: str
    last: str


def days_said(text: str, today: date) -> Days | None:
    """The days that a text ends in, seen from a day; None where it ends in none."""
    match = _END.search(text)
    if match is None:
        return None
    first, last = _span(match, today)
    return Days(match.start(), first, last)


def dated(scanned: Scanned, today: date) -> Scanned:
    """The tokens with days in words behind a field, such as "last week" or ``last_week``, in ISO's
    form, as the field takes them."""
    tokens = (
        replace(token, text=_in_figures(token.field, token.text, today) or token.text)
        if token.field in _FIELDS
        else token
        for token in scanned.tokens
    )
    return replace(scanned, tokens=tuple(tokens))


def _in_figures(field: str, value: str, today: date) -> str:
    match = _VALUE.fullmatch(re.sub(r"[\s_-]+", " ", value.strip()))
    if match is None:
        return ""
    first, last = _span(match, today)
    if field in {"since", "before"} or (field == "after" and not last):
        return first
    if field in {"after", "until"}:
        return last or str(today)
    return f"{first}..{last}"


@dataclass(frozen=True, slots=True)
class Years:
    """The year, the month of one or the years that a text begins or ends with: their place in it,
    and what ``year:`` takes for them. Of a year alone ``alone``: it may belong to the word beside
    it, as in "COCO 2017"."""

    start: int
    end: int
    value: str
    alone: bool


def years_said(text: str) -> Years | None:
    """The years that a text ends with, else the year that it begins with; None for neither."""
    match = _YEARS_LAST.search(text)
    if match is None:
        first = _YEAR_FIRST.match(text)
        return Years(0, first.end(), first["year"], True) if first else None
    if match["year"]:
        value = parse_date(f"{match['month']} {match['year']}") if match["month"] else match["year"]
        reference = text[: match.start()].rstrip(" ,.").endswith(" al")  # "Wong et al. 2024"
        alone = not (match["lead"] or match["month"] or reference)
        return Years(match.start(), len(text), value, alone)
    one, other = int(match["first"]), int(match["last"])
    between = (match["lead"] or "").strip().lower() == "between"
    if one > other or ((match["said"] or "").lower() == "and" and not between and other > one + 1):
        return None
    return Years(match.start(), len(text), f"{one}..{other}", False)


def _span(match: re.Match[str], today: date) -> tuple[str, str]:
    said = {name: value.lower() for name, value in match.groupdict().items() if value}
    if "bound" in said:
        return _bounded(said["bound"], parse_date(said["when"]))
    if "day" in said:
        day = str(today - timedelta(said["day"] == "yesterday"))
        return day, day
    if "since" in said:
        back = 1 if said["since"] == "yesterday" else _days_since(said["since"], today)
        return str(today - timedelta(back)), ""
    if "weekday" in said:
        day = str(today - timedelta(_days_since(said["weekday"], today)))
        return day, day
    if "ago" in said:
        count = int(said["ago"]) if said["ago"].isdigit() else 1
        day = str(today - timedelta(round(count * _LENGTH[said["back"]])))
        return day, day
    if "which" in said:
        return _period(said["span"], today, last=said["which"] == "last")
    many = int(said.get("many", "1"))
    return str(today - timedelta(round(many * _LENGTH[said["unit"]]))), ""


def _days_since(weekday: str, today: date) -> int:
    return (today.weekday() - _DAYS.index(weekday)) % 7


def _bounded(bound: str, when: str) -> tuple[str, str]:
    first, last = first_day(when), last_day(when)
    if first is None or last is None:  # no such day
        return "", ""
    if bound == "since":
        return when, ""
    if bound == "until":
        return "", when
    if len(when) == len("2024"):
        return (str(first.year + 1), "") if bound == "after" else ("", str(first.year - 1))
    day = timedelta(1)
    return (str(last + day), "") if bound == "after" else ("", str(first - day))


def _period(span: str, today: date, *, last: bool) -> tuple[str, str]:
    """This week, month or year so far, or the whole of the last."""
    if span == "week":
        monday = today - timedelta(today.weekday())
        if last:
            return str(monday - timedelta(7)), str(monday - timedelta(1))
        return str(monday), ""
    if span == "month":
        begun = today.replace(day=1)
        month = str(begun - timedelta(1))[:7]
        return (month, month) if last else (str(begun), "")
    year = str(today.year - last)
    return year, year
