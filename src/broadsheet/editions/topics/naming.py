"""What topics are called: the subjects that their papers speak of and others do not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from broadsheet.editions.topics.values import Floats, Topic

# A name stays until its subjects tell the topic less than this share of what the best ones do.
_STAYS = 0.5
_LEAST_PAPERS = 2.0
_LONGER = 0.4  # of a phrase's worth, for each word more than one
# A second subject is added while the first is in fewer papers than this share, and this share of
# the worth of the first is the least that it needs.
_ENOUGH, _WORTHY = 0.6, 0.35
_ALSO_ELSEWHERE = 0.5  # what a subject counts for that has a word of another topic's name
_STEM = 5  # letters from which words that begin alike are one
_NAMES = 0.9  # of a word's uses with a capital, from which it is a name
_PLURAL = 0.12  # of a subject's uses from which it is printed in the plural


def tallied(subjects: Iterable[Mapping[str, str]]) -> Counter[str]:
    """In how many papers each subject is."""
    return Counter(key for paper in subjects for key in paper)


def worths(counts: Sequence[Mapping[str, float]], mass: Floats) -> list[dict[str, float]]:
    """What each subject tells of each topic: p · log(p / q) with p its share of the topic's
    papers and q that of the other topics' papers; phrases a little more. Positive ones only."""
    everywhere: dict[str, float] = {}
    for topic in counts:
        for key, count in topic.items():
            everywhere[key] = everywhere.get(key, 0.0) + count
    total = float(mass.sum())
    found = []
    for topic, size in zip(counts, mass.tolist(), strict=True):
        told: dict[str, float] = {}
        for key, count in topic.items():
            if count < _LEAST_PAPERS:
                continue
            inside = count / max(size, 1.0)
            outside = (everywhere[key] - count + 0.5) / (total - size + 1.0)
            worth = inside * math.log(inside / outside)
            if worth > 0:
                told[key] = worth * (1 + _LONGER * min(key.count(" "), 2))
        found.append(told)
    return found


def named(
    topics: Sequence[Topic],
    counts: Sequence[Mapping[str, float]],
    mass: Floats,
    printed: Mapping[str, str],
) -> list[tuple[tuple[str, ...], str]]:
    """The subjects and the name of each topic: the ones it has where they still tell it.

    ``printed``: how papers print a subject. Larger topics choose first, and the others keep off
    their words. ((), '') for a topic without any subject.
    """
    told = worths(counts, mass)
    result = [(topic.subjects, topic.name) for topic in topics]
    taken: set[str] = set()
    stems: set[str] = set()
    order = sorted(range(len(topics)), key=lambda row: (-mass[row], topics[row].number))
    fresh = []
    for row in order:
        topic, worth = topics[row], told[row]
        if not topic.rests and not _still(topic, worth):
            fresh.append(row)
            continue
        taken.update(topic.subjects)
        stems |= {stem for key in topic.subjects for stem in _stems(key)}
    for row in fresh:
        worth = {
            key: value * (_ALSO_ELSEWHERE if _stems(key) & stems else 1.0)
            for key, value in told[row].items()
            if key not in taken
        }
        chosen = _chosen(worth, counts[row], max(float(mass[row]), 1.0))
        if set(chosen) == set(topics[row].subjects):
            continue
        taken.update(chosen)
        stems |= {stem for key in chosen for stem in _stems(key)}
        result[row] = (chosen, headline([printed.get(key, key) for key in chosen]))
    return result


def _still(topic: Topic, worth: Mapping[str, float]) -> bool:
    """Whether the name that a topic has still tells it."""
    if not topic.subjects:
        return False
    count = len(topic.subjects)
    best = sum(sorted(worth.values(), reverse=True)[:count])
    return sum(worth.get(key, 0.0) for key in topic.subjects) >= _STAYS * best


def _chosen(
    worth: Mapping[str, float], counts: Mapping[str, float], size: float
) -> tuple[str, ...]:
    if not worth:
        return ()
    order = sorted(worth, key=lambda key: (-worth[key], key))
    first = order[0]
    if counts[first] / size >= _ENOUGH:
        return (first,)
    for key in order[1:]:
        if worth[key] < _WORTHY * worth[first]:
            break
        if not _stems(first) & _stems(key) and not _initials(first, key):
            return first, key
    return (first,)


def _stems(key: str) -> set[str]:
    return {word[:_STEM] for word in key.split()}


def _initials(one: str, other: str) -> bool:
    """Whether one is the short form of the other by its first letters."""
    short, long = sorted((one, other), key=lambda key: key.count(" "))
    return " " not in short and short == "".join(word[0] for word in long.split())


def headline(parts: Sequence[str]) -> str:
    """ "Galaxies and star formation": a capital at the beginning, short forms as they are."""
    text = " and ".join(parts)
    return text[:1].upper() + text[1:]


def _proper(papers: Sequence[Mapping[str, str]]) -> set[str]:
    """The words that papers print with a capital nearly always: names, as "Gaussian" is."""
    large: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for paper in papers:
        for text in paper.values():
            for word in text.split():
                if word.isalpha() and word[1:].islower():
                    (large if word[0].isupper() else small)[word.lower()] += 1
    return {word for word, n in large.items() if n >= _NAMES * (n + small[word])}


def _quiet(word: str, proper: set[str]) -> str:
    """A word in lower case, unless it is a name or has capitals or figures inside."""
    if "-" in word:
        return "-".join(_quiet(part, proper) for part in word.split("-"))
    if not word.isalpha() or not word[1:].islower():
        return word
    return word.capitalize() if word.lower() in proper else word.lower()


def surfaces(papers: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """How papers print each subject: as most do, in the plural where many do."""
    papers = list(papers)
    proper = _proper(papers)
    seen: dict[str, Counter[str]] = {}
    for paper in papers:
        for key, text in paper.items():
            quiet = " ".join(_quiet(word, proper) for word in text.split())
            seen.setdefault(key, Counter())[quiet] += 1
    found = {}
    for key, texts in seen.items():
        least = _PLURAL * texts.total()
        often = {text: n for text, n in texts.items() if n >= least and not _is(key, text)}
        found[key] = min(often or texts, key=lambda text: (-texts[text], text))
    return found


def _is(key: str, text: str) -> bool:
    """Whether a subject is printed in the singular."""
    return text.lower().replace("-", " ") == key


def top_subjects(counts: Sequence[Mapping[str, float]], mass: Floats, most: int) -> list[list[str]]:
    """The most telling subjects of each topic."""
    return [
        sorted(worth, key=lambda key: (-worth[key], key))[:most] for worth in worths(counts, mass)
    ]
