"""Where papers appeared, read from notes, references and the names of sources."""

from __future__ import annotations

import pytest

from broadsheet.citations import appearances, venue_key
from broadsheet.papers import Identifier, Paper


def paper(**extra: object) -> Paper:
    return Paper(
        id="2601.00001", source="arxiv", title="Of slopes", announced="2026-01-05", extra=extra
    )


def told(note: str) -> list[str]:
    return [str(one) for one in appearances(paper(comments=note))]


@pytest.mark.parametrize(
    ("note", "venues"),
    [
        ("Accepted to ICLR 2026 (oral), 12 pages", ["ICLR 2026"]),
        ("9 pages, 4 figures, AAAI-26", ["AAAI 2026"]),
        ("To appear at KDD '26. Code: https://example.org/ICML2019", ["KDD 2026"]),
        ("CVPR26", ["CVPR 2026"]),
        ("accepted at neurips 2025", ["NeurIPS 2025"]),
        ("Proceedings of the 42nd International Conference on Machine Learning (ICML2025)",
         ["ICML 2025"]),
        ("Accepted by the International Conference on Multimedia & Expo 2026", ["ICME 2026"]),
        ("Published as a conference paper at ICLR 2026", ["ICLR 2026"]),
        ("The 33rd ACM Multimedia Conference (MM '25)", ["ACM MM 2025"]),
        ("Presented at ECML-PKDD 2025", ["ECML PKDD 2025"]),
        ("Findings of ACL 2026", ["ACL Findings 2026"]),
        ("Accepted to the Workshop on Small Data at NeurIPS 2025", ["NeurIPS workshops 2025"]),
        ("CVPRW 2026", ["CVPR workshops 2026"]),
        ("accepted for publication in Astronomy & Astrophysics", ["A&A"]),
        ("15 pages, ApJ accepted", ["ApJ"]),
        ("Accepted by IEEE Transactions on Image Processing", ["TIP"]),
        ("Accepted in the Journal of Slopes and Hills, 31 pages", ["Journal of Slopes and Hills"]),
        ("version accepted by Phys. Rev. D", ["PRD"]),
        ("Accepted at VarDial 2026, co-located with EACL 2026", ["VarDial 2026", "EACL 2026"]),
    ],
)  # fmt: skip
def test_a_note_says_who_took_the_paper(note: str, venues: list[str]) -> None:
    assert told(note) == venues


@pytest.mark.parametrize(
    "note",
    [
        "Submitted to ICASSP 2026",
        "Under review at COLM 2026 (double blind)",
        "ICLR 2026 under review",
        "MICCAI 2026; under review",
        "Extended version of a paper of ECCV 2024",
        "Journal version of SlopeNet (CVPR 2025)",
        "Rejected from ICML 2026",
        "Second place of the NTIRE 2026 challenge",
        "12 pages, 3 figures, May 2026",
        "Code will be published at https://example.org/CVPR2026",
        "Of images of COVID-19 and of GPT-4, version 2",
        "Under GPL-3, in LNCS 2026",
        "accepted",
        "",
    ],
)
def test_what_was_not_taken_appeared_nowhere(note: str) -> None:
    assert told(note) == []


def test_two_figures_are_a_year_only_where_it_is_near() -> None:
    assert told("MODEST-25") == ["MODEST 2025"]
    assert told("BERT-90") == []
    assert told("ACL 12 pages") == []


def test_references_and_names_of_sources_are_read_too() -> None:
    reference = paper(journal_ref="Phys. Rev. D 113, 043021 (2026)", comments="7 pages")
    assert [str(one) for one in appearances(reference)] == ["PRD 2026"]
    named = paper(venue="ICLR 2026 Poster")
    assert [str(one) for one in appearances(named)] == ["ICLR 2026"]
    for out in ("Submitted to ICLR 2026", "ICLR 2026 Conference Withdrawn Submission", "bioRxiv"):
        assert appearances(paper(venue=out)) == ()
    for venue, told in (
        ("Proceedings of the AAAI Conference on Artificial Intelligence", "AAAI 2026"),
        ("2025 IEEE/CVF Conference on Computer Vision and Pattern Recognition", "CVPR 2025"),
        ("Advances in Neural Information Processing Systems", "NeurIPS 2026"),
        ("Proceedings of the 64th Annual Meeting of the Association for Computational Linguistics "
         "(Volume 1: Long Papers)", "ACL 2026"),
        ("Findings of the Association for Computational Linguistics: EMNLP 2025",
         "EMNLP Findings 2025"),
    ):  # fmt: skip
        assert [str(one) for one in appearances(paper(venue=venue))] == [told]
    plain = paper(venue="Journal of Slopes")
    assert [str(one) for one in appearances(plain)] == ["Journal of Slopes"]


def test_the_names_of_the_anthology_are_those_of_meetings() -> None:
    anthology = Paper(
        id="2025.acl-long.1", source="acl", title="Of words", published="2025-07",
        identifiers=(Identifier("acl", "2025.acl-long.1"),),
        extra={"venue": ["acl", "clicit", "ws"]},
    )  # fmt: skip
    assert [str(one) for one in appearances(anthology)] == ["ACL 2025", "CLICIT 2025"]


def test_one_venue_is_told_once_and_with_its_year() -> None:
    both = paper(journal_ref="ApJ 988, 177 (2026)", comments="accepted for publication in ApJ")
    assert [str(one) for one in appearances(both)] == ["ApJ 2026"]
    assert appearances(paper(comments=7, journal_ref=None)) == ()
    assert appearances(paper()) == ()


def test_long_notes_are_read_as_far_as_somebody_would() -> None:
    assert told("Accepted " * 50_000) == []
    assert told("to be published in A " * 50_000) in ([], ["A"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NIPS'17", "neurips 2017"),
        ("ICLR-2026", "iclr 2026"),
        ("A&A", "Astronomy and Astrophysics"),
        ("ECML-PKDD 2025", "ECML PKDD 2025"),
    ],
)
def test_one_venue_has_one_key(one: str, other: str) -> None:
    assert venue_key(one) == venue_key(other) != ""
    assert venue_key("  ") == ""
