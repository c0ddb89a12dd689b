"""Schemathesis over the whole description of the API, as one of several askers.

    python -m tests.web.fuzzing --minutes 10

runs it for long, each asker for a third of the time.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from broadsheet.catalog import Catalog, ingest
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.sources import read
from broadsheet.worker import Perusing
from tests.web.community import make_community
from tests.web.serving import HashedWords, Server, file_papers

ASKERS = ("nobody", "reader", "operator")
# Left out: whether a paper, a name or a cursor exists is said by no schema, so an answer 400 or
# 404 to what fits the schema is right (positive_data_acceptance).
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)


# An address that is too long is refused before anything in it is read; one with hundreds of ids,
# above 64 KB, by the HTTP server itself, which says so in plain text.
# All that is asked for stands here: what the command line names would go before an operation's own.
CONFIG = """
[checks]
enabled = false
{checks}
[checks.negative_data_rejection]
enabled = true
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 414, 415, 422, 428, 429]

[[operations]]
include-name = "GET /api/v1/cite"
checks.content_type_conformance.enabled = false
""".format(
    checks="\n".join(
        f"{name}.enabled = true" for name in CHECKS if name != "negative_data_rejection"
    )
)


@dataclass(frozen=True)
class Outcome:
    """What a run found: its exit status, what it printed, and how much it asked."""

    rc: int
    text: str
    cases: int


# The paper that the examples of the description name; an abstract of our own with all to read.
EXAMPLE = {
    "id": "1706.03762",
    "title": "Attention Is All You Need",
    "abstract": "Sequence models are slow to train. We propose the Transformer, a model of "
    "attention without recurrent neural networks (RNN). It does not need convolutions. "
    "Experiments show better translation in less time. Code is at "
    "https://github.com/example/code.",
    "authors": ["Ashish Vaswani", "Noam Shazeer <noam@example.org>"],
    "categories": ["cs.CL", "cs.LG"],
    "date": "2026-08-20",
}


def _take_in(settings: Settings, catalog: Catalog) -> None:
    path = settings.home / "example.jsonl"
    path.write_text(json.dumps(EXAMPLE) + "\n", encoding="utf-8")
    ingest(
        catalog,
        read(path, source="listings"),
        path=path,
        source="listings",
        rejected_dir=settings.rejected_path,
        progress=None,
    )


def talkative_home(folder: Path) -> tuple[Settings, dict[str, str]]:
    """A home with accounts where something of everything is there; the token of each asker."""
    settings, things = make_community(folder)
    with closing(Catalog.open(settings)) as catalog:
        _take_in(settings, catalog)
        file_papers(settings, catalog, HashedWords())
        readers = Readers(catalog)
        Perusing(catalog).some(200)
        works = [*catalog.resolve("1706.03762"), *(c.work_id for c in catalog.changes(0, 2))]
        cem, bob, ada = (things[name].reader for name in ("cem", "bob", "ada"))
        community = readers.community
        said = community.comments.add(cem, works[0], "*Well* said")
        community.comments.report(bob, said.id, "is it?")
        community.links.add(cem, works[0], "code", "https://github.com/example/code")
        community.submissions.submit(cem, "2601.99999", "worth reading")
        community.picks.pick(bob, works[1], "2026-08-20", "read this")
        community.organisations.gather()
        made = community.organisations.make(cem, "Institute of Examples")
        community.organisations.attach(ada, made.id, works[0])
        for work in works:
            readers.acts.do(cem, "upvote", work)
        readers.follows.add(cem, "category", "cs.CL")
        readers.letters.invite(ada, "reader")
        scopes = ("read", "write", "moderate", "admin")
        tokens = {
            "nobody": "",
            "reader": things["cem"].secrets["write"],
            "operator": readers.tokens.make(ada, "everything", scopes),
        }
    return settings.model_copy(update={"api_limit": 0, "api_writes": 0}), tokens


def fuzz(server: Server, token: str, *options: str, folder: Path) -> Outcome:
    """Asks all that the description says, well and badly; the limits are in ``options``."""
    report = folder / "report.ndjson"
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
        *("run", f"{server.url}/api/v1/openapi.json"),
        *("--report", "ndjson", "--report-ndjson-path", str(report), "--no-color"),
        *("--suppress-health-check", "all", "--continue-on-failure"),
        *(("-H", f"Authorization: Bearer {token}") if token else ()),
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    text = done.stdout + done.stderr
    asked = re.search(r"(\d+) generated", text)
    return Outcome(done.returncode, text, int(asked[1]) if asked else 0)


def main() -> None:
    """Runs all askers for some minutes and prints what was asked and found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--askers", default=",".join(ASKERS))
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    askers = args.askers.split(",")
    found = 0
    for asker in askers:
        with tempfile.TemporaryDirectory() as name:
            settings, tokens = talkative_home(Path(name) / "home")
            seconds = max(5, round(60 * args.minutes / len(askers)))
            with Server(settings, HashedWords()) as server:
                options = ("--max-time", str(seconds), "--seed", str(args.seed))
                outcome = fuzz(server, tokens[asker], *options, folder=Path(name))
        print(f"== {asker}\n{outcome.text}", flush=True)
        found |= outcome.rc
    sys.exit(found)


if __name__ == "__main__":
    main()
