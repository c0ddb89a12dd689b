"""The layout of a Daily Papers page saved as text: titles and abstracts by turns.

What a line is shows in its form and in what surrounds it, because pages differ: some have
blank lines, some a block with authors and date after each paper, some neither.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from broadsheet.papers import parse_date
from broadsheet.sources.whole import Entry

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DATE = re.compile(rf"({_MONTH})\.? (\d{{1,2}})(?:, (\d{{4}}))?(?: +(\d+(?:\.\d+k)?))?")
_AUTHORS = re.compile(r"[•·*-]?\s*(\d+) authors?", re.IGNORECASE)
_SEPARATOR = re.compile(r"[·•|\s-]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?k?", re.IGNORECASE)
_CHROME = re.compile(
    r"new|subscribe|daily papers|trending papers|hugging ?face|get trending papers.{0,60}"
    r"|by ?AK( and the research community)?|and the research community|log ?in|sign ?up|upvotes?"
    r"|submitted by.{0,60}|papers?|models|datasets|spaces|posts|docs|enterprise|pricing|buckets"
    r"|community|previous|next|daily|weekly|monthly|today|system theme|company|tos|privacy|about"
    r"|careers|website|search.{0,30}|load more|view (all|paper|pdf).{0,20}|©.{0,40}|sort:.{0,30}"
    r"|hot|recently created|add a comment|filter.{0,20}|\d+ comments?|github.{0,20}|arxiv page",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(?:Subscribe|Sign Up|Log In)(?=[A-Z0-9\"'“])")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]?(?:\s|$)")
_FILE_DATE = re.compile(r"(?<!\d)(20\d\d)(?:[-_.]?(\d\d)[-_.]?(\d\d))?(?!\d)")
_FEWEST_YEARS = 3


@dataclass(slots=True)
class _Block:
    """The lines of one paper."""

    line: int
    title: str = ""
    paragraphs: list[str] = field(default_factory=list)
    notes: dict[str, object] = field(default_factory=dict)
    month_day: str = ""
    year: str = ""


def text_entries(text: str, file_name: str) -> list[Entry]:
    """The papers of a page saved as text, in order; empty when it holds none."""
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1)]
    lines = [(number, line) for number, line in lines if line]
    head_date, lines = _without_head(lines)
    blocks = list(_blocks(lines))
    if not any(block.paragraphs for block in blocks):
        return []
    while blocks and not blocks[-1].paragraphs and _is_furniture(blocks[-1]):
        blocks.pop()
    kept = [block for block in blocks if block.paragraphs or not _is_furniture(block)]
    year = _page_year(head_date, file_name, kept)
    page = parse_date(f"{head_date[0]} {year}") if head_date and year else ""
    return [_entry(block, year, page) for block in kept]


def _is_abstract(line: str) -> bool:
    """Whether a line is running text: titles are short, or long without a sentence's end."""
    if len(line) > 300:
        return True
    sentences = len(_SENTENCE_END.findall(line))
    return (sentences >= 2 and len(line) > 100) or (line.endswith(".") and len(line) > 120)


def _without_head(
    lines: list[tuple[int, str]],
) -> tuple[tuple[str, str] | None, list[tuple[int, str]]]:
    """The page's own date as (month and day, year), and the lines from the first title on.

    Before the first abstract only one line is a title: the last. What stands above it is
    the page's furniture, known to us or not.
    """
    first = next((place for place, (_, line) in enumerate(lines) if _is_abstract(line)), 0)
    head_date = None
    start = 0
    for place, (_, line) in enumerate(lines[:first]):
        date = _DATE.fullmatch(line)
        if date and head_date is None:
            head_date = (f"{date[1]} {date[2]},", date[3] or "")
            start = place + 1
    titled = [place for place in range(start, first) if not _is_note(lines[place][1])]
    start = titled[-1] if titled else first
    rest = lines[start:]
    if rest:
        number, line = rest[0]
        rest[0] = (number, _GLUED.sub("", line, count=1))
    return head_date, rest


def _is_note(line: str) -> bool:
    return bool(
        _CHROME.fullmatch(line)
        or _SEPARATOR.fullmatch(line)
        or _NUMBER.fullmatch(line)
        or _AUTHORS.fullmatch(line)
        or _DATE.fullmatch(line)
    )


def _blocks(lines: list[tuple[int, str]]) -> Iterator[_Block]:
    block: _Block | None = None
    noted = False  # the block's own notes have begun: what follows is the next paper
    for place, (number, line) in enumerate(lines):
        following = lines[place + 1][1] if place + 1 < len(lines) else ""
        if _is_note(line) or _is_organisation(block, line, following):
            if block:
                noted = _note(block, line) or noted
            continue
        running = _is_abstract(line)
        if block and running and not noted:
            block.paragraphs.append(line)
            continue
        if block:
            yield block
        block = _Block(number, "" if running else line, [line] if running else [])
        noted = False
    if block:
        yield block


def _is_organisation(block: _Block | None, line: str, following: str) -> bool:
    """A name right before the separator of a block's notes, where others have "3 authors"."""
    return bool(block and block.paragraphs and len(line) < 120 and following and following in "·•")


def _note(block: _Block, line: str) -> bool:
    """Keeps what a line of notes says about the paper above; whether it belongs to it."""
    date = _DATE.fullmatch(line)
    authors = _AUTHORS.fullmatch(line)
    if date:
        block.month_day, block.year = f"{date[1]} {date[2]},", date[3] or ""
        if date[4]:
            block.notes["upvotes"] = int(date[4]) if date[4].isdigit() else date[4]
    elif authors:
        block.notes["authors_count"] = int(authors[1])
    elif _SEPARATOR.fullmatch(line):
        return False
    elif _NUMBER.fullmatch(line) or _CHROME.fullmatch(line):
        return False  # votes above the next title, or furniture
    else:
        block.notes["organization"] = line
    return True


def _is_furniture(block: _Block) -> bool:
    return not block.notes and not block.month_day and len(block.title.split()) < 3


def _page_year(head_date: tuple[str, str] | None, file_name: str, blocks: list[_Block]) -> str:
    """The year the page was saved in, '' when nothing tells it.

    Told by the head, by the file's name, or by the papers: a page prints a paper's year
    unless it is its own, so with several papers of year N and some without a year it was
    saved in N + 1.
    """
    if head_date and head_date[1]:
        return head_date[1]
    named = _FILE_DATE.search(file_name)
    if named:
        return named[1]
    years = Counter(block.year for block in blocks if block.year)
    bare = [block for block in blocks if block.month_day and not block.year]
    if not years or not bare or not head_date:
        return ""
    latest = max(years)
    year = str(int(latest) + 1)
    saved = parse_date(f"{head_date[0]} {year}")
    in_order = all(parse_date(f"{block.month_day} {year}") <= saved for block in bare)
    past = year <= str(datetime.now(UTC).year)
    return year if years[latest] >= _FEWEST_YEARS and in_order and past else ""


def _entry(block: _Block, year: str, page: str) -> Entry:
    record: dict[str, object] = {"title": block.title, "abstract": " ".join(block.paragraphs)}
    if block.month_day and (block.year or year):
        record["published"] = parse_date(f"{block.month_day} {block.year or year}")
    elif block.month_day:
        record["day"] = block.month_day.rstrip(",")
    record.update(block.notes)
    if page:
        record["page"] = page
    return Entry(block.line, record, "\n".join((block.title, *block.paragraphs)))
