"""The lines of stages that a search can be: the default, and the baselines beside it."""

from __future__ import annotations

from broadsheet.search import coverage, diversity, evidence, feedback, settling, spelling, stages
from broadsheet.search.acronyms import acronyms
from broadsheet.search.ahead import ahead
from broadsheet.search.calibrate import calibrate
from broadsheet.search.capitals import capitals
from broadsheet.search.compounds import compounds
from broadsheet.search.denying import deny
from broadsheet.search.explain import explain
from broadsheet.search.greek import greek
from broadsheet.search.lettered import lettered
from broadsheet.search.pipeline import DEPTH, Pipeline
from broadsheet.search.spellings import spellings
from broadsheet.search.umlauts import umlauts

# Beside words only so many are found by meaning alone, however deep the page.
_NEAREST = DEPTH

# Other forms of what is asked for, each looked for beside it.
FORMS: Pipeline = (
    acronyms() | capitals() | compounds() | umlauts() | greek() | spellings() | lettered()
)
_SETTLED = stages.sort() | diversity.diversify() | settling.collapse()
_SHOWN = stages.page() | diversity.measure() | explain()
_TOLD = stages.tally() | spelling.spell()

HYBRID: Pipeline = (
    feedback.doubt()
    | stages.require()
    | FORMS
    | ahead()
    | stages.encode()
    | feedback.turn()
    | stages.meaning(_NEAREST)
    | stages.words()
    | stages.newest()
    | stages.complete()
    | stages.add_scores()
    | evidence.proximity()
    | coverage.cover()
    | evidence.neighbours()
    | deny()
    | feedback.push()
    | stages.count()
    | calibrate()
    | _SETTLED
    | _TOLD
    | _SHOWN
)
RRF: Pipeline = (
    stages.require()
    | stages.words()
    | stages.encode()
    | stages.meaning(_NEAREST)
    | stages.newest()
    | stages.add_ranks()
    | stages.count()
    | calibrate()
    | _SETTLED
    | _TOLD
    | _SHOWN
)
LEXICAL: Pipeline = (
    stages.require()
    | FORMS
    | stages.words()
    | stages.newest()
    | stages.only("lexical")
    | stages.count()
    | calibrate()
    | _SETTLED
    | _TOLD
    | _SHOWN
)
DENSE: Pipeline = (
    stages.require()
    | stages.encode()
    | stages.meaning()
    | stages.newest()
    | stages.only("dense")
    | stages.count(by_meaning=True)
    | calibrate()
    | _SETTLED
    | _TOLD
    | _SHOWN
)
NEAREST: Pipeline = stages.meaning() | stages.only("dense") | _SETTLED | _SHOWN
ALIKE_IN_WORDS: Pipeline = stages.words() | stages.only("lexical") | _SETTLED | _SHOWN
