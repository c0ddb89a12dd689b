"""Text as XML 1.0 holds it."""

from __future__ import annotations

import re
from collections.abc import Iterable

MEDIA_TYPE = "text/xml; charset=utf-8"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

# What no XML document may have in it, however it is written.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def escaped(text: str) -> str:
    """Text for an element or, between double quotes, an attribute; what XML cannot hold is a
    replacement character."""
    if _UNFIT.search(text):
        text = _UNFIT.sub("\ufffd", text)
    # By far most have none of these.
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    # Any reader would take a bare carriage return for a line feed.
    return text.replace("\r", "&#13;") if "\r" in text else text


def element(name: str, text: str) -> str:
    """An element of a text; nothing of an empty one."""
    return f"<{name}>{escaped(text)}</{name}>" if text else ""


def elements(name: str, texts: Iterable[str]) -> str:
    """An element for each text."""
    return "".join([element(name, text) for text in texts])
