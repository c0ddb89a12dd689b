"""It improves: the paper trains its own retriever from the papers it holds, and proves it.

Importing this room needs no torch; `train_model` and `check_recipe` do (extra ``train``).
"""

from broadsheet.learn.cards import Card, State, card_json, first_card
from broadsheet.learn.comparing import (
    Difference,
    Verdict,
    compare_encoders,
    faster_of,
    verdict_of,
)
from broadsheet.learn.consent import forget_vectors, leaving, liked_for, untold, withdraw
from broadsheet.learn.corpus import Corpus, Document, corpus_of_catalog, corpus_of_files
from broadsheet.learn.errors import LearnError, RecipeError
from broadsheet.learn.held_out import holdout
from broadsheet.learn.making import (
    Told,
    begin,
    finish,
    home_corpus,
    own_collections,
    unfinished,
)
from broadsheet.learn.promotion import (
    Change,
    check_sound,
    current_name,
    load_run,
    may_promote,
    promote,
    rollback,
    used_problem,
)
from broadsheet.learn.recipe import Recipe, as_tables, parse_recipe, read_recipe, shipped
from broadsheet.learn.reporting import as_html, as_markdown
from broadsheet.learn.runs import (
    CACHE,
    HELD_OUT,
    Run,
    all_runs,
    find_run,
    known_runs,
    new_run,
    state_of,
    training_lock,
)
from broadsheet.learn.training import check_recipe, register_parts, train_model

__all__ = [
    "CACHE",
    "HELD_OUT",
    "Card",
    "Change",
    "Corpus",
    "Difference",
    "Document",
    "LearnError",
    "Recipe",
    "RecipeError",
    "Run",
    "State",
    "Told",
    "Verdict",
    "all_runs",
    "as_html",
    "as_markdown",
    "as_tables",
    "begin",
    "card_json",
    "check_recipe",
    "check_sound",
    "compare_encoders",
    "corpus_of_catalog",
    "corpus_of_files",
    "current_name",
    "faster_of",
    "find_run",
    "finish",
    "first_card",
    "forget_vectors",
    "holdout",
    "home_corpus",
    "known_runs",
    "leaving",
    "liked_for",
    "load_run",
    "may_promote",
    "new_run",
    "own_collections",
    "parse_recipe",
    "promote",
    "read_recipe",
    "register_parts",
    "rollback",
    "shipped",
    "state_of",
    "train_model",
    "training_lock",
    "unfinished",
    "untold",
    "used_problem",
    "verdict_of",
    "withdraw",
]
