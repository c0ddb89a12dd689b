"""The lines of stages that a search can be: the default, and the baselines beside it."""

from __future__ import annotations

from broadsheet.search import coverage, diversity, evidence, feedback, spelling, stages
from broadsheet.search.acronyms import acronyms
from broadsheet.search.ahead import ahead
from broadsheet.search.calibrate import calibrate
from broadsheet.search.denying import deny
from broadsheet.search.explain import explain
from broadsheet.search.pipeline import Pipeline

_SHOWN = (
    stages.sort()
    | diversity.diversify()
    | stages.collapse()
    | stages.page()
    | diversity.measure()
    | explain()
)
_TOLD = stages.count() | stages.tally() | spelling.spell()

HYBRID: Pipeline = (
    feedback.doubt()
    | stages.require()
    | acronyms()
    | ahead()
    | stages.encode()
    | feedback.turn()
    | stages.meaning()
    | stages.words()
    | stages.newest()
    | stages.complete()
    | _TOLD
    | stages.add_scores()
    | evidence.proximity()
    | coverage.cover()
    | evidence.neighbours()
    | deny()
    | feedback.push()
    | calibrate()
    | _SHOWN
)
RRF: Pipeline = (
    stages.require()
    | stages.words()
    | stages.encode()
    | stages.meaning()
    | stages.newest()
    | _TOLD
    | stages.add_ranks()
    | calibrate()
    | _SHOWN
)
LEXICAL: Pipeline = (
    stages.require()
    | acronyms()
    | stages.words()
    | stages.newest()
    | _TOLD
    | stages.only("lexical")
    | calibrate()
    | _SHOWN
)
DENSE: Pipeline = (
    stages.require()
    | stages.encode()
    | stages.meaning()
    | stages.newest()
    | _TOLD
    | stages.only("dense")
    | calibrate()
    | _SHOWN
)
NEAREST: Pipeline = stages.meaning() | stages.only("dense") | _SHOWN
ALIKE_IN_WORDS: Pipeline = stages.words() | stages.only("lexical") | _SHOWN
