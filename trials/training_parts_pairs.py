"""Sources of pairs, negatives and one loss that have not won: for `trials.training` alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from broadsheet.learn.job import Job
from broadsheet.learn.losses import above_zero
from broadsheet.learn.pairs_reading import (
    acronyms,
    drawn,
    joined,
    key_terms,
    rows_of,
    sentences,
)
from broadsheet.learn.pairs_words import language, likelihood, words
from broadsheet.learn.parts import Loss, Negatives, Pair, Rows, Scored, part

_MOST_OF_TAG = 200  # papers; a tag of more says little
_DEFINED = re.compile(
    r"^(?P<term>(?:[A-Z][\w-]*|[A-Z])(?:\s[\w-]+){0,3}?)(?:\s\([^)]{2,12}\))?\s"
    r"(?P<is>is|are|refers to|refer to|is defined as|are defined as)\s(?=(?:a|an|the|one)\s)"
)
_OPENINGS = "this it there we that these those our here what which one such they he she as in"
_NO_TERM = frozenset(_OPENINGS.split())


@part("pairs", "shared-tags")
def shared_tags(job: Job, *, limit: int = 20_000, per_tag: int = 5) -> Iterator[Pair]:
    """Papers of one tag ask for each other: key terms and acronyms are the tags.

    As hashtags in HICL (Tan et al. 2023). Two papers of one tag have to share a category too,
    where both have any.
    """
    rng, documents = job.chance("shared-tags"), job.corpus.documents
    tagged: dict[str, list[int]] = defaultdict(list)
    for row, one in enumerate(documents):
        tags = {key for _, key in key_terms(one.title, one.abstract)}
        tags |= {f"{a.short}={a.long.casefold()}" for a in acronyms(one.title, one.abstract)}
        for tag in tags:
            tagged[tag].append(row)
    found: set[tuple[int, int]] = set()
    for rows in tagged.values():
        if 2 <= len(rows) <= _MOST_OF_TAG:
            some = [rows[place] for place in drawn(rng, len(rows), 2 * per_tag)]
            links = [(a, b) for a, b in combinations(some, 2) if _same_field(job, a, b)]
            found.update(links[:per_tag])
    links = sorted(found)
    for place in drawn(rng, len(links), limit):
        asking, answering = links[place]
        yield Pair(documents[asking].title, answering, "shared-tags")


def _same_field(job: Job, one: int, other: int) -> bool:
    mine, theirs = job.corpus.documents[one].categories, job.corpus.documents[other].categories
    return not mine or not theirs or bool(set(mine) & set(theirs))


@part("pairs", "title-keywords")
def title_keywords(job: Job, *, share: float = 1.0, least: int = 3) -> Iterator[Pair]:
    """A title asks for the bag of the paper's key terms and acronyms (VacancySBERT, 2023)."""
    rng = job.chance("title-keywords")
    for row in rows_of(rng, len(job.corpus), share):
        one = job.corpus.documents[row]
        bag = [term for term, _ in key_terms(one.title, one.abstract)]
        bag += [a.long for a in acronyms(one.title, one.abstract)]
        if one.title and len(bag) >= least:
            chosen = [bag[place] for place in drawn(rng, len(bag), len(bag))]
            yield Pair(one.title, row, "title-keywords", "; ".join(chosen))


@part("pairs", "two-views")
def two_views(job: Job, *, share: float = 1.0) -> Iterator[Pair]:
    """One half of a paper's fields asks for the other (Yao et al. 2021).

    Fields that go together stay together: neighbouring sentences, the title with one half,
    authors and categories with the other.
    """
    rng = job.chance("two-views")
    for row in rows_of(rng, len(job.corpus), share):
        one = job.corpus.documents[row]
        parts = sentences(one)
        if len(parts) < 2:
            continue
        middle = len(parts) // 2
        halves = [" ".join(parts[:middle]), " ".join(parts[middle:])]
        rng.shuffle(halves)
        about = " ".join([*one.authors[:3], *one.categories])
        yield Pair(joined(one.title, halves[0]), row, "two-views", joined(halves[1], about))


@part("pairs", "definitions")
def definitions(job: Job) -> Iterator[Pair]:
    """A term asks for the sentence that says what it is (DefSent+, Liu et al. 2024)."""
    for row, one in enumerate(job.corpus.documents):
        for sentence in sentences(one):
            found = _DEFINED.match(sentence)
            if found and found["term"].split()[0].lower() not in _NO_TERM:
                said = sentence[found.end() :]
                if said.count(" ") >= 5:
                    yield Pair(found["term"], row, "definitions", said)


@part("pairs", "words-attended")
def words_attended(
    job: Job,
    *,
    share: float = 1.0,
    mean_words: float = 4.0,
    sharpness: float = 10.0,
    initial: str = "all-MiniLM-L6-v2",
) -> Iterator[Pair]:
    """Representative words by an encoder's attention against the corpus's (B-PROP, 2021).

    What stands for the attention that a word gets in a paper is its cosine with the paper's mean,
    both by the encoder's vectors of single words; the corpus's is the same with the mean of all.
    """
    rng, documents = job.chance("words-attended"), job.corpus.documents
    known = language(documents)
    usual = [word for word, count in known.counts.items() if count >= 5]
    vectors = job.kept_vectors(job.encoder_of(initial), usual)
    place = {word: at for at, word in enumerate(usual)}
    centre = np.average(vectors, axis=0, weights=[known.counts[word] for word in usual])
    for row in rows_of(rng, len(documents), share):
        counts = Counter(word for word in words(documents[row]) if word in place)
        if len(counts) < 4:
            continue
        held = list(counts)
        own = vectors[[place[word] for word in held]]
        middle = np.average(own, axis=0, weights=list(counts.values()))
        gain = sharpness * (own @ middle / np.linalg.norm(middle) - own @ centre)
        chances = np.exp(gain - gain.max()) * np.array(list(counts.values()))
        chances /= chances.sum()
        size = int(np.clip(rng.poisson(mean_words), 2, len(held)))
        sets = [rng.choice(held, size, replace=False, p=chances).tolist() for _ in range(2)]
        best = max(sets, key=lambda found: likelihood(found, counts, known))
        yield Pair(" ".join(best), row, "words-attended")


@part("negatives", "sibling-terms")
def sibling_terms(job: Job, *, per_pair: int = 1) -> Negatives:
    """Papers with a sibling of one of the own paper's terms, and not the term itself.

    Siblings end in the same word ("graph network", "residual network"), as the skills of one
    parent in a taxonomy (Decorte et al. 2022).
    """
    if per_pair < 1:
        raise ValueError(f"per_pair must be 1 or more, not {per_pair}")
    rng, documents = job.chance("negatives"), job.corpus.documents
    terms = [{key for _, key in key_terms(one.title, one.abstract)} for one in documents]
    by_head: dict[str, list[int]] = defaultdict(list)
    for row, keys in enumerate(terms):
        for head in {key.split()[-1] for key in keys if " " in key}:
            by_head[head].append(row)

    def negatives(rows: Rows, _step: int) -> Rows:
        found = np.full((len(rows), per_pair), -1, np.int64)
        for place, own in enumerate(job.documents_of_pairs[rows].tolist()):
            heads = [key.split()[-1] for key in terms[own] if " " in key]
            for at in range(per_pair if heads else 0):
                others = by_head[heads[int(rng.integers(len(heads)))]]
                other = others[int(rng.integers(len(others)))]
                if not terms[own] & terms[other]:
                    found[place, at] = other
        return found

    return negatives


class _Selection(torch.nn.Module):
    """Whether a candidate would have been judged: logistic in the guide's score and margin."""

    def __init__(self) -> None:
        super().__init__()
        self.line = torch.nn.Linear(2, 1)
        self.fitting = torch.optim.Adam(self.parameters(), lr=0.05)

    def forward(self, guide: Tensor, own: Tensor) -> Tensor:
        """Logits (q, c)."""
        given: Tensor = self.line(torch.stack([guide, guide - own], -1)).squeeze(-1)
        return given


@part("loss", "coupled")
def coupled(_job: Job, *, temperature: float = 0.05, strength: float = 1.0) -> Loss:
    """InfoNCE whose negatives are weighted by how surely they are none (Cai et al. 2022, CET).

    Two models learn beside each other: the student's relevance, and whether a paper was picked
    to be judged (here: is a pair's own document or among its nearest), a line in the guide's score
    and margin. What would have been picked and is no positive is a sure negative; what the
    student finds relevant and would not have been picked is unlabelled, and counts little.
    """
    above_zero(temperature=temperature, strength=strength)
    model = _Selection()

    def loss(scored: Scored) -> Tensor:
        if scored.guide is None:
            raise ValueError("coupled needs a guide")
        guide = scored.guide
        own = guide.gather(1, scored.positives[:, None])
        relevant = torch.softmax(scored.scores.detach() / temperature, 1)
        picked = torch.zeros_like(guide).scatter_(1, scored.positives[:, None], 1.0)
        said = model(guide, own)
        # The picking is learned on the positives and, against them, what looks irrelevant.
        sure = (1 - relevant).clamp(min=0)
        error = -(picked * logsigmoid(said) + sure * (1 - picked) * logsigmoid(-said)).mean()
        model.fitting.zero_grad()
        error.backward()  # type: ignore[no-untyped-call]
        model.fitting.step()
        chance = torch.sigmoid(said.detach())
        level = relevant.gather(1, scored.positives[:, None])
        doubt = (relevant / (relevant + level + 1e-9)) * (1 - chance)
        weights = (1 - strength * doubt).clamp(min=1e-3)
        weights = weights.scatter(1, scored.positives[:, None], 1.0)
        values = scored.scores / temperature + weights.log()
        values = values.masked_fill(~scored.allowed, -torch.inf)
        lost: Tensor = (
            torch.logsumexp(values, 1) - values.gather(1, scored.positives[:, None])[:, 0]
        )
        return lost

    return loss


@part("extra", "uniformity")
def uniformity(job: Job, *, weight: float = 0.1, sharpness: float = 2.0) -> Loss:
    """Spreads the papers of a batch over the sphere (Wang and Isola 2020); tells how they lie.

    ``mean_cosine`` in the history is the mean cosine of two different papers, of late.
    """

    def extra(scored: Scored) -> Tensor:
        cosines = scored.candidates @ scored.candidates.T
        count = len(cosines)
        apart = ~torch.eye(count, dtype=torch.bool)
        job.history["mean_cosine"] = float(cosines.detach()[apart].mean())
        near = torch.exp(2 * sharpness * (cosines - 1))[apart]
        return (weight * near.mean().log()).expand(len(scored.positives))

    return extra
