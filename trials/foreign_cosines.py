"""What probabilities are worth under another encoder than the one they were fitted for.

    python -m trials.foreign_cosines ENCODER DIR…

ENCODER is a name or a folder, each DIR a judged collection. Prints, for the stock encoder and
for ENCODER, by both maps of ``calibration.json`` (words and meaning, words alone) over the first
ten hits of each query: the mean probability told, the share that is relevant, the expected
calibration error, and the Brier score.
"""

from __future__ import annotations

import sys

import numpy as np

from broadsheet import settings as settings_
from broadsheet.encoders import Encoder, load_encoder
from broadsheet.evaluate import Collection, field_of, read_judged
from broadsheet.search import HYBRID
from broadsheet.search.calibrate import Calibration, calibrate, shipped
from trials.calibration.measures import brier, calibration_error

_SAMPLE, _TOP = 100, 10


def told(collection: Collection, encoder: Encoder) -> dict[str, tuple[list[float], list[bool]]]:
    """By map the probabilities of first hits, and whether each is relevant."""
    maps = shipped()
    alone: dict[str, Calibration] = {"both": maps["words"], "words": maps["words"]}
    names = sorted(collection.queries)[:_SAMPLE]
    found: dict[str, tuple[list[float], list[bool]]] = {"both": ([], []), "words": ([], [])}
    with field_of(collection, encoder) as ground:
        for name in names:
            for kind, used in (("both", maps), ("words", alone)):
                line = HYBRID.without("calibrate").before("sort", calibrate(used))
                ranking = ground.run(line, collection.queries[name]).take(np.arange(_TOP))
                chances, right = found[kind]
                chances += ranking.features["probability"].tolist()
                grades = collection.qrels[name]
                documents = ground.names(ranking.ids.tolist())
                right += [grades.get(document, 0) > 0 for document in documents]
    return found


def main() -> None:
    """Prints the table."""
    home = settings_.load()
    stock = load_encoder(home.encoder, home.models_path, hub=home.model_hub)
    other = load_encoder(sys.argv[1], home.models_path, hub=home.model_hub)
    print("| collection | encoder | map | told | relevant | ECE | Brier |")
    print("|---|---|---|--:|--:|--:|--:|")
    for folder in sys.argv[2:]:
        for collection in read_judged(folder):
            for name, encoder in (("stock", stock), ("other", other)):
                for kind, (chances, right) in told(collection, encoder).items():
                    p, y = np.array(chances), np.array(right, float)
                    values = (p.mean(), y.mean(), calibration_error(p, y), brier(p, y))
                    figures = " | ".join(f"{value:.3f}" for value in values)
                    print(f"| {collection.name} | {name} | {kind} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
