"""British and American spelling: who asks for "colour" also finds "color", for "optimisation" also
"optimization", and the other way round.

The index stems both by rules of American English, so that they are two words. What papers write is
the evidence: of "exercise" no paper writes "exercize". As with acronyms, what is added only adds
to scores, and may stand in for what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from broadsheet.index import Clause, Index
from broadsheet.search.acronyms import form_weight
from broadsheet.search.pipeline import Stage, reads
from broadsheet.search.reading import OtherForm, Reading

MOST = 2  # words of one query that get another form
FEWEST = 2  # papers that write a word so
SHORTEST = 4  # letters
_BEGINNINGS = (
    "colour=color behaviour=behavior neighbour=neighbor favour=favor labour=labor honour=honor"
    " flavour=flavor humour=humor rumour=rumor tumour=tumor vapour=vapor harbour=harbor odour=odor"
    " rigour=rigor vigour=vigor endeavour=endeavor armour=armor centred=centered centre=center"
    " fibre=fiber metre=meter litre=liter theatre=theater calibre=caliber manoeuvr=maneuver"
    " defence=defense offence=offense licence=license grey=gray catalogue=catalog analogue=analog"
    " dialogue=dialog programme=program sulph=sulf aluminium=aluminum artefact=artifact"
    " judgement=judgment ageing=aging anaesth=anesth paediatr=pediatr haem=hem oestr=estr foet=fet"
    " leukaem=leukem anaem=anem ischaem=ischem oedema=edema diarrhoea=diarrhea"
    " orthopaed=orthoped gynaecolog=gynecolog aetiolog=etiolog faec=fec mould=mold plough=plow"
    " sceptic=skeptic"
)
_PAIRS = tuple((one, other) for one, _, other in (b.partition("=") for b in _BEGINNINGS.split()))
_ENDINGS = re.compile(
    r"(?<=[a-z]{3}[iy])([sz])(?=(?:e|ed|es|er|ers|ing|able|ation|ations|ational)$)"
)


def spellings() -> Stage:
    """Adds to the words looked for their British or American spelling."""
    return reads("spellings", lambda search: read_spellings(search.reading, search.index))


def read_spellings(reading: Reading, index: Index) -> Reading:
    """A query's reading with the other spellings of its words that papers have."""
    forms: dict[str, OtherForm] = {}
    for clause in reading.plain:
        for word in index.words(clause.text):
            small = word.surface.lower()
            if not word.term or len(small) < SHORTEST or small in forms or len(forms) == MOST:
                continue
            other = next((one for one in _others(small) if _is_written(one, word.term, index)), "")
            if other:
                member = Clause(other, weight=form_weight(index, small, other))
                forms[small] = OtherForm(word.surface, other, False, Clause(any_of=(member,)))
    return reading.also(tuple(forms.values())) if forms else reading


def _others(word: str) -> Iterator[str]:
    for british, american in _PAIRS:
        if word.startswith(british):
            yield american + word[len(british) :]
        elif word.startswith(american):
            yield british + word[len(american) :]
    match = _ENDINGS.search(word)
    if match and not word.endswith("yses"):  # "analyses" are more often many than done
        yield word[: match.start()] + ("z" if match[1] == "s" else "s") + word[match.end() :]


def _is_written(word: str, term: str, index: Index) -> bool:
    """Whether papers write a word, and it is another to the index than a term."""
    terms = [one.term for one in index.words(word)]
    other = len(terms) == 1 and terms[0] not in {"", term}
    return other and int(index.frequencies(terms)[0]) >= FEWEST
