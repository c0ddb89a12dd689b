"""Addresses of code, data, models and project pages in a text, mended and checked for form.

Abstracts break addresses: at line ends, by a missing scheme, by the full stop that follows. What
cannot be read for certain is left out: a link that leads astray is worse than none.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from broadsheet.text.reading.values import FoundLink, LinkKind

LONGEST = 500  # code points of an address
MOST = 20  # of one text
_HOSTS = (
    r"(?:github|gitlab|kaggle|figshare|bitbucket|modelscope)\.com|huggingface\.co|hf\.co|zenodo\.org"
    r"|osf\.io|codeberg\.org|modelscope\.cn|openneuro\.org|physionet\.org|anonymous\.4open\.science"
)
# An address with its scheme, perhaps with spaces in it; or without one, where a host is known.
_ADDRESS = re.compile(
    r"""(?P<scheme>https?\s?:\s?/\s?/\s?)(?P<rest>[^\s<>"“”{}|^`$]+)"""
    rf"""|(?<![\w@./-])(?P<bare>(?:www\.[\w-]+(?:\.[\w-]+)+|(?:www\.)?(?:{_HOSTS})(?=/)"""
    r"""|[\w-]+\.(?:github|gitlab)\.io\b)[^\s<>"“”{}|^`$]*)""",
    re.IGNORECASE,
)
_MARKS = ("www.", ".io")
_SLASHED_MARKS = ("http", ".com/", ".org/", ".co/", ".cn/", ".science/")  # a "/" stands behind each
_LONGEST_NAME = 80  # code points of a host before its mark; a part of one has 63 at most
_HOST_CUT = re.compile(r"(?:www\.)?(?:github|gitlab|huggingface|zenodo|kaggle)\.?$", re.IGNORECASE)
_HOST_REST = re.compile(r"\s?\.?\s?((?:com|co|org)/[^\s<>\"“”{}|^`$]+)")
_NEXT_PART = re.compile(r" ([\w.~-]+(?:/[\w.~-]+)*/?)(?=\s*(?:$|[).,;]))")
_ESCAPED = re.compile(r"\\([_%#&~])(?:\{\})?")
_GLUED = re.compile(r"(?<=[\w/])\.(?:The|We|Our|This|These|Code|Data|All|In|It|A|Project)$")
_OWN_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]+)")
_PRIVATE = re.compile(
    r"(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|test|invalid|example"
    r"|onion|arpa)$|(?:^|\.)example\.(?:com|org|net)$|(?:^|\.)(?:your|my)?(?:domain|website)\.com$"
)

_ARCHIVES = re.compile(
    r"(?:^|\.)(?:zenodo\.org|figshare\.com|osf\.io|dataverse\.\w+|data\.mendeley\.com|datadryad\.org"
    r"|doi\.org|drive\.google\.com|dropbox\.com)$"
)
_DATA_HOSTS = re.compile(
    r"(?:^|\.)(?:kaggle\.com|openneuro\.org|physionet\.org|ieee-dataport\.org|dataverse\.[\w.]+"
    r"|archive\.ics\.uci\.edu)$|^data(?:sets?|verse)?\."
)
_CODE_HOSTS = re.compile(
    r"(?:^|\.)(?:github\.com|bitbucket\.org|codeberg\.org|sourceforge\.net|anonymous\.4open\.science"
    r"|pypi\.org|pypi\.python\.org|cran\.r-project\.org|colab\.research\.google\.com|codeocean\.com"
    r"|gitee\.com|gitlab\.[\w.-]+|savannah\.gnu\.org)$|^git(?:hub|lab|ea)?\.|^gist\.github\.com$"
)
_PROJECT_HOSTS = re.compile(r"\.(?:github|gitlab)\.io$|^sites\.google\.com$|\.readthedocs\.io$")
_ABOUT_PAPERS = re.compile(r"(?:^|\.)(?:arxiv\.org|aclanthology\.org|openreview\.net|acm\.org)$")
_SAID_WORDS: tuple[tuple[LinkKind, str], ...] = (
    (
        "code",
        r"\b(?:codes?|source|implementations?|software|packages?|librar(?:y|ies)|toolbox|toolkit"
        r"|repositor(?:y|ies)|scripts?|open-sourced?)\b",
    ),
    ("data", r"\b(?:data|datasets?|corpus|corpora|benchmarks?|catalogu?es?|annotations?)\b"),
    ("model", r"\b(?:models?|weights|checkpoints?)\b"),
    ("project", r"\b(?:project|web ?sites?|web ?pages?|pages?|demos?|videos?|portal|server)\b"),
)
_SAID: tuple[tuple[LinkKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _SAID_WORDS
)
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[A-Z])")
_SAID_BEFORE = 160  # code points before an address that tell what it is
_RESERVED = frozenset(("papers", "docs", "blog", "learn", "collections", "organizations", "models"))


def found_links(text: str) -> tuple[FoundLink, ...]:
    """The addresses of a text in order, each once; linear, never raises."""
    low = text[:200_000]
    sign = _first_sign(low)
    if sign < 0:
        return ()
    found: dict[str, FoundLink] = {}
    for match in _ADDRESS.finditer(low, max(0, sign - _LONGEST_NAME)):
        if len(found) >= MOST:
            break
        link = _link(low, match)
        if link:
            found.setdefault(link.url.removesuffix("/").lower(), link)
    return tuple(found.values())


def _first_sign(text: str) -> int:
    """Where the first sign of an address stands, -1 where none does: in four texts of five."""
    low = text.lower()
    marks = _MARKS + _SLASHED_MARKS if "/" in text else _MARKS
    signs = [low.find(mark) for mark in marks]
    return min([at for at in signs if at >= 0], default=-1)


def shown_host(host: str) -> str:
    """A host's name for people: one in other letters than ASCII with its ASCII form beside it."""
    if "xn--" not in host:
        return host
    try:
        return f"{host.encode('ascii').decode('idna')} ({host})"
    except UnicodeError:
        return host


def _link(text: str, match: re.Match[str]) -> FoundLink | None:
    raw = match["rest"] or match["bare"]
    if len(raw) > LONGEST:
        return None
    raw = _mended(text, raw, match.end())
    named = match["scheme"] or "https"
    scheme = "https" if named[4:5] in "sS" else "http"
    address = _trimmed(_ESCAPED.sub(r"\1", raw))
    if not address or len(address) > LONGEST:
        return None
    parts = _parts(f"{scheme}://{address}")
    if parts is None:
        return None
    url, split = parts
    host = split.hostname or ""
    return FoundLink(_kind(host, split.path, text, match.start()), url, host)


def _mended(text: str, raw: str, end: int) -> str:
    """The address with what a line break cut off it."""
    if _HOST_CUT.fullmatch(raw):
        rest = _HOST_REST.match(text, end)
        if rest:
            return f"{raw.rstrip('.')}.{rest[1]}"
    if raw[-1] in "/-_" and raw.count("/") in (1, 2, 3) and text[end : end + 1] == " ":
        rest = _NEXT_PART.match(text, end, end + 120)
        cut = raw[-1] != "/" or raw.count("/") == 2
        # One more part, that ends its sentence: "github.com/someone/ something."
        if rest and cut and _hosted(raw):
            return raw + rest[1]
    return raw


def _hosted(raw: str) -> bool:
    host = raw.partition("/")[0].lower()
    return bool(_CODE_HOSTS.search(host) or host in ("huggingface.co", "hf.co"))


def _trimmed(address: str) -> str:
    """Without the marks that belong to the sentence."""
    while address:
        last = address[-1]
        unpaired = last in ")]" and address.count(last) > address.count("([)]"[")]".index(last)])
        if last in ".,;:!?'’*\\&-–—" or unpaired or last in "([":
            address = address[:-1]
            continue
        break
    for mark in (")", "]"):
        # "(https://a.b/c)and": nothing of an address follows a bracket that it did not open.
        place = address.find(mark)
        if place >= 0 and "([)]"[")]".index(mark)] not in address[:place]:
            address = address[:place]
    address = address.split("),")[0].split("';")[0]
    return _GLUED.sub("", address).rstrip(".,;:")


def _parts(url: str) -> tuple[str, SplitResult] | None:
    """The address with its host in ASCII; None for what is none or cannot be reached by all."""
    try:
        split = urlsplit(url)
        host = (split.hostname or "").rstrip(".")
        port = split.port
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except (ValueError, UnicodeError):
        return None
    if "@" in split.netloc or not host or _PRIVATE.search(host):
        return None
    try:
        # Numbers in place of a name are no place that a paper's readers should be sent to.
        ipaddress.ip_address(host)
        return None
    except ValueError:
        if not _OWN_HOST.fullmatch(host) or len(host) > 253:
            return None
    if any(ord(char) < 33 or char in "<>\"'\\" for char in split.path + split.query):
        return None
    whole = split._replace(netloc=f"{host}:{port}" if port else host)
    return whole.geturl(), whole


def _kind(host: str, path: str, text: str, start: int) -> LinkKind:
    segments = [part for part in path.split("/") if part]
    if host in ("huggingface.co", "www.huggingface.co", "hf.co"):
        return _at_hugging_face(segments)
    if host.startswith(("www.modelscope.", "modelscope.")):
        return "data" if segments[:1] == ["datasets"] else "model"
    if _ABOUT_PAPERS.search(host):
        return "other"
    if host.endswith("github.com") and len(segments) < 2:
        said = _said(text, start)  # somebody's page, where their code is
        return "project" if said == "other" else said
    if host.endswith("kaggle.com") and segments[:1] == ["code"]:
        return "code"
    if host.endswith("kaggle.com") and segments[:1] == ["models"]:
        return "model"
    for pattern, kind in _BY_HOST:
        if pattern(host):
            return kind
    said = _said(text, start)
    if _ARCHIVES.search(host):
        return _archived(host, path, said)
    return said


def _archived(host: str, path: str, said: LinkKind) -> LinkKind:
    """An archive has all sorts: what is said of it, else data."""
    if host.endswith("doi.org") and not re.match(
        r"/10\.(?:5281|6084|17605|7910|17632|5061)/", path
    ):
        return "other"
    return said if said in ("code", "model") else "data"


def _at_hugging_face(segments: list[str]) -> LinkKind:
    if segments[:1] == ["datasets"]:
        return "data"
    if segments[:1] == ["spaces"]:
        return "project"
    if not segments or segments[0] in _RESERVED:
        return "model" if segments[:1] == ["collections"] else "other"
    return "model" if len(segments) > 1 else "project"


def _said(text: str, start: int) -> LinkKind:
    """What the words before an address say that it is."""
    before = text[max(0, start - _SAID_BEFORE) : start]
    before = _SENTENCE_END.split(before)[-1]
    for kind, pattern in _SAID:
        if pattern.search(before):
            return kind
    return "other"


_BY_HOST: tuple[tuple[Callable[[str], object], LinkKind], ...] = (
    (_CODE_HOSTS.search, "code"),
    (_DATA_HOSTS.search, "data"),
    (_PROJECT_HOSTS.search, "project"),
)
