"""LaTeX names that stand for a character, and what scripts are in Unicode."""

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
top ⊤ lessapprox ⪅ gtrapprox ⪆ square □ Box □ ltimes ⋉ rtimes ⋊ leftrightharpoons ⇋ bigstar ★
sharp ♯ flat ♭ lt < gt > longleftrightarrow ⟷ longmapsto ⟼ nearrow ↗ searrow ↘ leadsto ⇝ bowtie ⋈
subsetneq ⊊ nsubseteq ⊈ preceq ⪯ succeq ⪰ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ coprod ∐
sqsubseteq ⊑ oslash ⊘ guillemotleft « guillemotright »
"""
_LETTERS = (
    "ss ß ae æ AE Æ oe œ OE Œ aa å AA Å o ø O Ø l ł L Ł i ı j ȷ dh ð DH Ð th þ TH Þ dj đ DJ Đ"
)


def _table(pairs: str) -> dict[str, str]:
    words = pairs.split()
    return dict(zip(words[::2], words[1::2], strict=True))


SYMBOLS = _table(_PAIRS)
"""``alpha`` -> ``α``: names of mathematical and text symbols."""

LETTERS = _table(_LETTERS)
"""``ss`` -> ``ß``: names of letters; these swallow the space that ends their name."""

_FUNCTIONS = (
    "arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf"
    " limsup ln log max min mod Pr sec sin sinh sup tan tanh"
)
FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Operators that LaTeX prints as their own name."""

SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
