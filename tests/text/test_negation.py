"""What a text denies, told by rules."""

from __future__ import annotations

import time

import pytest

from broadsheet.text import denials, read_paper


def denied(text: str) -> list[str]:
    return [text[one.scope.start : one.scope.end] for one in denials(text)]


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("We train a policy without reward models or verifiers.", ["reward models or verifiers"]),
        ("Our label-free method works.", ["label"]),
        ("A bound for non-convex losses is shown.", ["convex"]),
        ("It does not require labels and is fast.", ["require labels"]),
        ("We use samples rather than gradients, which is cheap.", ["gradients"]),
        ("It needs neither labels nor a teacher.", ["labels", "a teacher"]),
        ("Models fail to count objects because of noise.", ["count objects"]),
        ("Without correction, it is unreliable.", ["correction"]),
        ("It avoids Monte Carlo methods by solving an integral.", ["Monte Carlo methods"]),
        (
            "We avoid private, toxic, or illegal content here.",
            ["private, toxic, or illegal content here"],
        ),
        ("The lack of large, annotated corpora is felt.", ["large, annotated corpora"]),
        ("It is fast (no labels needed).", ["labels needed"]),
        ("Élan without gradients.", ["gradients"]),
        ("No assumption is made about the noise.", ["assumption is made about the noise"]),
    ],
)
def test_what_is_denied_reaches_to_the_end_of_its_phrase(text: str, scopes: list[str]) -> None:
    assert denied(text) == scopes


@pytest.mark.parametrize(
    "text",
    [
        "It is not only fast but also exact.",
        "Without loss of generality, let x be real.",
        "It works with and without labels.",
        "This cannot be overstated.",
        "We count yes-no questions with the No-U-Turn Sampler.",
        "The No Language Left Behind models solve the non-trivial task.",
        "The free energy has two degrees of freedom.",
        "We ask whether it converges or not.",
        "A CNOT gate and a NOT gate are built.",
        "It takes no longer than a second.",
        "Nonetheless it is a notable notion.",
    ],
)
def test_a_look_alike_denies_nothing(text: str) -> None:
    assert denied(text) == []


def test_the_cue_and_its_kind_are_told() -> None:
    text = "Existing methods cannot count; ours counts without training."
    one, other = denials(text)

    assert text[one.cue.start : one.cue.end] == "cannot"
    assert (one.kind, other.kind) == ("negation", "exclusion")


@pytest.mark.parametrize(
    "text",
    ["", "not", "without", "no", "non-", "-free", "free", "not (", "without, ", "¬ 不是 не без",
     "NOT NOT NOT", "no" * 1000, "lack of", "neither nor neither nor", "w/o", "\ud800 not \ud800"],
)  # fmt: skip
def test_odd_texts_break_nothing(text: str) -> None:
    for one in denials(text):
        assert 0 <= one.scope.start < one.scope.end <= len(text)


@pytest.mark.parametrize("part", ["not ", "non-", "without a, ", "not (", "a-free ", "no $x$ "])
def test_long_texts_take_no_long_time(part: str) -> None:
    started = time.process_time()
    denials(part * 10_000)

    assert time.process_time() - started < 3


def test_a_reading_has_the_scopes_in_the_abstract() -> None:
    abstract = "We propose a method for the ranking of papers. It is trained without any labels."
    reading = read_paper("Ranking", abstract)

    assert [abstract[span.start : span.end] for span in reading.denied] == ["any labels"]
