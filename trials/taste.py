"""Trials of taste: settings and other models over replayed libraries.

``python -m trials.taste CONFIG.toml DIR [--readers N] [--likes 1,3,10,30]`` prints the average
precision of each system at each number of likes. DIR is `../shared/data/citeulike` or another
folder that ``evaluate replay`` reads. A system is a table ``[systems.NAME]`` of fields of
`broadsheet.readers.Tuning`, or of a ``recipe`` of `trials.taste_rows` with its settings; what is
not said is as in the product. Below each figure stand its difference to ``baseline`` (by default
``default``), paired, with the 95 % interval and the p of a randomisation test.
"""

from __future__ import annotations

import argparse
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from broadsheet.encoders import Encoder, load_encoder
from broadsheet.evaluate import Recipe, interval, randomisation, recipes, replay_libraries
from broadsheet.evaluate.recipes import Maker, of_tuning
from broadsheet.readers import Tuning
from broadsheet.settings import load
from trials.taste_rows import makers


def main() -> None:
    """Prints the table of a configuration."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--readers", type=int, default=60)
    parser.add_argument("--likes", default="1,3,10,30")
    asked = parser.parse_args()
    config = tomllib.loads(asked.config.read_text(encoding="utf-8"))
    systems, baseline = config["systems"], config.get("baseline", "default")
    settings = load()
    encoder = load_encoder(settings.encoder, settings.models_path, hub=settings.model_hub)
    for name, fields in systems.items():
        recipes[name] = Recipe(name, str(asked.config), _maker(dict(fields), encoder))
    found = replay_libraries(
        asked.folder,
        encoder,
        likes=[int(number) for number in asked.likes.split(",")],
        systems=list(systems),
        readers=asked.readers,
        each=True,
    )
    for number, entry in found["likes"].items():
        print(f"{number} likes, {entry['readers']} readers: AP, and difference to {baseline}")
        values = {name: np.asarray(entry["values"][name]) for name in systems}
        for name, own in values.items():
            line = f"  {name:28}{own.mean():8.4f}"
            if name != baseline:
                apart = own - values[baseline]
                low, high = interval(apart, draws=2_000)
                p = randomisation([apart], draws=2_000)
                line += f"  {apart.mean():+.4f} [{low:+.4f}, {high:+.4f}] p = {p:.4f}"
            print(line)


def _maker(fields: dict[str, Any], encoder: Encoder) -> Maker:
    if "recipe" in fields:
        return makers[fields.pop("recipe")](encoder, **fields)
    return of_tuning(replace(Tuning(), **fields))


if __name__ == "__main__":
    main()
