"""What single settings take; each refuses the rest with a sentence that says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

_NAME = re.compile(r"\*|[\w-]+(\.[\w-]+)*\.?", re.ASCII)
_SERVER = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+):(\d{1,5})", re.ASCII)
_OPTION = re.compile(r"[a-z0-9-]+\.[a-z0-9_-]+")
_ORIGIN = r"https?://[\w.:\[\]-]+"


def _like(pattern: str, takes: str) -> AfterValidator:
    known = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not known.fullmatch(value):
            raise ValueError(f"it takes {takes}, not “{value[:80]}”")
        return value

    return AfterValidator(check)


def _parts(value: str) -> Iterator[str]:
    return (part.strip() for part in value.split(",") if part.strip())


def _not_empty(takes: str) -> Callable[[object], object]:
    def check(value: object) -> object:
        if isinstance(value, str) and not value.strip():
            raise ValueError(f"it is empty; it takes {takes}")
        return value

    return check


def _names(value: str) -> str:
    for part in _parts(value):
        if not _NAME.fullmatch(part):
            raise ValueError(
                f"“{part}” is no name of a host: it takes names by comma, without https://, port "
                "or path, e.g. paper.example.org, or * for all"
            )
    return value


def _networks(value: str) -> str:
    found = []
    for part in _parts(value):
        try:
            network = ip_network(part, strict=False)
        except ValueError:
            raise ValueError(
                f"“{part}” is no address: it takes addresses and networks by comma, "
                "e.g. 10.0.0.7, 192.168.0.0/16"
            ) from None
        # Of a network only its own bits: not all who read this leave the others aside.
        found.append(str(network) if "/" in part else part)
    return ", ".join(found)


def _servers(value: str) -> str:
    for part in _parts(value.lower()):
        found = _SERVER.fullmatch(part)
        if not found or not 0 < int(found[2]) < 65536:
            raise ValueError(
                f"“{part}” is no server: it takes host:port by comma, e.g. 127.0.0.1:23119"
            )
    return value.lower()


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
        good = good and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        good = False
    if not good or any(character.isspace() for character in value):
        raise ValueError(
            f"“{value[:80]}” is no address: it takes one like https://oai.example.org/oai"
        )
    return value


def _options(value: dict[str, object]) -> dict[str, object]:
    for name in value:
        if not _OPTION.fullmatch(name):
            raise ValueError(
                f"“{name}” is no option of a source: these are written NAME.OPTION, e.g. "
                "'zotero.key' (other settings stand before the first [table] of the file)"
            )
    return value


def _without_end(value: object) -> object:
    return value.rstrip("/") if isinstance(value, str) else value


_MAIL = r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+)?"

Folder = BeforeValidator(_not_empty("a folder"))
Bound = Annotated[
    str,
    BeforeValidator(_not_empty("an address to listen on: 127.0.0.1, or 0.0.0.0 for all")),
    _like(r"[\w.:%-]+", "an address to listen on, e.g. 127.0.0.1 or ::1"),
]
BasePath = Annotated[
    str,
    _like(r"(/[\w.~-]+)*", "a path that begins with / and does not end with it, e.g. /broadsheet"),
]
HostNames = Annotated[str, AfterValidator(_names)]
Networks = Annotated[str, AfterValidator(_networks)]
Servers = Annotated[str, AfterValidator(_servers)]
HeaderName = Annotated[str, _like(r"[A-Za-z0-9-]*", "the name of a header, e.g. X-Remote-User")]
Origins = Annotated[
    str,
    _like(
        rf"(\*|{_ORIGIN}(, *{_ORIGIN})*)?", "addresses by comma, e.g. https://lab.example.org, or *"
    ),
]
PublicUrl = Annotated[
    str,
    BeforeValidator(_without_end),
    _like(
        r"(https?://[^\s/?#@<>\"\x00-\x20\x7f-\U0010ffff]{1,250}(/[\w.~-]+){0,40})?",
        "an address without ? and #, e.g. https://paper.example.org; a name in other letters is "
        "written as xn--…",
    ),
]
MailServer = Annotated[str, _like(r"[\w.:-]*", "the name of a server, e.g. mail.example.org")]
MailAddress = Annotated[str, _like(_MAIL, "a mail address, e.g. paper@example.org")]
Contact = Annotated[
    str, _like(r"[\x21-\x7e]{0,200}", "a mail address or a page, up to 200 characters")
]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Options = AfterValidator(_options)
