"""What the tests of citations share."""

from __future__ import annotations

from xml.etree import ElementTree


def elements(content: bytes) -> ElementTree.Element:
    """XML as a program reads it."""
    return ElementTree.fromstring(content)
