"""It is judged: measures of search on judged collections."""

from broadsheet.evaluate import perturbations
from broadsheet.evaluate.acronyms import evaluate_acronyms
from broadsheet.evaluate.attribution import shapley
from broadsheet.evaluate.bench import RUNS, run_bench
from broadsheet.evaluate.checks import Check, Subject, check_all, subject_of
from broadsheet.evaluate.collection import BenchError, Collection, read_collection
from broadsheet.evaluate.comparison import Judged, compare, judge
from broadsheet.evaluate.field import Field, field_of
from broadsheet.evaluate.identity import evaluate_identity, look_alikes
from broadsheet.evaluate.imported import evaluate_imported
from broadsheet.evaluate.judged import read_judged
from broadsheet.evaluate.keywords import evaluate_keywords
from broadsheet.evaluate.measures import MEASURES, measure
from broadsheet.evaluate.plot import as_svg
from broadsheet.evaluate.recipes import Recipe, recipes
from broadsheet.evaluate.replay import replay_libraries
from broadsheet.evaluate.replay_home import replay_history
from broadsheet.evaluate.roles import evaluate_roles, read_labelled
from broadsheet.evaluate.roles_fitting import fit_roles, labelled_sentences
from broadsheet.evaluate.screening import MEASURES as SCREENING_MEASURES
from broadsheet.evaluate.screening import evaluate_screening
from broadsheet.evaluate.significance import holm, interval, randomisation
from broadsheet.evaluate.summaries import SYSTEMS as SUMMARY_SYSTEMS
from broadsheet.evaluate.summaries import evaluate_summaries, read_summarised
from broadsheet.evaluate.summary import summarise
from broadsheet.evaluate.systems import (
    BASELINE,
    DEFAULT,
    System,
    chosen,
    of_candidates,
    of_pipeline,
    system,
)
from broadsheet.evaluate.tables import as_markdown, as_text, per_query
from broadsheet.evaluate.taste import evaluate_taste, weighted_kendall

__all__ = [
    "BASELINE",
    "DEFAULT",
    "MEASURES",
    "RUNS",
    "SCREENING_MEASURES",
    "SUMMARY_SYSTEMS",
    "BenchError",
    "Check",
    "Collection",
    "Field",
    "Judged",
    "Recipe",
    "Subject",
    "System",
    "as_markdown",
    "as_svg",
    "as_text",
    "check_all",
    "chosen",
    "compare",
    "evaluate_acronyms",
    "evaluate_identity",
    "evaluate_imported",
    "evaluate_keywords",
    "evaluate_roles",
    "evaluate_screening",
    "evaluate_summaries",
    "evaluate_taste",
    "field_of",
    "fit_roles",
    "holm",
    "interval",
    "judge",
    "labelled_sentences",
    "look_alikes",
    "measure",
    "of_candidates",
    "of_pipeline",
    "per_query",
    "perturbations",
    "randomisation",
    "read_collection",
    "read_judged",
    "read_labelled",
    "read_summarised",
    "recipes",
    "replay_history",
    "replay_libraries",
    "run_bench",
    "shapley",
    "subject_of",
    "summarise",
    "system",
    "weighted_kendall",
]
