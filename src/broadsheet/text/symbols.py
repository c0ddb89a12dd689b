"""LaTeX names of running text: what they print, and what becomes of their arguments."""

from __future__ import annotations

from broadsheet.formulas import FUNCTIONS


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARROWS = ("leftrightarrow", "Leftrightarrow", "rightarrow", "Rightarrow", "leftarrow")

ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "r": "\u030a",
    "H": "\u030b",
    "v": "\u030c",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
    "b": "\u0331",
    "t": "\u0361",
}
"""LaTeX accent -> combining character."""

DROPPED = _names(
    "cite citep citet citealp citealt citeauthor citeyear citeyearpar parencite textcite autocite"
    " footcite ref eqref autoref cref Cref pageref label vspace hspace thanks footnotemark index"
    " begin end bibliographystyle bibliography includegraphics hypertarget phantomsection"
)
"""Macros whose argument is nothing to read."""

SECOND_KEPT = _names("textcolor colorbox hyperlink raisebox scalebox")
"""Macros of two arguments of which the second is the text."""

BOTH_KEPT = {"SI": " ", "qty": " ", "ion": " ", "frac": "/", "tfrac": "/", "dfrac": "/"}
"""Macros of two arguments that are both text, and what to print between them."""

SWITCHES = _names(
    "em it bf rm tt sc sl sf itshape bfseries scshape ttfamily sffamily rmfamily mdseries upshape"
    " slshape normalfont cal small tiny footnotesize scriptsize large Large LARGE huge normalsize"
    " displaystyle textstyle left right big Big bigl bigr Bigl Bigr bigg Bigg biggl biggr Biggl"
    " Biggr noindent indent centering par newline linebreak newpage nolinkurl xspace protect relax"
    " limits nolimits selectfont smallskip medskip bigskip ignorespaces mathstrut strut"
)
"""Macros without an argument that print nothing."""

NAMES = {
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "BibTeX": "BibTeX",
    "eg": "e.g.",
    "ie": "i.e.",
    "etal": "et al.",
    "etc": "etc.",
    "wrt": "w.r.t.",
    "item": "•",
    "quad": " ",
    "qquad": " ",
    "enspace": " ",
    "thinspace": " ",
    "space": " ",
    **{name: name for name in FUNCTIONS},
}
"""Macros that print words or space."""
