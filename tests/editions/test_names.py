from __future__ import annotations

import json
from importlib.resources import files

from broadsheet.editions import category_name, shelf_of
from broadsheet.editions.categories import ARCHIVES, CATEGORIES
from broadsheet.editions.shelf import OTHER


def test_categories_have_human_names() -> None:
    assert category_name("cs.CV") == "Computer vision"
    assert category_name("astro-ph.GA") == "Galaxies"
    assert category_name("hep-th") == "High-energy theory"
    assert category_name("") == "Other papers"


def test_an_unknown_category_is_shown_as_it_came() -> None:
    assert category_name("zoo.APE") == "zoo.APE"


def test_every_subject_belongs_to_a_named_archive() -> None:
    assert {name.split(".")[0] for name in CATEGORIES} <= set(ARCHIVES)


def test_topics_are_gathered_on_shelves() -> None:
    assert shelf_of("feature attribution (vision)") == "Explaining models"
    assert shelf_of("dense retrieval pretraining") == "Search, ranking and recommendation"
    assert shelf_of("llm pruning") == "Smaller and faster"
    assert shelf_of("") == OTHER


def test_the_shelves_hold_nearly_all_of_the_starter_edition() -> None:
    path = files("broadsheet.sources").joinpath("starter", "papers.jsonl")
    topics = [json.loads(line)["topic"] for line in path.read_text().splitlines()]
    elsewhere = [topic for topic in topics if shelf_of(topic) == OTHER]
    assert len(elsewhere) < 0.04 * len(topics)
