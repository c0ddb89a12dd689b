"""Trials of taste: settings of the product's model over replayed libraries.

``python -m trials.taste CONFIG.toml DIR [--readers N] [--likes 1,3,10,30]`` prints the average
precision of each system at each number of likes. DIR is `../shared/data/citeulike` or another
folder that ``evaluate replay`` reads. A system is a table ``[systems.NAME]`` of fields of
`broadsheet.readers.Tuning`; what is not said is as in the product. Differences are to
``default``, paired, with the p of a randomisation test.
"""

from __future__ import annotations

import argparse
import tomllib
from dataclasses import replace
from pathlib import Path

from broadsheet.encoders import load_encoder
from broadsheet.evaluate import Recipe, recipes, replay_libraries
from broadsheet.evaluate.recipes import of_tuning
from broadsheet.readers import Tuning
from broadsheet.settings import load


def main() -> None:
    """Prints the table of a configuration."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--readers", type=int, default=60)
    parser.add_argument("--likes", default="1,3,10,30")
    asked = parser.parse_args()
    systems = tomllib.loads(asked.config.read_text(encoding="utf-8"))["systems"]
    for name, fields in systems.items():
        recipes[name] = Recipe(name, str(asked.config), of_tuning(replace(Tuning(), **fields)))
    settings = load()
    encoder = load_encoder(settings.encoder, settings.models_path, hub=settings.model_hub)
    found = replay_libraries(
        asked.folder,
        encoder,
        likes=[int(number) for number in asked.likes.split(",")],
        systems=list(systems),
        readers=asked.readers,
    )
    numbers = list(found["likes"])
    print(f"{'likes':28}" + "".join(f"{number:>20}" for number in numbers))
    for name in systems:
        cells = [found["likes"][number]["systems"][name] for number in numbers]
        print(f"{name:28}" + "".join(f"{c['ap']:10.4f} p={c.get('p', 1):6.4f} " for c in cells))


if __name__ == "__main__":
    main()
