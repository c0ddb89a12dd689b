"""What is left of commands whose backslash or meaning was lost, and slips of the keyboard.

Runs on text whose formulas and addresses are hidden. Each rule was counted over 324,000 abstracts
of arXiv and the ACL Anthology, and what it changes was read; see docs/benchmarks.md.
"""

from __future__ import annotations

import re
from contextlib import suppress
from operator import eq

# "which which", "in in vivo" and "had had" are said on purpose.
_DOUBLED = "the|of|for|with|from|are|by|an|we|be|can|these|our|to|and|have|was|were|their|this"
_TWICE = re.compile(rf"\b({_DOUBLED}) \1(?= )(?! ?[-–])")
_LOST_MACRO = re.compile(
    r"(?<![A-Za-z\\])(?=(?:textit|textbf|emph|texttt|textsc|cite[pt]?|url|href|footnote)\{)"
)
# These two begin with their letters, which the engine finds fastest, and then look back.
_ELL = re.compile(r"ell(?<![A-Za-z\\]ell)(?=_|-?[012p]\b)")
# "sim1,400" says about 1,400; "sim2real" is a word.
_SIM = re.compile(r"sim(?<![\w\\-]sim)(?=\d[\d,.]*(?:[%×kKMB]|\b(?!-)))")
_ONE_IN_BRACES = re.compile(r"(?<=[A-Za-z0-9)\]])_\{(\w)\}")
_SPACE_COMMA = re.compile(r"(?<=[^\W\d_]) ,(?= )")
_COMMAS = re.compile(r"(?<=[^\W\d_]),,(?= )")
_STOPS = re.compile(r"(?<=[a-z)])\.\.(?= [A-Z]|\Z)")
# One between two spaces was meant.
_BRACE = re.compile(r"(?<! )[{}]|[{}](?! )")
# TeX that is read as it stands.
_SCRIPTS = re.compile(r"[\\$]|[_^]\{")
_KEY = re.compile(r"\[[@#]?([a-z]{3,15})((?:19|20)\d\d)[a-z]{3,20}\]")
_ESCAPED = re.compile(r"\\u(20[0-9a-f]{2}|00[a-f][0-9a-f])")
_LINE = re.compile(r"(?<=[.!?]) \\n (?=[A-Z])")
# A macro of the author's own, mostly the name of what the paper presents.
_MACRO = r"(?!verb\b)[A-Za-z]{3,24}"
_OWN = re.compile(rf"(\\(?<![\w\\/:}}$]\\){_MACRO}(?:\\{_MACRO}){{0,2}})(?![\w\\{{\[/])")
_ABOUT_TEX = re.compile(r"TeX|\bmacros?\b|\\(?:begin|end|def|input)\b")
_APOSTROPHE = re.compile(r"(?<=[a-z])\?(?=(?:s|t|re|ve|ll) [a-z])")
_MOJIBAKE = re.compile("â€.|Â[\u00a0-\u00bf]|Ã[\u00a0-\u00bfƒ]")
_LEFT_QUOTES = {"â€Ÿ": "’", "â€œ": "“", "â€\u009d": "”"}


def without_remains(text: str) -> str:
    """The text with what is surely a leftover mended; linear."""
    if "\\" in text:
        text = _backslashes(text)
    if "{" in text:
        text = _ONE_IN_BRACES.sub(r"_\1", _LOST_MACRO.sub(r"\\", text))
    if text.count("{") != text.count("}"):
        text = _without_lone_braces(text)
    if "ell" in text:
        text = _ELL.sub("ℓ", text)
    if "sim" in text:
        text = _SIM.sub("~", text)
    if " ," in text:
        text = _SPACE_COMMA.sub(",", text)
    if ",," in text:
        text = _COMMAS.sub(",", text)
    if ".." in text:
        text = _STOPS.sub(".", text)
    if "[" in text:
        text = _KEY.sub(lambda key: f"[{key[1].capitalize()} {key[2]}]", text)
    if "?" in text:
        text = _APOSTROPHE.sub("’", text)
    words = text.split(" ")
    # Quicker than to look for each of them.
    if any(map(eq, words, words[1:])):
        text = _TWICE.sub(r"\1", text)
    return text


def repaired(text: str) -> str:
    """Stretches that were UTF-8 and read as Windows-1252, in a text that was not so as a whole."""
    return _MOJIBAKE.sub(_repaired, text)


def _repaired(match: re.Match[str]) -> str:
    with suppress(UnicodeError):
        return match[0].encode("cp1252").decode("utf-8")
    return _LEFT_QUOTES.get(match[0], match[0])


def _without_lone_braces(text: str) -> str:
    """The text without braces that nothing opens or closes: what a macro's name was lost from
    (``Chrono}logical``), or a slip for a bracket (``(1997}``)."""
    if _SCRIPTS.search(text):
        return text
    bracket = ")" if text.count("(") > text.count(")") else ""
    lone: dict[int, str] = {}
    open_: list[int] = []
    for match in _BRACE.finditer(text):
        place = match.start()
        if match[0] == "{":
            open_.append(place)
        elif open_:
            open_.pop()
        else:
            lone[place] = bracket or _between(text, place)
    lone |= {place: _between(text, place) for place in open_}
    return "".join(lone.get(place, char) for place, char in enumerate(text))


def _between(text: str, place: int) -> str:
    """What stands for a lone brace: the dash of a range, the space after a whole word."""
    before, after = text[max(0, place - 8) : place], text[place + 1 : place + 2]
    if before[-1:].isdigit() and after.isdigit():
        return "–"
    return " " if after.isalpha() and len(before) == 8 and " " not in before else ""


def _backslashes(text: str) -> str:
    text = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
    if " \\n " in text:
        text = _LINE.sub(" ", text)
    if _OWN.search(text) and not _ABOUT_TEX.search(text):
        text = _OWN.sub(lambda name: name[1].replace("\\", ""), text)
    return text
