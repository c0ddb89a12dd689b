"""What can go wrong while learning; each message is one line: what, where, what to do."""

from __future__ import annotations

from broadsheet.errors import UserError


class LearnError(UserError):
    """A training, comparison or promotion that cannot go on."""


class RecipeError(LearnError):
    """A recipe that names what there is not, or sizes that cannot be."""
