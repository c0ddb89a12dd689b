"""A trained encoder is put in use, and taken out of use again.

All this does is to write ``HOME/learn/CURRENT`` (`encoders.write_standing`), in one step, and to
note it on the card. Whoever holds the index's lock sees it and files a generation with the
encoder beside the one in use, which answers until the other is no worse.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from broadsheet.encoders import (
    Choice,
    Encoder,
    EncoderError,
    Promoted,
    Standing,
    encoder_choice,
    in_force,
    load_choice,
    load_encoder,
    promoted_problem,
    standing,
    write_standing,
)
from broadsheet.learn.cards import now
from broadsheet.learn.errors import LearnError
from broadsheet.learn.runs import Run, find_run, state_of
from broadsheet.settings import Settings

# What a model must bear without giving anything but numbers.
_HARD_TEXTS = (
    "",
    " ",
    "a",
    "gradient descent",
    "检索 научных статей 🜚 ﷽",
    "\x00\ufffd",
    "word " * 2_000,
    "xqzjv" * 300,
)
_UNIT = 1e-2


@dataclass(frozen=True, slots=True)
class Change:
    """A change of what is in use: encoders by name, a run's or the settings'."""

    before: str
    after: str
    at: str


def current_name(settings: Settings) -> str:
    """What a home uses: a run's name, or the encoder of the settings; raises `EncoderError`."""
    return _name(encoder_choice(settings))


def used_problem(settings: Settings) -> str:
    """Why what a home uses cannot be loaded as it was put in use, in a line; '' where nothing
    speaks against it. Raises `EncoderError`."""
    return promoted_problem(encoder_choice(settings))


def load_run(settings: Settings, run: Run, threads: int | None = None) -> Encoder:
    """A run's encoder, found sound; raises `LearnError` and `EncoderError`."""
    state = state_of(settings, run)
    if state != "finished":
        why = run.card().problem
        raise LearnError(f"run {run.name} is {state}{f' ({why})' if why else ''}; train it first")
    encoder = load_encoder(
        str(run.model), settings.models_path, hub=settings.model_hub, threads=threads
    )
    check_sound(encoder)
    return encoder


def check_sound(encoder: Encoder, texts: tuple[str, ...] = ()) -> None:
    """Whether an encoder gives a vector of unit length for anything, and not always the same.

    A text without a word may have the vector 0. Raises `LearnError`.
    """
    asked = [*_HARD_TEXTS, *texts]
    for encode in (encoder.encode_documents, encoder.encode_queries):
        vectors = encode(asked)
        if vectors.shape != (len(asked), encoder.dimensions):
            raise LearnError(
                f"the model gives vectors of shape {vectors.shape} for {len(asked)} texts, not"
                f" ({len(asked)}, {encoder.dimensions}): it cannot be used"
            )
        if not np.isfinite(vectors).all():
            raise LearnError(
                "the model gives vectors that are no numbers: it cannot be used; lower"
                " learning_rate and train again"
            )
        lengths = np.linalg.norm(vectors, axis=1)
        if np.any((np.abs(lengths - 1) > _UNIT) & (lengths > _UNIT)):
            raise LearnError("the model gives vectors that are not of unit length: it is damaged")
        if len(texts) > 1 and np.ptp(vectors[len(_HARD_TEXTS) :], axis=0).max() < _UNIT / 10:
            raise LearnError(
                "the model gives every text the same vector: it has learned nothing; lower"
                " learning_rate and train again"
            )


def may_promote(settings: Settings, run: Run, *, faster: bool = False) -> str:
    """Why a run may not be put in use; '' when it may: its newest comparison with what is in use
    was won, or with ``faster`` told it much faster and as good. Raises `LearnError`."""
    chosen = encoder_choice(settings)
    used = _name(chosen)
    told: list[Any] = [one for one in run.card().comparisons if one["other_name"] == used]
    key = chosen.key
    if told and not key:
        try:
            key = load_choice(settings, chosen).key
        except EncoderError as error:
            return f"whether {used} is what {run.name} was compared with cannot be told: {error}"
    # By its key too: another model may have stood under the same name.
    told = [one for one in told if one.get("other") == key]
    if not told:
        return (
            f"{run.name} was not compared with {used}, which is in use;"
            f" run: broadsheet learn compare {run.number}"
        )
    newest = told[-1]
    if newest["passed"] or (faster and newest.get("faster")):
        return ""
    why = newest.get("faster_why", newest["why"]) if faster else newest["why"]
    return f"{run.name} is {'not as good as' if faster else 'no better than'} {used}: {why}"


def promote(settings: Settings, run: Run, *, faster: bool = False, force: bool = False) -> Change:
    """Puts a run's encoder in use; raises `LearnError` where it may not be, `EncoderError`
    where its model cannot be used, OSError where that cannot be written.

    ``faster`` takes one that is much faster and as good, where it has to be better otherwise.
    ``force`` does it without a won comparison; the card says so. A model that gives no proper
    vectors is not put in use by force either.
    """
    known = standing(settings)
    if waiting := _waiting(settings, known):
        raise LearnError(waiting)
    if problem := used_problem(settings):
        raise EncoderError(problem)
    used = current_name(settings)
    if used == run.name:
        raise LearnError(f"{run.name} is in use already")
    encoder = load_run(settings, run)
    refusal = may_promote(settings, run, faster=faster)
    if refusal and not force:
        raise LearnError(f"{refusal} (--force puts it in use all the same)")
    at = now()
    entry = Promoted(run.name, encoder.key, encoder.dimensions, at)
    what = "promoted for its speed" if faster and may_promote(settings, run) else "promoted"
    note = {"at": at, "what": what, "instead_of": used, "forced": refusal}
    write_standing(settings, Standing(settings.encoder, (entry, *known.stack), at))
    _note(run, note)
    return Change(used, run.name, at)


def rollback(settings: Settings, *, everything: bool = False) -> Change:
    """Goes back to what was in use before the newest promotion, or to the settings' encoder.

    Raises `LearnError` where nothing was promoted over the encoder in use, `EncoderError` where
    it cannot be told what was (``everything`` goes back even then, and drops what waits for the
    settings' former encoder), OSError.
    """
    try:
        known = standing(settings)
    except EncoderError:
        if not everything:
            raise
        known = Standing(settings.encoder, (Promoted("unknown", "", 0, ""),))
    if not known.stack:
        raise LearnError(f"{settings.encoder} is in use, and nothing was promoted over it")
    waiting = _waiting(settings, known)
    if waiting and not everything:
        raise LearnError(waiting)
    at = now()
    left = () if everything else known.stack[1:]
    write_standing(settings, Standing(known.against, left, at))
    gone = known.stack if everything else known.stack[:1]
    for entry in gone:
        with contextlib.suppress(LearnError):  # its folder may be gone: that is why one goes back
            _note(find_run(settings, entry.run), {"at": at, "what": "rolled back"})
    before = settings.encoder if waiting else known.stack[0].run
    return Change(before, current_name(settings), at)


def _waiting(settings: Settings, known: Standing) -> str:
    """What to do where a promotion waits for an encoder that the settings no longer name; ''
    where none does."""
    if not known.stack or in_force(settings, known):
        return ""
    return (
        f"{settings.encoder} is in use by the settings, and the promotion of {known.stack[0].run}"
        f" over {known.against} waits; set encoder to that again, or drop what waits with:"
        " broadsheet learn rollback --all"
    )


def _note(run: Run, event: dict[str, Any]) -> None:
    card = run.card()
    run.write(replace(card, events=(*card.events, event)))


def _name(chosen: Choice) -> str:
    return chosen.run or chosen.name
