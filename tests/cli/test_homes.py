"""Where a home comes into being, and where it does not."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from broadsheet.cli import main

from .conftest import PAPERS, Terminal, write_papers

WITHOUT_HOME = {f"evaluate {name}" for name in ("identity", "keywords", "roles", "summaries")}
# These begin a home, or look at one that may not be there.
BEGINNING = {"serve", "work", "sync", "import", "restore", "doctor"}
BEGINNING |= {f"user {name}" for name in ("add", "invite", "mode")}
# These take nothing from a home but its encoder.
MEASURING = {f"evaluate {name}" for name in ("acronyms", "screening", "search", "taste", "replay")}
MEASURING |= {"bench", "learn recipes"}


def commands(group: click.Command, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(group, click.Group):
        yield words, group
        return
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield from commands(command, *words, name)


COMMANDS = {" ".join(words): command for words, command in commands(main)}
READING = sorted(COMMANDS.keys() - WITHOUT_HOME - BEGINNING - MEASURING)


def test_all_but_what_measures_files_alone_takes_a_home() -> None:
    lacking = {
        name
        for name, command in COMMANDS.items()
        if not any("--home" in option.opts for option in command.params)
    }
    assert lacking == WITHOUT_HOME


def filled_in(name: str) -> list[str]:
    """A command with something for each argument that it wants."""
    words = name.split()
    for argument in COMMANDS[name].params:
        if isinstance(argument, click.Argument) and argument.required:
            choices = argument.type.choices if isinstance(argument.type, click.Choice) else ["1"]
            words += list(choices)[:1] * max(argument.nargs, 1)
    return words


MORE = {"digest": ["--due"], "export": ["1"], "learn train": ["adapt"]}


@pytest.mark.parametrize("name", READING)
def test_a_command_that_reads_makes_no_home(name: str, tmp_path: Path) -> None:
    home = tmp_path / "slip"
    words = [*filled_in(name), *MORE.get(name, []), "--home", str(home)]
    ran = CliRunner().invoke(main, words)
    assert (ran.exit_code, ran.output.count("\n")) == (1, 1), ran.output
    assert f"{home}: holds no catalog; name its folder with --home" in ran.output
    assert not home.exists()


@pytest.mark.parametrize(
    "words", [["import", "--list"], ["import", "--undo", "1"], ["evaluate", "replay"]]
)
def test_nor_does_one_that_may_do_more(words: list[str], tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, [*words, "--home", str(tmp_path / "slip")])
    assert ran.exit_code == 1 and "holds no catalog" in ran.output
    assert not (tmp_path / "slip").exists()


def test_the_doctor_looks_for_a_home_without_making_it(terminal: Terminal) -> None:
    assert "does not exist yet" in terminal.ok("doctor").out
    assert not terminal.home.exists()


def test_sources_are_listed_without_a_home(terminal: Terminal) -> None:
    assert "arxiv" in {one["name"] for one in terminal.ok("sync", "--json").json}
    assert not terminal.home.exists()


def test_an_import_begins_a_home(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("import", str(write_papers(tmp_path / "papers.jsonl", PAPERS[:1])))
    assert terminal.ok("show", PAPERS[0]["id"]).out


def test_what_may_be_left_out_is_in_brackets() -> None:
    assert (
        "report [OPTIONS] [RUN]" in CliRunner().invoke(main, ["learn", "report", "--help"]).output
    )


def test_what_comes_next_is_told_for_the_home_that_was_named(
    filled: Terminal, tmp_path: Path
) -> None:
    archive = tmp_path / "backup.tar"
    filled.ok("backup", str(archive))
    other = tmp_path / "another home"
    told = filled.ok("restore", str(archive), "--home", str(other)).out.strip()
    line = told.partition("Next: ")[2]
    assert line == f"broadsheet index build --home '{other}'"
    assert line in filled.run("doctor", "--home", str(other)).out
    filled.ok(*shlex.split(line)[1:])
    assert filled.ok("search", "soccer", "--legs", "lexical", "--home", str(other)).out

    at_home = filled.ok("restore", str(archive), "--force").out.strip()
    assert at_home.endswith("Next: broadsheet index build")


def test_the_home_may_be_told_before_the_command(filled: Terminal) -> None:
    home = str(filled.home)
    for told in (["--home", home], [f"--home={home}"]):
        for words in (["user", "list"], ["import", "--list", "--"]):
            ran = CliRunner().invoke(main, [*told, *words])
            assert ran.exit_code == 0, ran.output
    ran = CliRunner().invoke(main, ["--home", "index"])
    assert ran.exit_code == 2 and "no command is given" in ran.output


def test_what_an_error_says_to_run_is_told_for_the_home_that_was_named(
    filled: Terminal, tmp_path: Path
) -> None:
    other = tmp_path / "my papers"
    papers = write_papers(tmp_path / "lab" / "papers.jsonl", PAPERS)
    filled.ok("import", str(papers), "--home", str(other))
    (other / "index" / "CURRENT").write_text("9999\n", "utf-8")
    named = f"run: broadsheet index rebuild --home '{other}'"
    for words in (["search", "soccer"], ["index", "check"]):
        assert filled.fails(*words, "--home", str(other)).endswith(named)
    assert named in filled.run("doctor", "--home", str(other)).out
    plain = filled.fails("search", "soccer", BROADSHEET_HOME=str(other))
    assert plain.endswith("run: broadsheet index rebuild"), "the variable still stands"
    untrained = filled.fails("learn", "report", "--home", str(other))
    assert untrained.endswith(f"run: broadsheet learn train RECIPE --home '{other}'")


only_root = pytest.mark.skipif(os.geteuid() != 0, reason="root alone acts on the homes of others")
SOMEBODY = 65534


@only_root
def test_root_writes_nothing_that_the_owner_of_a_home_cannot_read(
    terminal: Terminal, tmp_path: Path
) -> None:
    papers = write_papers(tmp_path / "arxiv" / "papers.jsonl", PAPERS)
    terminal.home.mkdir()
    os.chown(terminal.home, SOMEBODY, SOMEBODY)
    for words in (("import", str(papers)), ("user", "mode", "single"), ("doctor",)):
        assert "run it as that user: sudo -u " in terminal.fails(*words)
    assert list(terminal.home.iterdir()) == []


@only_root
def test_doctor_names_a_catalog_that_is_another_s_than_the_home(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.ok("import", str(write_papers(tmp_path / "arxiv" / "papers.jsonl", PAPERS)))
    os.chown(terminal.home, SOMEBODY, SOMEBODY)
    (found,) = (one for one in terminal.run("doctor", "--json").json if one["what"] == "home")
    assert found["state"] == "warning" and "catalog.sqlite3 to user 'root'" in found["seen"]
    assert found["todo"].startswith("chown -R ") and str(terminal.home) in found["todo"]
