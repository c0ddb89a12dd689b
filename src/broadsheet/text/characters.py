"""Characters: what a reader cannot see or a program cannot store goes, the rest is NFC."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress

from broadsheet.text.remains import repaired

_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
    "\u2010": "-",
    "\u2011": "-",
}
# C1 controls are never meant: they are Windows-1252 read as Latin-1.
_WINDOWS = {
    chr(code): bytes([code]).decode("cp1252", "replace").replace("\ufffd", " ")
    for code in range(0x80, 0xA0)
}
_REPLACED = {**_LIGATURES, **_WINDOWS}
# The other way: bytes as Windows-1252 reads them, as Latin-1 does.
_AS_LATIN = {ord(read): ord(control) for control, read in _WINDOWS.items() if read != " "}
_MOST_READINGS = 4  # times that a text may have been read wrongly, one after the other
_REPLACED_CLASS = re.compile("[" + "".join(_REPLACED) + "]")
_SOFT_HYPHEN = re.compile("\u00ad\\s*")
_SUSPECT = re.compile(r"[^\w !-~]")
_JOINERS = "\u200c\u200d"


def tidy(text: str) -> str:
    """One line of printable NFC text; linear, never raises.

    Runs of white space become one space; controls become a space; zero-width and
    bidirectional marks, lone surrogates, private-use and non-characters go; ligatures are
    spelt out; UTF-8 that was read as Windows-1252 or Latin-1, and Windows-1252 that was read as
    Latin-1, are repaired.
    """
    tidied = _tidied(text)
    for _ in range(_MOST_READINGS):
        if tidied == text or not _misread(tidied):
            break
        text, tidied = tidied, _tidied(tidied)
    return tidied


def _misread(text: str) -> bool:
    """Whether a text may be UTF-8 that was read as something else."""
    if text.isascii():
        return False
    return "Ã" in text or "Â" in text or "â€" in text or "â\x80" in text


def _tidied(text: str) -> str:
    if not text.isascii():
        text = _tidy_unicode(text)
    if not text.isprintable():
        text = " ".join(text.split())
        if not text.isprintable():
            text = " ".join(_SUSPECT.sub(_printable, text).split())
            text = unicodedata.normalize("NFC", text)
    elif "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return text


def _tidy_unicode(text: str) -> str:
    if _misread(text):  # taken back only when all of it agrees
        with suppress(UnicodeError):
            text = text.translate(_AS_LATIN).encode("latin-1").decode("utf-8")
        text = repaired(text)
    if "\u00ad" in text:
        text = _SOFT_HYPHEN.sub("", text)
    text = _REPLACED_CLASS.sub(lambda match: _REPLACED[match[0]], text)
    return unicodedata.normalize("NFC", text)


def _printable(match: re.Match[str]) -> str:
    char = match[0]
    if char.isprintable():
        return char
    category = unicodedata.category(char)
    if category == "Cc":
        return " "
    if char in _JOINERS:
        # Between two letters of another script a joiner spells the word.
        around = match.string[max(0, match.start() - 1) : match.end() + 1]
        return char if len(around) == 3 and not (around[0] + around[2]).isascii() else ""
    if category == "Cn" and ord(char) & 0xFFFE != 0xFFFE and not 0xFDD0 <= ord(char) <= 0xFDEF:
        return char  # not assigned when this Python was built, perhaps since
    return ""
