"""What citeproc-py does amiss, put right in its own classes.

They are changed where they are, because citeproc-py makes names by itself where a style has none.

https://docs.citationstyles.org/en/stable/specification.html
"""

from __future__ import annotations

import re
from typing import Any

from citeproc import model  # type: ignore[import-untyped]

_WORD = re.compile(r"([-\s.]*)([^-\s.]+)")


def put_right() -> None:
    """Changes citeproc-py's classes for this process; a second call does nothing more."""
    model.Name.initialize = _initialize


def initials(given: str, mark: str, hyphens: bool) -> str:
    """A given name as initials, with ``mark`` after each: ``Jean-Luc de`` is ``J.-L. de``.

    As citeproc-js (and so Zotero) has it: a small letter after a hyphen begins no name of its own
    (``Yu-gang`` is ``Y.``), a later word in small letters is a particle, and letters that are
    neither small nor large are no initials. citeproc-py makes ``Y.-. gang .`` and ``. 李 .`` of
    these.
    """
    line = ""
    for place, (joint, word) in enumerate(_WORD.findall(given)):
        letter = next(filter(str.isalpha, word), "")
        if letter.isupper() or (letter.islower() and not place):
            joined = hyphens and "-" in joint
            line = (f"{line.rstrip()}-" if joined else line) + letter.upper() + mark
        elif not (letter.islower() and "-" in joint):
            line = f"{line.rstrip()} {word} "
    return " ".join(line.split())


def _initialize(self: Any, given: str, mark: str, context: Any) -> str:
    return initials(given, mark, self.get_option("initialize-with-hyphen", context))
