"""Papers that somebody names: ids and titles by line, or a file out of their library."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from broadsheet.papers import Paper
from broadsheet.readers import checks
from broadsheet.readers.errors import ReadersError
from broadsheet.sources import Arrived, SourceError, read
from broadsheet.text import clean_paper

MOST_BYTES = 5_000_000
_ENDINGS = (".bib", ".ris", ".json", ".jsonl")
# How a file of references begins: an entry of BibTeX, a field of RIS, JSON.
_FILE = re.compile(r"\s*(?:@\w+\s*[{(]|%|TY  -|[\[{])")
_SOURCE = "own"


def references_of_file(content: bytes, name: str) -> list[Paper]:
    """The references of a file that was sent; ``name`` is the file's, whose ending helps to read
    it. Raises `ReadersError` with what is wrong."""
    if len(content) > MOST_BYTES:
        raise ReadersError(f"the file is larger than {MOST_BYTES // 1_000_000} MB")
    ending = Path(name).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder:
        path = Path(folder) / f"papers{ending if ending in _ENDINGS else ''}"
        path.write_bytes(content)
        try:
            return references(path)
        except ReadersError as error:
            said = str(error).replace(str(path), checks.file_name(name, path.name))
            raise ReadersError(said) from error


def references(path: Path) -> list[Paper]:
    """What a file names: BibTeX, RIS, CSL-JSON, or whatever else `sources` reads, cleaned.

    Raises `ReadersError` with what is wrong.
    """
    try:
        arrived = [one for one in read(path, source=_SOURCE) if isinstance(one, Arrived)]
    except SourceError as error:
        raise ReadersError(str(error)) from error
    except OSError as error:
        raise ReadersError(f"{path}: {error.strerror or error}") from error
    papers = [clean_paper(one.paper) for one in arrived]
    if not (named := [paper for paper in papers if paper.title]):
        raise ReadersError(f"{path}: holds no reference with a title")
    return named


def references_in(text: str) -> list[Paper]:
    """What a text names: the entries of a file that was pasted, else by line the ids, DOIs and
    addresses in it, or a title. Raises `ReadersError` with what is wrong."""
    if _FILE.match(text):
        return references_of_file(text.encode("utf-8", "replace"), "what was pasted")
    from broadsheet.search import names_in  # slow to load, seldom needed

    found: list[Paper] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        named, _ = names_in(line)
        found += [Paper(one.name, _SOURCE, "") for one in named] or [Paper("", _SOURCE, line)]
    return found
