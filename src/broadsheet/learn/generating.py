"""Queries written by a language model, asked through any OpenAI-compatible endpoint. Optional.

The model is shown a few real queries with their papers (InPars, Bonifacio et al. 2022) and writes
some for each paper. Every answer is kept in a file as it comes, so that an interrupted run goes on
where it stopped and no answer is paid for twice. What cannot be read as queries is counted and left
out. `round_trip` then keeps the queries that find their paper (Promptagator, Dai et al. 2022).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from broadsheet.learn.errors import LearnError
from broadsheet.learn.guards import needs_guide
from broadsheet.learn.pairs_reading import rows_of
from broadsheet.learn.parts import Pair, Rows, part
from broadsheet.sources import Client, FetchError, Patience
from broadsheet.text import title_key

if TYPE_CHECKING:
    from broadsheet.learn.corpus import Document
    from broadsheet.learn.job import Job

KEY_VARIABLE = "BROADSHEET_GENERATOR_KEY"
_PATIENCE = Patience(read=300.0, total=600.0, attempts=6, backoff=0.5, wait=600.0)
_LONGEST, _SHORTEST = 300, 8  # characters of a query
_ABSTRACT = 3_000  # characters of an abstract that are shown
_GIVE_UP = 20  # broken answers in a row, before any good one
_MARK = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.):])\s*")
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?")


@dataclass(frozen=True, slots=True)
class Example:
    """A real query and the paper that it was to find."""

    query: str
    title: str
    abstract: str


EXAMPLES = (
    Example(
        "do synthetic queries help when there are no relevance labels",
        "Exploring the Viability of Synthetic Query Generation for Relevance Prediction",
        "Shows synthetic-query training loses to cross-domain transfer for graded relevance; "
        "label-conditioned generation helps but stays unfaithful to labels.",
    ),
    Example(
        "hard negatives without extra memory for extreme classification",
        "NGAME: Negative Mining-aware Mini-batching for Extreme Classification",
        "Composes mini-batches so that in-batch examples are accurate negatives, avoiding mining "
        "overhead and allowing larger transformer batches over millions of labels.",
    ),
    Example(
        "names of the same disease close together in embedding space",
        "Self-Alignment Pretraining for Biomedical Entity Representations",
        "Aligns synonymous biomedical names by metric learning over an ontology, giving one "
        "encoder for entity linking without task labels.",
    ),
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where queries are written: a base address (``https://host/v1``), a model, a key or ''."""

    address: str
    model: str
    key: str = ""

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise ValueError(
                f"endpoint must be an address like http://127.0.0.1:8080/v1, not {self.address!r}"
            )
        if not self.model:
            raise ValueError("model is missing: name a model that the endpoint has")

    def __repr__(self) -> str:
        return f"Endpoint({self.address!r}, {self.model!r})"  # never the key

    @property
    def host(self) -> str:
        """Its ``host:port``."""
        scheme, _, rest = self.address.partition("://")
        host = rest.partition("/")[0].lower()
        return host if re.search(r":\d+$", host) else f"{host}:{443 if scheme == 'https' else 80}"


@dataclass(slots=True)
class Tally:
    """What came of asking: papers ``answered`` before and now, ``broken`` answers, ``queries``."""

    answered: int = 0
    asked: int = 0
    broken: int = 0
    queries: int = 0


@part("pairs", "generated")
def generated(
    job: Job,
    *,
    endpoint: str = "",
    model: str = "",
    share: float = 1.0,
    per_paper: int = 3,
    examples: str = "",
    temperature: float = 0.7,
) -> Iterator[Pair]:
    """Queries that a model at ``endpoint`` writes for a ``share`` of the papers.

    ``examples`` is a file of real queries, a JSON object with query, title and abstract a line;
    without it three that come with the package are shown. The key is taken from the variable
    BROADSHEET_GENERATOR_KEY and goes nowhere else.
    """
    if not 1 <= per_paper <= 20 or not 0 <= temperature <= 2:
        raise ValueError("per_paper must be from 1 to 20, temperature from 0 to 2")
    asked = Endpoint(endpoint, model, os.environ.get(KEY_VARIABLE, ""))
    shown = read_examples(Path(examples)) if examples else EXAMPLES
    rows = rows_of(job.chance("generated"), len(job.corpus), share)
    documents = [job.corpus.documents[row] for row in rows]
    answers = Answers(job.cache / "generated", asked, shown, per_paper, temperature)
    tally = answers.complete(documents)
    job.history["generated_queries"] = tally.queries
    job.history["generated_broken"] = tally.broken
    for row, document in zip(rows, documents, strict=True):
        for query in answers.known.get(document.key.hex(), ()):
            yield Pair(query, row, "generated")


@part("choice", "round-trip")
def round_trip(job: Job, *, depth: int = 10, source: str = "generated") -> Rows:
    """Pairs whose query finds its own paper among the guide's first ``depth``.

    Only pairs of ``source`` are asked ('': all), the others stay. The history tells how many
    went: ``round_trip_lost``, a share of those asked.
    """
    if depth < 1:
        raise ValueError(f"depth must be 1 or more, not {depth}")
    needs_guide(job)
    asked = np.array(
        [row for row, pair in enumerate(job.pairs) if source in ("", pair.source)], np.int64
    )
    keep = np.ones(len(job.pairs), np.bool_)
    documents = job.guide_documents(np.arange(len(job.corpus)))
    block = max(1, 16_000_000 // max(len(documents), 1))
    for start in range(0, len(asked), block):
        rows = asked[start : start + block]
        scores = job.guide_queries(rows) @ documents.T
        own = scores[np.arange(len(rows)), job.documents_of_pairs[rows]]
        keep[rows] = (scores > own[:, None]).sum(1) < depth
    job.history["round_trip_lost"] = float((~keep).sum() / max(len(asked), 1))
    return np.flatnonzero(keep)


class Answers:
    """The answers of one model to one prompt, in a file of JSON lines that only grows."""

    def __init__(
        self,
        folder: Path,
        endpoint: Endpoint,
        examples: Sequence[Example],
        per_paper: int,
        temperature: float,
    ) -> None:
        self._endpoint, self._examples = endpoint, examples
        self._per_paper, self._temperature = per_paper, temperature
        told = json.dumps([1, endpoint.model, per_paper, temperature, *map(str, examples)])
        self.file = folder / f"{blake2b(told.encode(), digest_size=8).hexdigest()}.jsonl"
        self.known: dict[str, tuple[str, ...]] = {}
        self._torn = False
        self._read()

    def complete(self, documents: Sequence[Document]) -> Tally:
        """Asks for the papers that have no answer yet; raises `LearnError` when it cannot go on."""
        tally = Tally()
        missing = [one for one in documents if one.key.hex() not in self.known]
        if missing:
            self._ask(missing, tally)
        tally.answered = len(documents)
        tally.queries = sum(len(self.known[one.key.hex()]) for one in documents)
        tally.broken = sum(not self.known[one.key.hex()] for one in documents)
        return tally

    def _ask(self, documents: Sequence[Document], tally: Tally) -> None:
        folder = self.file.parent
        folder.mkdir(parents=True, exist_ok=True)
        host = self._endpoint.host  # named by the operator: it may be private, and sets its pace
        client = Client(
            folder / "asked",
            private=frozenset((host,)),
            intervals={host: 0.0},
            patience=_PATIENCE,
        )
        good = 0
        try:
            with self.file.open("a", encoding="utf-8") as file:
                if self._torn:
                    file.write("\n")  # ends the line that a killed run left unfinished
                for document in documents:
                    queries = self._queries(client, document)
                    tally.asked += 1
                    good += bool(queries)
                    if not good and tally.asked >= _GIVE_UP:
                        raise LearnError(
                            f"{self._endpoint.address}: {tally.asked} answers and no query in"
                            " them; try another model, or look at the answers"
                        )
                    name = document.key.hex()
                    file.write(json.dumps({"key": name, "queries": queries}) + "\n")
                    file.flush()
                    self.known[name] = tuple(queries)
        except FetchError as error:
            raise LearnError(
                f"{error}; {len(self.known)} answers are kept, train again to go on"
            ) from None
        except OSError as error:
            raise LearnError(f"{self.file}: cannot be written ({error.strerror})") from error
        finally:
            client.close()

    def _queries(self, client: Client, document: Document) -> list[str]:
        headers = {"Content-Type": "application/json"}
        if self._endpoint.key:
            headers["Authorization"] = f"Bearer {self._endpoint.key}"
        body = {
            "model": self._endpoint.model,
            "messages": prompt(document, self._examples, self._per_paper),
            "temperature": self._temperature,
            "max_tokens": 60 * self._per_paper,
        }
        answer = client.post(
            f"{self._endpoint.address.rstrip('/')}/chat/completions",
            json.dumps(body).encode(),
            headers=headers,
            interval=0.0,
            accept="application/json",
            again=True,
        )
        return read_queries(answer.content, document.title, self._per_paper)

    def _read(self) -> None:
        """Takes in the answers of earlier runs; a line that a killed run tore is asked again."""
        if not self.file.is_file():
            return
        try:
            text = self.file.read_text("utf-8", "replace")
        except OSError as error:
            raise LearnError(f"{self.file}: cannot be read ({error.strerror})") from error
        self._torn = bool(text) and not text.endswith("\n")
        for line in text.splitlines():
            try:
                row = json.loads(line)
                self.known[str(row["key"])] = tuple(str(one) for one in row["queries"])
            except (ValueError, KeyError, TypeError):
                continue


def prompt(document: Document, examples: Sequence[Example], count: int) -> list[dict[str, str]]:
    """The messages that ask for ``count`` queries: each example is a turn with a real answer."""
    system = (
        "You write search queries. For a paper you get, write what a researcher who does not know"
        " it would type to find it: short, specific, in other words than its title. One query a"
        " line, nothing else."
    )
    messages = [{"role": "system", "content": system}]
    for example in examples:
        messages.append({"role": "user", "content": _shown(example.title, example.abstract, 1)})
        messages.append({"role": "assistant", "content": example.query})
    messages.append({"role": "user", "content": _shown(document.title, document.abstract, count)})
    return messages


def _shown(title: str, abstract: str, count: int) -> str:
    wanted = "1 query" if count == 1 else f"{count} queries"
    return f"Title: {title}\nAbstract: {abstract[:_ABSTRACT]}\n\nWrite {wanted}."


def read_queries(content: bytes, title: str, most: int) -> list[str]:
    """The queries of an answer, at most so many; none where it cannot be read.

    Numbering and quotes go; lines that are too short or long, that end in a colon (an opening
    remark), that repeat the title or one another are left out.
    """
    try:
        text: Any = json.loads(content)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError):
        return []
    if not isinstance(text, str):
        return []
    found: dict[str, str] = {}
    for line in re.sub(r"<think>.*?(</think>|$)", "", text, flags=re.DOTALL).splitlines():
        query = " ".join(_MARK.sub("", line).strip(" \t\"'“”`*").split())
        key = title_key(query) or query.casefold()
        usable = _SHORTEST <= len(query) <= _LONGEST and not query.endswith(":")
        if usable and (not title or key != title_key(title)):
            found.setdefault(key, query)
    return list(found.values())[:most]


def read_examples(file: Path) -> tuple[Example, ...]:
    """Real queries from a file of JSON lines; raises ValueError for none, or naming a line."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"examples: {file} cannot be read ({error})") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            found.append(Example(*(str(row[name]) for name in ("query", "title", "abstract"))))
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                f"examples: {file}, line {number}: is no JSON object with query, title, abstract"
            ) from None
    if not found:
        raise ValueError(f"examples: {file} holds none")
    return tuple(found)
