"""What is taken from readers is looked at here, once, before it is stored.

Names end up in mail headers, addresses, feeds and pages: a name with a line break, an invisible
or a direction-changing character is refused, not mended.
"""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import blake2b

from broadsheet.readers.errors import ReadersError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
# Control, private, half characters; line and paragraph separators.
_REFUSED = {"Cc", "Cs", "Co", "Zl", "Zp"}
# What Python's Unicode does not know is mostly younger than it: a face that phones have had for
# years. Never a character are those kept for programs; never seen will be those of these blocks.
_UNSEEN_EVER = frozenset(
    ("\u2065", *map(chr, range(0xFFF0, 0xFFF9)), *map(chr, range(0xE0000, 0xE1000)))
)
# Those that turn the direction of what follows: a name could pass for another (CVE-2021-42574).
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
# Joiners are part of words in some scripts; these are part of none.
_INVISIBLE = frozenset("\u200b\u2060\ufeff\u00ad\u180e")
# What shows nothing by itself: formats, blanks, marks that stand on another character, and letters
# that are drawn as a blank.
_UNSEEN = {"Cc", "Cf", "Zs", "Mn", "Me"}
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_TAKEN_NAMES_TEXT = (
    "local admin administrator root system operator curator anonymous guest me you api static "
    "login logout register settings broadsheet postmaster abuse noreply"
)
_TAKEN_NAMES = frozenset(_TAKEN_NAMES_TEXT.split())
_SLUG = 60  # characters
TIME = "%Y-%m-%dT%H:%M:%SZ"


def now() -> str:
    """The time, to the second."""
    return datetime.now(UTC).strftime(TIME)


def later(*, start: str = "", days: float = 0, seconds: float = 0) -> str:
    """A time after ``start``, or after now."""
    begin = parse_time(start) if start else datetime.now(UTC)
    return (begin + timedelta(days=days, seconds=seconds)).strftime(TIME)


def parse_time(text: str) -> datetime:
    """The moment a stored time means."""
    return datetime.strptime(text, TIME).replace(tzinfo=UTC)


def seconds_since(text: str) -> float:
    """How long ago a stored time was; less than zero when the clock was set back since."""
    return (datetime.now(UTC) - parse_time(text)).total_seconds()


def moment(text: str, what: str = "time", *, end_of_day: bool = False) -> str:
    """A time or a day as a stored time; a day is its first second, or its last."""
    try:
        if len(text) == 10:
            text += "T23:59:59" if end_of_day else "T00:00:00"
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ReadersError(
            f"the {what} must be a day such as 2026-01-31 or a time such as 2026-01-31T07:00:00Z"
        ) from None
    if found.year < 1000:
        raise ReadersError(f"the {what} lies too long ago")
    return found.strftime(TIME)


def a_day(text: str) -> str:
    """A day, or `ReadersError`."""
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ReadersError("a day must be given as 2026-01-31") from None


def line(text: str, what: str, limit: int, *, empty: bool = False) -> str:
    """Text of one line, trimmed and composed (NFC); raises `ReadersError`."""
    return _clean(text, what, limit, empty=empty, breaks="")


def prose(text: str, what: str, limit: int, *, empty: bool = True) -> str:
    """Text that may have line breaks and tabs; raises `ReadersError`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _clean(text, what, limit, empty=empty, breaks="\n\t")


def _clean(text: str, what: str, limit: int, *, empty: bool, breaks: str) -> str:
    # Composing never makes text much shorter: what is far too long is not worth the work.
    if len(text) > 4 * limit:
        raise ReadersError(f"the {what} is too long: at most {limit:,} characters")
    text = unicodedata.normalize("NFC", text)
    for character in text:
        if character in breaks and breaks:
            continue
        if _is_refused(character):
            raise ReadersError(
                f"the {what} holds a control character"
                f"{'' if breaks else ' or a line break'}; write it without"
            )
        if not breaks and character in _INVISIBLE:
            raise ReadersError(f"the {what} holds an invisible character; write it without")
    text = text.strip()
    if not any(map(_is_seen, text)):
        text = ""  # a name of a list or a reader that nobody could see, or press
    if not text and not empty:
        raise ReadersError(f"the {what} is empty; write one")
    if len(text) > limit:
        raise ReadersError(f"the {what} is too long: at most {limit:,} characters")
    return text


def _is_refused(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cn":
        number = ord(character)
        for_programs = number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF
        return for_programs or character in _UNSEEN_EVER
    return category in _REFUSED or character in _DIRECTION


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN and character not in _BLANK_LETTERS


def has_form_of_name(text: str) -> bool:
    """Whether this is written as a name to log in with is."""
    return text.isascii() and bool(_NAME.fullmatch(text))


def file_name(text: str, otherwise: str) -> str:
    """A file as its reader knows it, in quotes, to be told to them: no folders, nothing that
    cannot be seen; ``otherwise`` where nothing is left."""
    last = re.split(r"[/\\]", text[-1_000:])[-1]
    seen = "".join(c for c in last if c.isprintable() and c not in _DIRECTION | _INVISIBLE)
    return f"“{seen.strip()[:100] or otherwise}”"


def account_name(text: str) -> str:
    """A name to log in with, in small letters; raises `ReadersError`."""
    name = text.strip().lower()
    if not has_form_of_name(name):
        raise ReadersError(
            "a name has 1 to 40 of the letters a-z, digits, dots, dashes and underscores, "
            "and begins and ends with a letter or digit"
        )
    if name in _TAKEN_NAMES:
        raise ReadersError(f"the name '{name}' cannot be had; choose another")
    return name


def email_address(text: str, *, empty: bool = True) -> str:
    """A plain mail address, its domain in small letters; raises `ReadersError`."""
    text = text.strip()
    if not text and empty:
        return ""
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise ReadersError("this is no mail address; write it as name@example.org")
    local, _, domain = text.rpartition("@")
    if len(local) > 64:
        raise ReadersError("this is no mail address: what stands before the @ is too long")
    return f"{local}@{domain.lower()}"


def one_of(value: str, known: tuple[str, ...], what: str) -> str:
    """The value, if it is one of those known; raises `ReadersError`."""
    if value not in known:
        raise ReadersError(f"the {what} must be one of {', '.join(known)}")
    return value


def between(value: int, low: int, high: int, what: str) -> int:
    """The number, if it lies between these; raises `ReadersError`."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ReadersError(f"the {what} must be a whole number from {low:,} to {high:,}")
    return value


@cache
def timezones() -> frozenset[str]:
    """The names of time zones that this machine knows."""
    return frozenset(zoneinfo.available_timezones() | {"UTC"})


def timezone(text: str) -> str:
    """The name of a time zone; raises `ReadersError`."""
    if text not in timezones():
        raise ReadersError("this time zone is not known; write it as Europe/Berlin or UTC")
    return text


def slug(text: str) -> str:
    """A name as it stands in an address: small letters, digits and dashes; never empty."""
    return _dashed(text)[:_SLUG].strip("-") or "list"


def own_slug(text: str) -> str:
    """`slug`, with a hash at its end where it had to be cut: no two long names share one."""
    whole = _dashed(text)
    if len(whole) <= _SLUG:
        return slug(text)
    return f"{whole[: _SLUG - 9].strip('-')}-{blake2b(whole.encode(), digest_size=4).hexdigest()}"


def _dashed(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(c if c.isalnum() else "-" for c in plain if not unicodedata.combining(c))
    return "-".join(part for part in kept.split("-") if part)


def web_address(text: str) -> str:
    """An address of the web (http or https) with a host; raises `ReadersError`."""
    from urllib.parse import urlsplit

    text = line(text, "address", 2_000)
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
        _ = parts.port
    except ValueError:
        good = False
    if not good or any(character.isspace() or character in "<>\"'`\\" for character in text):
        raise ReadersError("this is no address; write it as https://example.org/…")
    return text


def is_storable(text: str) -> bool:
    """Whether a database takes this text: no NUL, no half characters."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
