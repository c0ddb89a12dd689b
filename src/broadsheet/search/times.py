"""Days said in words, behind a field or at the end of a query: "last week", "since Monday".

Few titles end so (13 of 368,694 of arXiv and the ACL Anthology), hence they narrow; none begins
with "since", "before" and the like and a time, and none ends with these and a month. A bare year
ends 797 of them, and "in" a year 26: what those mean is for the papers to say (`years`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from broadsheet.papers import first_day, last_day, parse_date
from broadsheet.search.fields import between
from broadsheet.search.pieces import Piece, Pieces
from broadsheet.search.scan import Scanned

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LENGTH = {"day": 1, "week": 7, "month": 365 / 12, "year": 365}
_YEAR = r"(?:19|20)\d\d"
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_MONTHS = "january february march april may june july august september october november december"
_MONTH_ALONE = "|".join(_MONTHS.split())
# Of the northern hemisphere; winter begins in the year before.
_SEASONS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11)}
_TIME = (
    rf"(?:(?:\d{{1,2}}\s+)?(?:{_MONTH}),?\s+{_YEAR}|(?:{_MONTH})\s+\d{{1,2}},?\s+{_YEAR}"
    rf"|{_YEAR}-(?:0[1-9]|1[0-2])(?:-\d\d)?"
    rf"|q[1-4]\s?{_YEAR}|{_YEAR}\s?q[1-4]|{_YEAR})"
)
_LEAD = r"(?:(?:,\s*)?(?:from|in|of|during|within|over)\s+)?(?:the\s+)?"
_SEEN = r"""
      (?P<day>today|yesterday)
    | (?P<which>this|last)\s+(?P<span>week|month|year)
    | (?:past|last)\s+(?:(?P<many>\d{1,2})\s+)?(?P<unit>day|week|month|year)s?"""
_BOUNDS = "(?P<bound>since|after|before|until)"
_BOUND = rf"{_BOUNDS}\s+(?P<when>{_TIME})"
_FIELDS = frozenset({"year", "date", "since", "after", "until", "before"})
_END = re.compile(
    rf"""(?:(?<=\s)|^){_LEAD}(?:{_SEEN}
    | since\s+(?P<since>yesterday|{"|".join(_DAYS)})
    | {_BOUNDS}\s+(?P<when>{_TIME}|{_MONTH_ALONE})
    )[.?!]?$""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_BEGINNING = re.compile(rf"{_BOUND}(?:,\s*|\s+)(?=\S)", re.ASCII | re.IGNORECASE)
# What stands behind the colon of a field: "yesterday", "last week", "Monday", "3 days ago".
_VALUE = re.compile(
    rf"""(?:the\s+)?(?:{_SEEN}
    | (?:last\s+)?(?P<weekday>{"|".join(_DAYS)})
    | (?P<ago>\d{{1,3}}|an?|one)\s+(?P<back>day|week|month|year)s?\s+ago
    )""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_TIMES_LAST = re.compile(
    rf"""(?:(?<=[\s,])|^)(?P<lead>(?:in|from|of|on|between)\s+)?\(?(?:
      (?P<first>{_TIME}|{_MONTH})
        (?:\s*(?P<sign>-|–|\.\.)\s*|\s+(?P<said>to|until|and)\s+)(?P<last>{_TIME})
    | (?P<time>{_TIME})
    )\)?$""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_SEASON_LAST = re.compile(
    rf"(?:(?<=[\s,])|^)(?:in|from|of|during)\s+(?:the\s+)?(?P<season>{'|'.join(_SEASONS)}|winter)"
    rf"(?:\s+of)?\s+(?P<year>{_YEAR})$",
    re.ASCII | re.IGNORECASE,
)
_TIME_FIRST = re.compile(rf"(?P<time>{_TIME})(?:,\s*|\s+)(?=\S)", re.ASCII | re.IGNORECASE)
_ANY_YEAR = re.compile(rf"\b{_YEAR}\b", re.ASCII)
_QUARTER = re.compile(r"q([1-4])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Days:
    """The days that a text begins or ends with: their place in it, and the first and last of them
    in ISO's form, '' for an open end."""

    start: int
    end: int
    first: str
    last: str


def days_said(text: str, today: date, whole: str = "") -> Days | None:
    """The days that a text ends with, seen from a day, else those that it begins with; None for
    neither. A month alone is of the one year that ``whole`` names, else the last of its name."""
    match = _END.search(text)
    end = len(text)
    if match is None:
        match = _BEGINNING.match(text)
        end = match.end("when") if match else 0
    if match is None:
        return None
    years = set(_ANY_YEAR.findall(whole))
    first, last = _span(match, today, year=int(years.pop()) if len(years) == 1 else 0)
    return Days(match.start(), end, first, last)


def read_days(pieces: Pieces, today: date) -> None:
    """Takes days in words out of the plain words at the end of the query, and at its beginning,
    as often as there are such: "after January 2026 before March 2026"."""
    while _read_days(pieces, today):
        pass


def _read_days(pieces: Pieces, today: date) -> bool:
    """Takes out the last days in words, else the first; whether there are any."""
    first, last = pieces.first_words(), pieces.last_words()
    for place in dict.fromkeys(place for place in (last, first) if place >= 0):
        text = pieces.found[place].text
        found = days_said(text, today, pieces.text)
        if found is None:
            continue
        outside = (place == first and not found.start) or (place == last and found.end == len(text))
        read = between(found.first, found.last) if outside else None
        if read:
            given = _taken_out(pieces, place, found, Piece(read[0], read[1], 0, 0, filters=read[2]))
            pieces.notes.append(
                f"“{given}” is read as days; in quotation marks it is searched as words."
            )
            return True
    return False


def _taken_out(pieces: Pieces, place: int, days: Days, piece: Piece) -> str:
    """Puts a piece in the place of days within plain words; the text that said them."""
    words, *behind = pieces.found[place:]
    del pieces.found[place:]
    start, end = words.start + days.start, words.start + days.end
    before, after = pieces.text[words.start : start], pieces.text[end : words.end]
    if before.strip(" ,"):
        pieces.words(words.start, words.start + len(before.rstrip(" ,")))
    pieces.found.append(replace(piece, start=start, end=end))
    if after.strip(" ,"):
        pieces.words(words.end - len(after.lstrip(" ,")), words.end)
    pieces.found.extend(behind)
    return pieces.text[start:end]


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
    """The time that a text begins or ends with, a year, a part of one or from one to another: its
    place in it, and what ``year:`` takes for it. Of a year alone ``alone``: it may belong to the
    word beside it, as in "COCO 2017"."""

    start: int
    end: int
    value: str
    alone: bool


def years_said(text: str) -> Years | None:
    """The time that a text ends with, else the one that it begins with; None for neither."""
    season = _SEASON_LAST.search(text)
    if season:
        value = _season(season["season"].lower(), int(season["year"]))
        return Years(season.start(), len(text), value, False)
    match = _TIMES_LAST.search(text)
    if match is None:
        first = _TIME_FIRST.match(text)
        value = _value(first["time"]) if first else ""
        return Years(0, first.end("time"), value, value.isdigit()) if first and value else None
    if match["time"]:
        value = _value(match["time"])
        reference = text[: match.start()].rstrip(" ,.").endswith(" al")  # "Wong et al. 2024"
        alone = value.isdigit() and not (match["lead"] or reference)
        return Years(match.start(), len(text), value, alone) if value else None
    value = _ranged(match)
    return Years(match.start(), len(text), value, False) if value else None


def _ranged(match: re.Match[str]) -> str:
    """What ``year:`` takes for "2022-2024" or "March to May 2026"; '' for what is no range."""
    last = _value(match["last"])
    of_last = "" if re.search(r"\d", match["first"]) else f" {last[:4]}"
    first = _value(match["first"] + of_last)
    if not first or not last or ".." in first + last or first > last:
        return ""
    between = (match["lead"] or "").strip().lower() == "between"
    if (match["said"] or "").lower() == "and" and not between:
        beside = first.isdigit() and last.isdigit() and int(last) <= int(first) + 1
        return f"{first}..{last}" if beside else ""
    return f"{first}..{last}"


def _value(time: str) -> str:
    """What ``year:`` takes for a year or a part of one; '' for a day that is none."""
    quarter = _QUARTER.search(time)
    if quarter:
        year, last = _QUARTER.sub("", time).strip(), 3 * int(quarter[1])
        return f"{year}-{last - 2:02}..{year}-{last:02}"
    return time if time.isdigit() else parse_date(time)


def _season(name: str, year: int) -> str:
    if name == "winter":
        return f"{year - 1}-12..{year}-02"
    first, last = _SEASONS[name]
    return f"{year}-{first:02}..{year}-{last:02}"


def _span(match: re.Match[str], today: date, *, year: int = 0) -> tuple[str, str]:
    """The first and the last day that are said, seen from ``today``; ``year`` is that of a month
    alone, 0 for its last one."""
    said = {name: value.lower() for name, value in match.groupdict().items() if value}
    if "bound" in said:
        if said["when"] in _MONTHS.split():
            month = _MONTHS.split().index(said["when"]) + 1
            year = year or today.year - (month > today.month)
            return _bounded(said["bound"], f"{year}-{month:02}")
        return _bounded(said["bound"], _value(said["when"]))
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
    begun, _, ended = when.partition("..")
    first, last = first_day(begun), last_day(ended or begun)
    if first is None or last is None:  # no such day
        return "", ""
    if bound == "since":
        return begun, ""
    if bound == "until":
        return "", ended or begun
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
