"""Cleaning on arrival: what it mends, what it must leave alone, and what it costs."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.timing import least_seconds

from broadsheet.papers import Author, Paper
from broadsheet.sources import Arrived, read
from broadsheet.text import clean, clean_abstract, clean_paper, clean_title

PIECES = [
    *(
        "\\",
        "{",
        "}",
        "$",
        "%",
        "~",
        "-",
        "`",
        "'",
        "&",
        ";",
        "<",
        ">",
        "(",
        ")",
        "[",
        "]",
        ".",
        ",",
    ),
    *("!", "?", "^", "_", "a", "B", "é", "1", " ", "\n", "\0", "\u00ad", "\u200b", "ﬁ", "\ud800"),
    *(
        "\\emph{",
        "\\cite{x}",
        "\\'e",
        "\\alpha",
        "\\b{eta}",
        "\\href{u}{t}",
        "{\\em ",
        "$x^2$",
        "\\(",
    ),
    *("\\)", "&amp;", "&lt;", "<b>", "</b>", "\ue000", "http://a.b/", "word.We ", ". %However "),
]
MARKS = st.sampled_from(PIECES)
SOUP = st.lists(MARKS, max_size=40).map("".join)


@given(st.one_of(st.text(max_size=300), SOUP))
@example("\xc2\x80")
@example("\xa0Ã€")
def test_clean_text_stays_as_it_is_and_is_printable_and_bounded(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert len(cleaned) <= 4 * len(text) + 4
    cleaned.encode("utf-8")
    assert "\n" not in cleaned and "\0" not in cleaned
    title = clean_title(text)
    assert clean_title(title) == title


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (
            r"We propose \textbf{FlowMo}, a \emph{training-free} method.",
            "We propose FlowMo, a training-free method.",
        ),
        (r"{\it Gaia} and {\em two words}", "Gaia and two words"),
        (
            r"L\'evy, B\'{e}zier, H\"older, Erd\H os, na\"{\i}ve",
            "Lévy, Bézier, Hölder, Erdős, naïve",
        ),
        (r"Alzheimer\'s disease", "Alzheimer's disease"),
        (r"wielko\'s\'c", "wielkość"),
        (r"an \"accurate\" model", 'an "accurate" model'),
        (r"4.2\,\AA{} and 20\% of R\&D\_x", "4.2 Å and 20% of R&D_x"),
        (r"the \b{eta}-phase of H\b{eta}", "the β-phase of Hβ"),
        (r"Zh\rightarrowEn and plausible\rightarrowimplausible", "Zh→En and plausible→implausible"),
        (r"10\textsuperscript{3} and 10^{-8} and 3^{rd}", "10³ and 10⁻⁸ and 3rd"),
        (r"\textcolor{red}{shown} and \SI{5}{km}", "shown and 5 km"),
        (r"code\footnote{At the end.} here", "code (At the end.) here"),
        (
            r"see \href{https://a.org/x\_y}{here} and \url{https://b.org/~u}",
            "see here (https://a.org/x_y) and https://b.org/~u",
        ),
        ("{textit{Lost, and found}} backslash", "Lost, and found backslash"),
        ("{BERT} and {B}ayes and a{N}et", "BERT and Bayes and aNet"),
        ("sets {a, b} and f{x}", "sets {a, b} and f{x}"),
        (r"termed \ourmodel{} here", r"termed ourmodel here"),
        (r"an unclosed \emph{word", "an unclosed word"),
        (r"an unclosed \cite{word", r"an unclosed \cite{word"),
    ],
)
def test_latex_in_running_text_reads_as_it_prints(raw: str, wanted: str) -> None:
    assert clean(raw) == wanted


def test_citations_leave_no_holes() -> None:
    assert clean(r"as is known~\cite{a,b}. Next.") == "as is known. Next."
    assert clean(r"as shown (\cite{a}) before") == "as shown before"
    assert clean(r"introduced by \cite{a} and extended") == "introduced by […] and extended"
    assert clean(r"Saito et al. \cite{a}. Then") == "Saito et al. Then"


def test_a_commented_sentence_goes_and_what_follows_stays() -> None:
    kept = "Weights are shared in every layer of the network. ", "We go on as if nothing had been."
    old = "%However, this is old. %As a result, so is this. "
    assert clean(kept[0] + old + kept[1]) == "".join(kept)
    cut = "%Due to what differs in these spaces, these Since all of this poses problems, we act."
    assert clean(kept[0] + cut) == kept[0] + "Since all of this poses problems, we act."


def test_a_percent_sign_between_paragraphs_goes_without_its_sentence() -> None:
    text = "Registration lacks generality. % To overcome this, we propose UniReg. It works."
    wanted = "Registration lacks generality. To overcome this, we propose UniReg. It works."
    assert clean(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "It gains 50% of the total. 5 % Of these remain.",
        "Alloys with 8 vol. % methanol and 2 at. % Cu, Mg-7wt.%Y too.",
        "A rate of 100%. That is all.",
        "100% accuracy, TPR@1%FPR and 5.37%F1 on TB-Dense",
    ],
)
def test_percentages_are_never_comments(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("over distractors.To solve this, we act", "over distractors. To solve this, we act"),
        ("In UAV scenarios,the field. However,we", "In UAV scenarios, the field. However, we"),
        ("the Regularization(CER) term (ABSA)has", "the Regularization (CER) term (ABSA) has"),
        ("GPT-31.3B, GPT-3175B and LLaMA-270B", "GPT-3 1.3B, GPT-3 175B and LLaMA-2 70B"),
        ("The recon- struction. A reconstruction.", "The reconstruction. A reconstruction."),
    ],
)
def test_spaces_that_were_surely_lost_come_back(raw: str, wanted: str) -> None:
    assert clean(raw) == wanted


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("a multimodal Chrono}logical Benchmark", "a multimodal Chronological Benchmark"),
        ("success rate (ASR)} than others", "success rate (ASR) than others"),
        ("the model (1997} of culture", "the model (1997) of culture"),
        ("difficulty, {measured by discrepancy", "difficulty, measured by discrepancy"),
        ("J. Comput. Phys. 228:2993{3024 says", "J. Comput. Phys. 228:2993–3024 says"),
        ("Unit Clustering}of points and Co}unters", "Unit Clustering of points and Counters"),
        ("with complete commands.}.", "with complete commands."),
        ("for k in {1, 2, 3} and lobes} of jets", "for k in {1, 2, 3} and lobes of jets"),
    ],
)
def test_braces_that_nothing_opens_or_closes_go(raw: str, wanted: str) -> None:
    assert clean(raw) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "for k in {1, 2, 3}, and H(x) in {0, 1}",
        "what opens with a { and goes on",
        "we have sup{t: E^{a}[Y] < 1 and tau_{353",
        r"of \[ \left\{ x \right. \] and",
        "Node.Js, arXiv.Org, J.Comb.Theory and e.g.This",
        "GPT-3.5, Mobile-VideoGPT-0.5B, Gemma-27B and GPT-4",
        "intra- and inter-triple, time- and angle-resolved, full- edged",
        "log(M) and exp(AB) and poly(Ethylene) apps(TM)",
        "call it with --flag, or 1,2-di and i,j",
        "at z~3, ~50% and ~$1.5M",
        "costs $5 and $6, or $500-$780",
    ],
)
def test_what_is_in_order_stays(text: str) -> None:
    assert clean(text) == text


def test_quotes_ties_and_dashes() -> None:
    assert clean("``loss'' and ''gain'' of `one' kind") == '"loss" and "gain" of \'one\' kind'
    assert (
        clean("seeing of 0.5'' in Fig.~3 of Abell~2744")
        == "seeing of 0.5'' in Fig. 3 of Abell 2744"
    )
    assert clean("a---b, c--d, 4--12B and so -- on") == "a—b, c–d, 4–12B and so – on"


def test_markup_goes_and_other_angle_brackets_stay() -> None:
    assert clean("H<sub>2</sub>O in <b>bold</b>, 10<sup>-3</sup>") == "H2O in bold, 10⁻³"
    assert clean("&mu;-calculus &amp;amp; R&amp;D &#8211; &#64257;nd") == "μ-calculus & R&D – find"
    for text in ("0.8<z<2.2 and r_1<r_2", "<script>alert(1)</script>", "emits <search> tokens"):
        assert clean(text) == text
    assert clean("A Title<br>of two lines") == "A Title of two lines"


def test_odd_characters() -> None:
    assert clean("a\0b\x07c\u200bd\ufeff \u00a0e\u2028f") == "a b cd e f"
    assert (
        clean("of\ufb01ce and e\u0301 and inter\u00ad\nnational")
        == "office and é and international"
    )
    assert clean("Princeton\x92s \x93pipeline\x94") == "Princeton’s “pipeline”"
    assert clean("donâ€™t") == "don’t"
    assert clean("\ud800lone \ue000private \ufdd0non") == "lone private non"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"


def test_mathematics_is_kept_as_it_came() -> None:
    text = r"of $\mathcal{O}(n~\log n)$, \(a--b\) and $$x_{``i''}$$ at $B$20"
    assert clean(text) == text
    assert clean(r"\textit{size} $\emph{x}$~\%") == r"size $\emph{x}$ %"


def test_a_heading_goes_from_an_abstract_and_stays_in_a_title() -> None:
    assert clean_abstract("Abstract: We show.") == "We show."
    assert clean_abstract("ABSTRACT We show.") == "We show."
    assert (
        clean_title("Abstract Interpretation of Networks") == "Abstract Interpretation of Networks"
    )
    assert clean_title("ABSTRACT Machine Translation") == "ABSTRACT Machine Translation"


def test_titles_lose_one_full_stop_only() -> None:
    assert clean_title("A study of things.") == "A study of things"
    assert clean_title("To be continued...") == "To be continued..."
    assert (
        clean_title("Learning at Google Inc. and Meta Inc.")
        == "Learning at Google Inc. and Meta Inc."
    )


def test_a_clean_paper_is_the_same_object() -> None:
    paper = Paper("1", "s", title="A title", abstract="Text.", authors=(Author("Jo Doe"),))
    assert clean_paper(paper) is paper


def test_a_paper_is_cleaned_in_all_its_texts() -> None:
    paper = Paper(
        "1",
        "s",
        title=r"{\em A} title",
        abstract="Abstract: x--y",
        summary="It~is",
        authors=(Author(r"L. Erd\H os", "E\u0301cole"), Author(" \0 ")),
        extra={"kept": r"\emph{raw}"},
    )
    cleaned = clean_paper(paper)
    assert (cleaned.title, cleaned.abstract, cleaned.summary) == ("A title", "x–y", "It is")
    assert cleaned.authors == (Author("L. Erdős", "École"),)
    assert cleaned.extra == {"kept": r"\emph{raw}"}


HOSTILE = (
    *("a", " ", "\\", "{", "$", "$$", "~", "\\emph{", "\\cite{", ". %A", "&amp;", "<b>", "aa- bb "),
    *("-", "\\(", "\u200b", "`", "\\x[a]{", "http://", "aa.We ", "\\footnote{a", "\\begin{align}"),
)


@pytest.mark.parametrize("pattern", HOSTILE)
def test_hostile_text_costs_linear_time(pattern: str) -> None:
    def seconds(size: int, tries: int) -> float:
        text = (pattern * (size // len(pattern) + 1))[:size]
        return least_seconds(lambda: clean(text), tries)

    small, large = seconds(20_000, 3), seconds(160_000, 2)
    # Eight times the text: quadratic work would take 64 times as long.
    assert large < 24 * small + 0.1


def test_real_abstracts_come_out_stable(shared_data: Path) -> None:
    items = islice(read(shared_data / "arxiv-2025-2026" / "corpus.jsonl.zst"), 1500)
    papers = [item.paper for item in items if isinstance(item, Arrived)]
    assert len(papers) == 1500
    for paper in papers:
        cleaned = clean_paper(paper)
        assert clean_paper(cleaned) is cleaned
        assert len(cleaned.abstract) > 0.5 * len(paper.abstract)


def test_the_saved_page_loses_its_comments(shared_data: Path) -> None:
    items = list(read(shared_data / "daily-papers-pages" / "page-1.txt"))
    second = items[1]
    assert isinstance(second, Arrived)
    abstract = clean_paper(second.paper).abstract
    assert "%However" not in abstract and "blackbox optimization methods have" not in abstract
    assert "Since weight-entanglement poses compatibility challenges" in abstract


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("about sim1,400 hours and sim3.5B tokens", "about ~1,400 hours and ~3.5B tokens"),
        ("the sim2real gap", "the sim2real gap"),
        ("bounded in ell_{1} and ell_2 norm", "bounded in ℓ_1 and ℓ_2 norm"),
        ("a well_1 and K_{1,4}", "a well_1 and K_{1,4}"),
        ("the effect of the the training data", "the effect of the training data"),
        ("concepts for which which models differ", "concepts for which which models differ"),
        ("we propose \\name, which", "we propose name, which"),
        ("a 65 \\nano\\meter chip", "a 65 nanometer chip"),
        ("the \\emph macro of LaTeX", "the \\emph macro of LaTeX"),
        ("C:\\data\\here", "C:\\data\\here"),
        ("in the SFT phase , mostly", "in the SFT phase, mostly"),
        ("found.. The next", "found. The next"),
        ("and so on ...", "and so on ..."),
        ("as [bauer2013infinite] showed", "as [Bauer 2013] showed"),
        ("textit{Ours} is called emph{so}", "Ours is called so"),
        ("one?s body", "one’s body"),
        ("really?this", "really?this"),
        ("HKUSTâ€™s analysis – with Ω", "HKUST’s analysis – with Ω"),
        ("Â± spontaneous – so", "± spontaneous – so"),
        ("the â\u20ac\u0153Jibikiâ\u20ac\u009d platform", "the “Jibiki” platform"),
        ("Ã\u0081lvarez and ÃƒÂ¡lvarez", "Álvarez and álvarez"),
        ("the Bird\\u2019s Eye View", "the Bird’s Eye View"),
        ("on large datasets.Experiment results show", "on large datasets. Experiment results show"),
        ("with Node.Js is quick", "with Node.Js is quick"),
        ("many fields,including vision", "many fields, including vision"),
        ("SÃO PAULO and 1.5 Å” wide", "SÃO PAULO and 1.5 Å” wide"),
    ],
)
def test_what_is_surely_a_leftover_is_mended(text: str, wanted: str) -> None:
    assert clean(text) == wanted
    assert clean(wanted) == wanted


@pytest.mark.parametrize(
    "name",
    ["José García", "J.-P. Serre", "O'Brien", " Ada", "Ada ", "Ada  Love", "Ada--Love", "o''x",
     "J. Comb.The x", "abstract: Ada", "Müller jr.The", "Ada\xa0Love", "A. B. Ünlü"],
)  # fmt: skip
def test_names_that_look_plain_are_as_cleaning_leaves_them(name: str) -> None:
    authors = (Author(name), Author("Złoty-Łuk, 2nd; 李"))
    cleaned = clean_paper(Paper("1", "lab", "Title", authors=authors)).authors
    assert cleaned[0].name == clean(name)
