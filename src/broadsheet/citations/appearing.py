"""Which meetings and journals took a paper, from what its records say in words.

Authors say it in a note ("Accepted to ICLR 2026 (oral)", "CVPR'26", "to appear in ApJ"), sources in
a name or a reference ("Phys. Rev. D 113, 043021 (2026)"). One venue gets one name here, however it
is written; what was only submitted, or came out in another version, appeared nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from broadsheet.citations.venue_names import IN_FULL, SERVERS, SHORT
from broadsheet.citations.venues import one_line, publication
from broadsheet.papers import Paper, first_day

_LONGEST = 1_000  # characters of a note that are read
_LONGEST_NAME = 80
_KEPT = 4_096  # notes whose venues are remembered: cards are set anew with every search
_EARLIER, _LATER = 2, 3  # years that a meeting lies ahead of or behind the paper's own day

_ADDRESS = re.compile(r"https?:\s?//\S+|\bwww\.\S+", re.IGNORECASE)
# Statements end at a stop, but not behind these: "Proc.", "Phys. Rev.".
_CUT = """Proc Int Conf Phys Rev Lett J Astron Astrophys Mon Not R Soc Trans Math Ann Appl Nucl
    Comput Sci"""
_ENDS = re.compile(
    "".join(rf"(?<!\b{word})" for word in _CUT.split()) + r"\.\s+|[;|]\s*|\bbut\b", re.IGNORECASE
)
_PUBLISHER = (
    r"(?:(?:IEEE|ACM|IFIP|CVF|USENIX|RSJ|EG|SIAM)(?:[/-](?:IEEE|ACM|CVF|RSJ|SIAM|CAA))?[\s-]+)?"
)
# A name with two capitals at least, and a year: "ICLR 2026", "KDD '26", "AAAI-26", "ICML2025".
_MEETING = re.compile(
    rf"""(?<![\w/.-]){_PUBLISHER}
    (?P<name>[A-Za-z][\w&+]*(?:-[A-Z][A-Za-z]+)?
      (?:[ ](?:Asia|MM|PKDD|SRW|DEMO|Demo|Industry|[Ff]indings|[Ww]orkshops?|[Mm]ain))*)
    [ ]?[-,:@'’]?[ ]?(?:
      (?P<year>(?:19|20)\d\d) | ['’‘´`](?P<short>\d\d) | -(?P<dashed>\d\d)
    )(?!\w|[-.]\d)""",
    re.VERBOSE,
)
_GLUED = re.compile(
    r"(?<![\w/.-])(?P<name>[A-Za-z][A-Za-z&+]*[A-Za-z])(?:(?P<year>20\d\d)|[ ]?(?P<short>\d\d))"
    r"(?![\w.]\w)(?!\w|\s?p(?:ages?|p)\b|\sfig)"
)
_TOOK = re.compile(
    r"\b(?:accept(?:ed|ance)|publish(?:ed)?|publication|present(?:ed|ation)|appear(?:s|ed)?"
    r"|camera[- ]ready|oral|spotlight|poster|proceedings|proc|in press)\b",
    re.IGNORECASE,
)
_TOOK_SINCE = re.compile(r"\b(?:accepted|published|appear(?:s|ed)?|in press)\b", re.IGNORECASE)
# What stands ahead of a venue that did not take this very paper.
_OTHERWISE = re.compile(
    r"""\b(?:
      submi(?:t|ts|tted|tting|ssion)|under\s(?:[\w-]+\s){0,2}review|(?:in|for)\sreview
      |reject(?:ed)?|withdrawn|exten(?:ds?|ded|ding|sion)\b(?!\sabstract)
      |(?:preliminary|short(?:er)?|earlier|previous|prior|initial|abridged|conference|workshop
        |journal)\sversions?
      |(?:earlier|previous|prior)\s(?:paper|abstract|publication)s?
      |builds?\son|based\son|following|prepared\sfor|intended\sfor|target(?:ed|ing)
      |challenge|competition|shared\stask|leaderboard|solution
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_OUT = re.compile(
    r"\s*[,(\[-]?\s*(?:conference\s+)?(?:under\sreview|in\sreview|(?:desk[ -])?reject|withdrawn"
    r"|submission|submitted|[\w-]*\s*(?:challenge|competition)|shared\stask|leaderboard)",
    re.IGNORECASE,
)
_JOURNAL = re.compile(
    r"""\b(?i:accept(?:ed|ance)|publish(?:ed)?|publication|appear(?:s|ed)?|in\spress)
    (?:[ ]as\s[\w ]{1,40}?)?
    (?:[ ]for[ ](?:publication|publishing|inclusion)|[ ]to[ ]be[ ]published)?
    [ ](?:in|by|to|at|on|with)(?:[ ]be[ ]published[ ]in)?(?:[ ][Tt]he)?[ ]
    (?P<name>[A-Z][^,.;:()\[\]"“@]{0,79}(?:\.[ ][A-Z][^,.;:()\[\]@]{0,40}){0,3})""",
    re.VERBOSE,
)
# What follows the name of a journal in a sentence.
_BEHIND = re.compile(
    r"""\s+(?:
      (?<!transactions\s)(?<!frontiers\s)(?<!advances\s)(?<!journal\s)(?<!communications\s)
      (?<!notes\s)(?<!surveys\s)(?<!studies\s)(?<!progress\s)
      (?:on|for\s(?:the|an?|its|publication|presentation)
        |in\s(?:(?-i:[a-z\d])\w*|Jan|Feb|March|April|May|June|July|Aug|Sep|Oct|Nov|Dec)\w*)
      |under|as|with|doi|vol(?:ume)?|special|section|sect|and\s(?:is|was|will)
      |this|to|main|proceedings|(?P<year>(?:19|20)\d\d)|\d+
    )\b.*|\s+journal$|\s*[–—/].*|\s+-.*""",
    re.IGNORECASE | re.VERBOSE,
)
_STOOD = re.compile(r"(?P<name>[A-Z][\w&-]*[A-Z]\w*)(?:\s|,\s?)(?:accepted|in press)\b")
_MEETING_WORD = re.compile(
    r"\b(?:conferences?|symposium|workshop|proceedings|meeting|congress|proc|track|issue|series"
    r"|lncs|lnai|lnbip|ccis)\b",
    re.IGNORECASE,
)
# Letters like those of a name: publishers, months, places, parts of a volume.
_NO_NAME = frozenset(
    re.findall(
        r"\w+",
        """ieee acm usenix springer elsevier jan feb mar apr may jun june jul july aug sep sept oct
        nov dec december usa uk eu fl gpt covid arr cc phd msc lncs lnai lnbip ccis workshop
        workshops conference symposium proceedings track version figures pages tables companion
        volume editor platform asia astronomy new neural transactions journal international special
        section annals annual lecture""",
    )
)
_NOWHERE = _NO_NAME | SERVERS
_PART = re.compile(r"(?:\s+(?:main|demo|industry|workshops?|findings|srw))+$", re.IGNORECASE)
_ASKED = re.compile(
    r"(?P<name>.*?\S)(?:\s?[-,]?\s?(?P<year>(?:19|20)\d\d)|\s?['’](?P<short>\d\d))?", re.DOTALL
)
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
# A journal's reference after its name: a volume, a year, or the word for it.
_NUMBERS = re.compile(
    r"[,(:]?\s*(?:\bvol(?:ume)?\b\.?|\bno\b\.?|\d|,|\().*", re.IGNORECASE | re.DOTALL
)
_SLUG = re.compile(r"[a-z][a-z0-9]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Appearance:
    """``name`` of a venue as it is told here; ``year`` is '' where it is not known."""

    name: str
    year: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.year}".strip()


def appearances(paper: Paper) -> tuple[Appearance, ...]:
    """Where a paper appeared, as its source and its authors tell; the source first."""
    if not paper.extra:  # as of most
        return ()
    day = first_day(paper.published or paper.announced)
    year = day.year if day else 0
    told: dict[str, Appearance] = {}
    references = dict.fromkeys((*_texts(paper, "journal_ref"), *publication(paper).names))
    found = [one for text in references for one in _referred(text, paper, year)]
    notes = (*_texts(paper, "comments"), *_texts(paper, "comment"))
    found += [one for text in notes for one in appeared(text, year)]
    for one in found:
        told.setdefault(str(one).casefold(), one)
    # A name without a year says nothing beside the same with one.
    dated = {one.name.casefold() for one in told.values() if one.year}
    return tuple(one for one in told.values() if one.year or one.name.casefold() not in dated)


def appeared(note: str, year: int = 0) -> tuple[Appearance, ...]:
    """The venues that a note says took a paper of this year (0: unknown)."""
    return _told_by(one_line(note.replace("\\&", "&"))[:_LONGEST], year)


@lru_cache(_KEPT)
def _told_by(note: str, year: int) -> tuple[Appearance, ...]:
    text = _ADDRESS.sub(" ", note)
    statements = [said.strip() for said in _ENDS.split(text)]
    found = [
        one
        for said, then in zip(statements, (*statements[1:], ""), strict=True)
        if not _OUT.fullmatch(then.rstrip("."))  # "MICCAI 2026; under review"
        for one in _statement(said, year)
    ]
    return tuple(dict.fromkeys(found))


def venue_key(text: str) -> str:
    """What a venue is looked for by: "NIPS'17" and "neurips 2017" are one; '' for no name."""
    match = _ASKED.fullmatch(" ".join(text.split()))
    if match is None:
        return ""
    year = match["year"] or (f"20{match['short']}" if match["short"] else "")
    return str(Appearance(_called(match["name"]), year)).casefold()


def _statement(said: str, year: int) -> Iterator[Appearance]:
    met = False
    for match in (*_MEETING.finditer(said), *_GLUED.finditer(said)):
        ahead, behind = said[: match.start()], said[match.end() :]
        name, at = match["name"], _year(match, year)
        short = match.re is _GLUED and match["short"]
        if not at or not _is_name(name, bool(short)) or _refused(ahead, behind):
            continue
        if not (_TOOK.search(said) or not year or year - _EARLIER <= at <= year + _LATER):
            continue
        met = True
        yield Appearance(_track(_called(_PART.sub("", name)), said), str(at))
    if met:
        return
    for phrase, name in IN_FULL:
        place = phrase.search(said)
        if place and not _refused(said[: place.start()], said[place.end() :]):
            dated = _YEAR.search(said)
            at = int(dated[1]) if dated else 0
            if at or not _MEETING_WORD.search(said):
                yield Appearance(_track(name, said), dated[1] if dated else "")
            return
    yield from _journal(said)


def _journal(said: str) -> Iterator[Appearance]:
    match = _JOURNAL.search(said) or _STOOD.search(said)
    if match is None or _refused(said[: match.start("name")], said[match.end() :]):
        return
    words = match["name"].split()
    for count in range(min(len(words), 10), 0, -1):
        known = _called(" ".join(words[:count]).strip(" ,"), other="")
        if known:
            yield Appearance(_track(known, said))
            return
    rest = _BEHIND.search(match["name"])
    name = match["name"][: rest.start() if rest else None].strip(" ,.-'’\"")
    if not _MEETING_WORD.search(name) and _is_journal(name):
        yield Appearance(name, rest["year"] or "" if rest else "")


def _referred(text: str, paper: Paper, year: int) -> Iterator[Appearance]:
    """The venue that a reference or a source's name for it says."""
    if _SLUG.fullmatch(text) and any(one.scheme == "acl" for one in paper.identifiers):
        if text != "ws":  # workshops of any meeting
            yield Appearance(SHORT.get(text, text.upper()), str(year) if year else "")
        return
    found = appeared(text, year)
    if any(one.year for one in found) or _OTHERWISE.search(text):
        yield from found
        return
    dated = _YEAR.findall(text)
    full = next((name for phrase, name in IN_FULL if phrase.search(text)), "")
    if full:  # volumes of meetings seldom say their year, but are of the year that they are from
        own = str(year) if year else ""
        yield Appearance(_track(full, text), dated[-1] if dated else own)
        return
    if found:
        yield from found
        return
    name = _NUMBERS.sub("", text).strip(" .-–—")
    if _is_journal(name):
        yield Appearance(_called(name), dated[-1] if dated else "")


def _texts(paper: Paper, key: str) -> tuple[str, ...]:
    said = paper.extra.get(key)
    return (said,) if isinstance(said, str) and said else ()


def _year(match: re.Match[str], year: int) -> int:
    said = match.groupdict()
    if said.get("year"):
        return int(said["year"])
    short = said.get("short") or said.get("dashed") or ""
    at = 2000 + int(short)
    # Two figures behind a dash, or a name, are as often a version or a number.
    bare = said.get("dashed") or match.re is _GLUED
    if bare and not (year and year - _EARLIER <= at <= year + _LATER):
        return 0
    return at


def _is_name(name: str, known: bool) -> bool:
    """Whether letters are the name of a meeting: one that is known, or with two capitals."""
    first = name.split()[0]
    if first.casefold() in SHORT:
        return True
    if known or first.casefold() in _NO_NAME or len(first) < 2:
        return False
    return sum(letter.isupper() for letter in first) >= 2


def _refused(ahead: str, behind: str) -> bool:
    """Whether what stands around a name says that it did not take this paper."""
    cues = [cue.end() for cue in _OTHERWISE.finditer(ahead)]
    if cues and not _TOOK_SINCE.search(ahead, cues[-1]):
        return True
    return bool(_OUT.match(behind))


def _is_journal(name: str) -> bool:
    if not 2 <= len(name) <= _LONGEST_NAME or name.casefold() in _NOWHERE:
        return False
    return name[0].isupper() and not any(char.isdigit() for char in name)


def _called(name: str, other: str | None = None) -> str:
    """The one name of a venue; ``other`` (by default as it is) where it is not well known."""
    key = " ".join(re.sub(r"[.\s]+", " ", name.casefold().replace("&", " and ")).split())
    key = re.sub(r"^(?:the|ieee/cvf|acm/ieee) ", "", key)
    return SHORT.get(key) or SHORT.get(key.replace("-", " ")) or (name if other is None else other)


def _track(name: str, said: str) -> str:
    """Workshops and Findings are not the meeting itself."""
    if name.endswith(("W", "w")) and name[:-1].casefold() in SHORT:
        return f"{name[:-1]} workshops"
    if re.search(r"\bworkshops?\b|\bSRW\b", said, re.IGNORECASE) and name.casefold() in SHORT:
        return f"{name} workshops"
    if re.search(r"\bfindings\b", said, re.IGNORECASE):
        return f"{name} Findings"
    return name
