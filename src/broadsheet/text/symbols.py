"""LaTeX names that stand for a character, in running text and in reduced formulas."""

from __future__ import annotations

_PAIRS = """
alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι
kappa κ lambda λ mu μ nu ν xi ξ pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ
phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ
Upsilon Υ Phi Φ Psi Ψ Omega Ω eps ε
times × cdot · pm ± mp ∓ div ÷ ast ∗ star ⋆ circ ∘ bullet • oplus ⊕ otimes ⊗ odot ⊙ dagger †
leq ≤ le ≤ geq ≥ ge ≥ neq ≠ ne ≠ ll ≪ gg ≫ approx ≈ sim ∼ simeq ≃ cong ≅ equiv ≡ propto ∝
lesssim ≲ gtrsim ≳ leqslant ≤ geqslant ≥ lsim ≲ gsim ≳ prec ≺ succ ≻ doteq ≐ asymp ≍
in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ cup ∪ cap ∩ setminus ∖
emptyset ∅ varnothing ∅ forall ∀ exists ∃ neg ¬ land ∧ wedge ∧ lor ∨ vee ∨ vdash ⊢ models ⊨
bot ⊥ perp ⊥ parallel ∥ mid | angle ∠ triangle △ nabla ∇ partial ∂ infty ∞ infinity ∞
sum ∑ prod ∏ int ∫ oint ∮ sqrt √ surd √ ell ℓ hbar ℏ Re ℜ Im ℑ aleph ℵ wp ℘ prime ′
to → rightarrow → longrightarrow ⟶ Rightarrow ⇒ Longrightarrow ⟹ leftarrow ← gets ←
Leftarrow ⇐ leftrightarrow ↔ Leftrightarrow ⇔ iff ⇔ implies ⇒ mapsto ↦ uparrow ↑ downarrow ↓
hookrightarrow ↪ rightleftharpoons ⇌ langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉
lbrace { rbrace } textbraceleft { textbraceright } lvert | rvert | lVert ‖ rVert ‖ Vert ‖ vert |
ldots … dots … cdots ⋯ vdots ⋮ dotsc … dotsb ⋯ textellipsis …
deg ° degree ° textdegree ° circledR ® textregistered ® texttrademark ™ copyright © pounds £ euro €
textperthousand ‰ percent % micron μm textmu μ textmugreek μ checkmark ✓ xmark ✗ cmark ✓
textasciitilde ~ textbackslash ∖ textunderscore _ textbar | textless < textgreater >
textasciicircum ^ textquotesingle ' textemdash — textendash – textquotedblleft “
textquotedblright ” textquoteleft ‘ textquoteright ’ textrightarrow → textbullet • textpm ±
texttimes × S § P ¶ sun ☉ arcmin ′ arcsec ″ colon : lbrack [ rbrack ] slash / backslash ∖
textcelsius °C mum μm kms km/s pct % Msun M☉ msun M☉ Lsun L☉ Rsun R☉ Zsun Z☉
sqsubseteq ⊑ oslash ⊘ guillemotleft « guillemotright »
"""
_LETTERS = (
    "ss ß ae æ AE Æ oe œ OE Œ aa å AA Å o ø O Ø l ł L Ł i ı j ȷ dh ð DH Ð th þ TH Þ dj đ DJ Đ"
)


def _table(pairs: str) -> dict[str, str]:
    words = pairs.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SYMBOLS = _table(_PAIRS)
"""``alpha`` -> ``α``: names of mathematical and text symbols."""

LETTERS = _table(_LETTERS)
"""``ss`` -> ``ß``: names of letters; these swallow the space that ends their name."""

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

FUNCTIONS = _names(
    "arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf"
    " limsup ln log max min mod Pr sec sin sinh sup tan tanh"
)
"""Operators that LaTeX prints as their own name."""

SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")

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
