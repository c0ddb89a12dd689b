"""One key for all spellings of a term: lower case, singular, hyphen and space alike."""

from __future__ import annotations

import re
from functools import lru_cache

_POSSESSIVE = re.compile(r"['’]s?(?!\w)")
_DASH = re.compile(r"[-‐‑–—_/\s]+")
_IRREGULAR = {
    "matrices": "matrix",
    "vertices": "vertex",
    "indices": "index",
    "analyses": "analysis",
    "hypotheses": "hypothesis",
    "syntheses": "synthesis",
    "bases": "basis",
    "axes": "axis",
    "crises": "crisis",
    "theses": "thesis",
    "diagnoses": "diagnosis",
    "phenomena": "phenomenon",
    "criteria": "criterion",
    "spectra": "spectrum",
    "nuclei": "nucleus",
    "stimuli": "stimulus",
    "corpora": "corpus",
    "genera": "genus",
    "automata": "automaton",
    "polyhedra": "polyhedron",
    "minima": "minimum",
    "maxima": "maximum",
    "optima": "optimum",
    "momenta": "momentum",
    "quanta": "quantum",
    "bacteria": "bacterium",
    "halves": "half",
    "leaves": "leaf",
    "lives": "life",
    "knives": "knife",
    "wolves": "wolf",
    "mice": "mouse",
    "dice": "die",
    "children": "child",
    "people": "people",
    "radii": "radius",
    "foci": "focus",
    "loci": "locus",
    "movies": "movie",
    "cookies": "cookie",
    "caches": "cache",
    "aches": "ache",
    "viruses": "virus",
    "biases": "bias",
    "lenses": "lens",
    "buses": "bus",
    "gases": "gas",
    "statuses": "status",
    "consensuses": "consensus",
}
# Singular, or without one, though they end in s.
_KEPT = frozenset(
    [
        "analysis",
        "basis",
        "axis",
        "crisis",
        "thesis",
        "hypothesis",
        "synthesis",
        "diagnosis",
        "bias",
        "lens",
        "gas",
        "bus",
        "virus",
        "physics",
        "mathematics",
        "statistics",
        "dynamics",
        "robotics",
        "linguistics",
        "ethics",
        "economics",
        "genomics",
        "proteomics",
        "mechanics",
        "electronics",
        "optics",
        "photonics",
        "semantics",
        "graphics",
        "kinetics",
        "acoustics",
        "thermodynamics",
        "electrodynamics",
        "hydrodynamics",
        "magnetohydrodynamics",
        "aerodynamics",
        "informatics",
        "bioinformatics",
        "analytics",
        "pragmatics",
        "phonetics",
        "logistics",
        "politics",
        "news",
        "series",
        "species",
        "means",
        "chaos",
        "corpus",
        "status",
        "locus",
        "focus",
        "consensus",
        "census",
        "radius",
        "torus",
        "genus",
        "modulus",
        "stimulus",
        "nucleus",
        "apparatus",
        "calculus",
        "campus",
        "bonus",
        "atlas",
        "canvas",
        "always",
        "perhaps",
        "mars",
        "venus",
        "uranus",
        "diabetes",
        "sepsis",
        "osteoporosis",
        "sars",
        "pancreas",
        "texas",
        "paris",
        "aids",
        "les",
        "des",
    ]
)


@lru_cache(maxsize=60_000)
def singular(word: str) -> str:
    """The singular of a lower-case English noun; a guess by its ending, stable when repeated."""
    if len(word) < 4 or word[-1] not in "siae" or word in _KEPT:
        return word
    known = _IRREGULAR.get(word)
    if known:
        return known
    if word[-1] != "s" or word.endswith(("ss", "us", "is", "ics", "'s")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "shes", "xes", "zzes")):
        return word[:-2]
    if word.endswith("ches"):
        return word[:-2]
    return word[:-1]


def key_of(text: str) -> str:
    """The key of a term as printed: "Graph Neural Networks" and "graph-neural network" are one.

    Lower case, its last word in the singular, hyphens as spaces; '' for a text without words.
    The plural of an acronym loses its s ("LLMs"), an acronym that ends in S keeps it ("GPS").
    """
    words = _DASH.sub(" ", _POSSESSIVE.sub("", text.strip())).split(" ")
    last = words[-1]
    if last.isupper() and len(last) > 1:
        words[-1] = last.lower()
    elif last[-1:] == "s" and last[:-1].isupper() and len(last) > 2:
        words[-1] = last[:-1].lower()
    else:
        words[-1] = singular(last.lower())
    return " ".join(words[:-1]).lower() + (" " if len(words) > 1 else "") + words[-1]
