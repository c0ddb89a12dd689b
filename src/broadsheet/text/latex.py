"""LaTeX in running text: macros, accents, braces, quotes, ties and dashes.

One pass with a shallow stack over the few marks that matter, so it is linear in the text
whatever the nesting. Formulas and addresses are hidden behind private-use characters
before this runs (see `cleaning`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from broadsheet.formulas import LETTERS, SUPERSCRIPTS, SYMBOLS
from broadsheet.text.symbols import (
    ACCENTS,
    ARROWS,
    BOTH_KEPT,
    DROPPED,
    NAMES,
    SECOND_KEPT,
    SWITCHES,
)

_MARK = re.compile(r"\\(?:[A-Za-z]+\*?|.)|[{}]", re.DOTALL)
_LETTER = r"(\\[ij](?![A-Za-z])|[^\W\d_])"
_BRACED = re.compile(rf"\{{ ?{_LETTER} ?\}}")
_DIRECT = re.compile(_LETTER)
_SPACED = re.compile(rf" {_LETTER}")
# arXiv takes "\beta" for the accent "\b" and writes "\b{eta}".
_SPLIT_SYMBOL = re.compile(r"\{([a-z]{2,8})\}")
_PUNCTUATION = {
    **{char: char for char in "%&_#{}$|"},
    **dict.fromkeys(",;: \\>", " "),
    **dict.fromkeys("!/-@", ""),
}
_WORD = re.compile(r"[^\W_][\w.'+/*-]*(?: [^\W_][\w.'+/*-]*){0,3}")
_QUOTE_CLOSE = re.compile(r"''(?<!\d'')")
_QUOTE_SINGLE = re.compile(r"(?<![\w`])`([^`'\"\s][^`'\"]{0,58})'(?![\w'])")
# A tie joins words; "z~3" and "~50%" say "about".
_TIE = re.compile(
    r"~(?:(?<=[^\W\d_]~)(?=[^\W\d]|[\[(\ue000-\uf8ff])|(?<=[^\W\d_]{2}~)(?=\d)"
    r"|(?<=[.,)\]\ue000-\uf8ff]~)(?=\S))"
)
_DASHES = re.compile(r"(?<![-!<])(---?)(?![->])(?=(.?))")
_ORPHANS = re.compile(r"(?:^| )(?:\( ?[,;]? ?\)|\[ ?[,;]? ?\])")
_LOOSE_STOP = re.compile(r" +([.,;:])(?=\s|$)")
_CITING = ("\\cite", "\\textcite", "\\parencite", "\\autocite")
_NOUNS = ("\\citet", "\\citeauthor", "\\textcite", "\\citealt")
# "introduced by \cite{x}" needs something to stand there; "as is known \cite{x}" does not.
_WANTS_A_NOUN = re.compile(
    r"(?:(?<![^\W_])(?:by|in|of|see|from|and|or|with|to|as|on|like|than|for|via|unlike)|\A)[ ~]*\Z",
    re.IGNORECASE,
)
# Some feeds lost the backslash: "{textit{Foo}}".
_LOST_BACKSLASH = re.compile(r"\{(?=(?:emph|textit|textbf|texttt|textsc|href|url)\{)")
_RAISED = re.compile(r"\^\{([+-]?\d{1,4}|th|st|nd|rd)\}")
_DEEPEST = 40
# A letter that TeX builds: \"o, \'{e}, \v{C}, \H os, \o, each in braces too.
_BUILT = re.compile(
    rf"""(?P<open>\{{)?\\(?:
      (?P<mark>["'`^~=.])(?:\{{(?P<in_mark>{_LETTER})\}}|(?P<bare>{_LETTER})(?:(?<=\\[ij])\ )?)
    | (?P<accent>[Hckruv])(?:\{{(?P<in_accent>{_LETTER})\}}|(?<=[A-Za-z]\\H)\ (?P<apart>[a-z]))
    | (?P<letter>[A-Za-z]{{1,2}})(?:\{{\}}|\ |(?![A-Za-z]))
    )(?(open)\}})""",
    re.VERBOSE,
)


@dataclass(slots=True)
class _Group:
    """An open brace: where it stands in the output and what its macro wants of it."""

    start: int
    # plain, joined, raised: bare braces; keep, drop, second, both, href, linked, footnote, super
    kind: str
    source: str = ""  # what the output gets back if the brace never closes
    between: str = ""
    address: str = ""
    switched: bool = False


@dataclass(slots=True)
class _Scan:
    text: str
    out: list[str] = field(default_factory=list)
    open: list[_Group] = field(default_factory=list)
    deeper: int = 0  # braces open beyond _DEEPEST, copied as they are
    cited: bool = False

    def short(self, start: int) -> str | None:
        """The output from ``start`` when it is short, so that nesting cannot make it costly."""
        pieces = self.out[start:] if len(self.out) - start <= 6 else []
        content = "".join(pieces) if sum(map(len, pieces)) <= 200 else ""
        return content or None


def without_latex(text: str) -> str:
    """The text as LaTeX would print it, as far as that is certain; unknown macros stay."""
    if "\\" in text or "{" in text:
        text = _RAISED.sub(_raised, _LOST_BACKSLASH.sub(r"{\\em \\", text))
        text = _without_macros(text)
    if "``" in text or "''" in text:
        text = _QUOTE_CLOSE.sub('"', text.replace("``", '"'))
    if "`" in text:
        text = _QUOTE_SINGLE.sub(r"'\1'", text)
    if "~" in text:
        text = _TIE.sub(" ", text)
    if "--" in text:
        text = _DASHES.sub(_dash, text)
    return text


def with_letters(text: str) -> str:
    """The text with each letter that TeX builds as that letter (``M\\"obius``, ``{\\O}rsted``); all
    else, quotation marks that are escaped too, is left as it is."""
    return _BUILT.sub(_built, text) if "\\" in text else text


def _built(match: re.Match[str]) -> str:
    if match["letter"]:
        return LETTERS.get(match["letter"], match[0])
    accent = match["mark"] or match["accent"]
    base = match["in_mark"] or match["bare"] or match["in_accent"] or match["apart"]
    if match["bare"] and _is_quote(match.string, accent, match.start("bare")):
        return match[0]
    return _accented(accent, base) or match[0]


def _raised(match: re.Match[str]) -> str:
    return match[1].translate(SUPERSCRIPTS) if match[1][-1].isdigit() else match[1]


def _dash(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()]
    if before in ("", " ") and match[2] not in ("", " "):
        return match[0]  # "--flag" is no dash
    return "—" if len(match[1]) == 3 else "–"


def _without_macros(text: str) -> str:
    scan = _Scan(text)
    position = 0
    while match := _MARK.search(text, position):
        if match.start() > position:
            scan.out.append(text[position : match.start()])
        mark = match[0]
        if mark == "{":
            position = _open(scan, match.end())
        elif mark == "}":
            position = _close(scan, match.end())
        elif mark[1].isalpha() and mark[1].isascii():
            position = _macro(scan, mark, match.end())
        else:
            position = _escape(scan, mark, match.end())
    scan.out.append(text[position:])
    for group in scan.open:
        scan.out[group.start] = scan.out[group.start] or group.source
    result = "".join(scan.out)
    if scan.cited:
        result = _LOOSE_STOP.sub(_close_up, _ORPHANS.sub("", result))
    return result


def _close_up(match: re.Match[str]) -> str:
    doubled = match[1] == "." and match.string[match.start() - 1 : match.start()] == "."
    return "" if doubled else match[1]


def _escape(scan: _Scan, mark: str, end: int) -> int:
    """A backslash and one character that is no ASCII letter."""
    char = mark[1:]
    if char not in ACCENTS:
        scan.out.append(_PUNCTUATION.get(char, mark))
        return end
    argument = _BRACED.match(scan.text, end) or _DIRECT.match(scan.text, end)
    letter = _accented(char, argument[1]) if argument else ""
    if argument and letter and not _is_quote(scan.text, char, end):
        scan.out.append(letter)
        return argument.end()
    scan.out.append(mark if char == "=" else char)
    return end + 2 if scan.text.startswith("{}", end) else end


def _is_quote(text: str, char: str, end: int) -> bool:
    """Whether a quote mark was escaped, as in ``Alzheimer\\'s``, and no accent is meant."""
    if char == "'":
        following = text[end + 1 : end + 2]
        return text[end : end + 1] in "st" and not following.isalpha() and following != "\\"
    if char != '"' or text[end - 3 : end - 2] not in ("", " ", "("):
        return False
    closing = text.find('\\"', end + 1, end + 80)
    return closing > 0 and not text[closing + 2 : closing + 3].isalpha()


def _accented(accent: str, base: str) -> str:
    letter = unicodedata.normalize("NFC", base.removeprefix("\\") + ACCENTS[accent])
    return letter if len(letter) == 1 else ""


def _macro(scan: _Scan, mark: str, end: int) -> int:
    """A backslash and a name."""
    text, name = scan.text, mark[1:].rstrip("*")
    if len(name) == 1 and name in ACCENTS:
        symbol = _SPLIT_SYMBOL.match(text, end)
        if symbol and name + symbol[1] in SYMBOLS:
            scan.out.append(SYMBOLS[name + symbol[1]])
            return symbol.end()
        argument = _BRACED.match(text, end) or _spaced(text, name, end)
        letter = _accented(name, argument[1]) if argument else ""
        if argument and letter:
            scan.out.append(letter)
            return argument.end()
    if name in LETTERS:
        scan.out.append(LETTERS[name])
        return _past_name(text, end, swallow=True)
    if name in SWITCHES and text[end : end + 1] != "{":
        if scan.open and scan.open[-1].start == len(scan.out) - 1:
            scan.open[-1].switched = True
        return end + 1 if text[end : end + 1] == " " else end
    if name in SYMBOLS or name in NAMES:
        scan.out.append(SYMBOLS.get(name) or NAMES[name])
        return _past_name(text, end)
    start = _past_option(text, end) if text[end : end + 1] == "[" else end
    empty = text[start + 1 : start + 2] in ("}", "")
    if text[start : start + 1] == "{" and not empty and len(scan.open) < _DEEPEST:
        scan.open.append(_argument(name, len(scan.out), f"{mark}{text[end : start + 1]}"))
        scan.out.append("")
        return start + 1
    scan.out.append(_unknown(mark, name))
    return end + 2 if text.startswith("{}", end) else end


def _spaced(text: str, accent: str, end: int) -> re.Match[str] | None:
    """The letter of ``Erd\\H os``; of ``\\k is`` none, where a macro of the author stands."""
    if accent in "bdt":
        return None
    argument = _SPACED.match(text, end)
    inside = end > 2 and (text[end - 3].isalpha() or text[end - 3] == "{")
    return argument if argument and (inside or argument[1].isupper()) else None


def _argument(name: str, start: int, source: str) -> _Group:
    if name in DROPPED:
        return _Group(start, "drop", source)
    if name in SECOND_KEPT:
        return _Group(start, "second", source)
    if name in BOTH_KEPT:
        return _Group(start, "both", between=BOTH_KEPT[name])
    if name == "href":
        return _Group(start, "href", source)
    kind = {"footnote": "footnote", "textsuperscript": "super"}.get(name, "keep")
    return _Group(start, kind)


def _unknown(mark: str, name: str) -> str:
    # "en\rightarrowEnglish" lost the space that ended the name.
    for arrow in ARROWS:
        if name.startswith(arrow) and name != f"{arrow}tail":
            return SYMBOLS[arrow] + name[len(arrow) :]
    return mark


def _past_name(text: str, end: int, *, swallow: bool = False) -> int:
    """Past the ``{}`` or, for letters, the space that ends a macro's name."""
    if text.startswith("{}", end):
        return end + 2
    return end + 1 if swallow and text[end : end + 1] == " " else end


def _past_option(text: str, end: int) -> int:
    """Past an option, ``[...]``, when an argument follows it."""
    close = text.find("]", end, end + 80)
    return close + 1 if close > 0 and text[close + 1 : close + 2] == "{" else end


def _open(scan: _Scan, end: int) -> int:
    if len(scan.open) >= _DEEPEST:
        scan.deeper += 1
    else:
        before = scan.text[end - 2 : end - 1] if end > 1 else ""
        kind = "raised" if before in ("^", "_") else "joined" if before.isalnum() else "plain"
        scan.open.append(_Group(len(scan.out), kind))
    scan.out.append("{")
    return end


def _close(scan: _Scan, end: int) -> int:
    if scan.deeper or not scan.open:
        scan.deeper = max(0, scan.deeper - 1)
        scan.out.append("}")
        return end
    group = scan.open.pop()
    match group.kind:
        case "plain" | "joined" | "raised":
            _close_plain(scan, group)
        case "drop":
            _drop(scan, group)
        case "second" | "href" | "both":
            return _next_argument(scan, group, end)
        case "linked":
            if scan.short(group.start) != group.address:
                scan.out.append(f" ({group.address})")
        case "footnote":
            scan.out[group.start] = " ("
            scan.out.append(")")
        case "super":
            raised = (scan.short(group.start) or "").translate(SUPERSCRIPTS)
            if raised and not any(char.isascii() for char in raised):
                scan.out[group.start :] = [raised]
    return end


def _drop(scan: _Scan, group: _Group) -> None:
    del scan.out[group.start :]
    before = "".join(scan.out[-3:])[-24:]
    if group.source.startswith(_CITING) and (
        group.source.startswith(_NOUNS) or _WANTS_A_NOUN.search(before)
    ):
        scan.out.append("[…]")
    elif scan.out:
        scan.out[-1] = scan.out[-1].rstrip("~")
    scan.cited = True


def _next_argument(scan: _Scan, group: _Group, end: int) -> int:
    content = scan.short(group.start) or ""
    if group.kind == "both":
        scan.out.append(group.between)
    else:
        del scan.out[group.start :]
    if scan.text.startswith(" {", end):
        end += 1
    if scan.text[end : end + 1] != "{":
        return end
    linked = group.kind == "href" and content
    source = f"{group.source}{content}}}{{" if linked else ""
    scan.open.append(
        _Group(len(scan.out), "linked" if linked else "keep", source, address=content.strip())
    )
    scan.out.append("")
    return end + 1


def _close_plain(scan: _Scan, group: _Group) -> None:
    # Braces that only protect a word go; sets, f{x}, JSON and 10^{-3} keep theirs.
    content = (scan.short(group.start + 1) or "") if group.kind != "raised" else ""
    joined = group.kind == "joined" and (
        len(content) > 2 or (content.isascii() and content.islower())
    )
    word = not joined and _WORD.fullmatch(content)
    mark = len(content) == 1 and not content.isalnum()
    if group.switched or word or mark:
        scan.out[group.start] = ""
    else:
        scan.out.append("}")
