"""A map as bytes, to be kept between days."""

from __future__ import annotations

import io
import json

import numpy as np

from broadsheet.editions.topics.values import Frame, Topic, TopicMap

# Raised when maps are made or packed in another way: they are made anew then.
MAP_VERSION = 1


def pack_map(made: TopicMap) -> bytes:
    """The map, about 5 KB a topic. Sums keep three digits: nothing that is told hangs on more."""
    told = {
        "day": made.day,
        "next": made.next_number,
        "topics": [
            [t.number, t.name, list(t.subjects), t.first, t.last, t.rests] for t in made.topics
        ],
        "printed": dict(made.printed),
        "counts": [{k: round(n, 3) for k, n in told.items()} for told in made.counts],
    }
    stream = io.BytesIO()
    np.savez_compressed(
        stream,
        told=np.frombuffer(json.dumps(told).encode(), np.uint8),
        sums=made.sums.astype(np.float16),
        mass=made.mass,
        mean=made.frame.mean,
        centre=made.frame.centre,
        axes=made.frame.axes.astype(np.float16),
        fit=made.fit,
    )
    return stream.getvalue()


def unpack_map(content: bytes) -> TopicMap:
    """The map again; ValueError for bytes that are none."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        told = json.loads(arrays["told"].tobytes())
        return TopicMap(
            told["day"],
            tuple(
                Topic(number, name, tuple(subjects), first, last, rests)
                for number, name, subjects, first, last, rests in told["topics"]
            ),
            arrays["sums"].astype(np.float32),
            arrays["mass"],
            Frame(arrays["mean"], arrays["centre"], arrays["axes"].astype(np.float32)),
            arrays["fit"],
            tuple(told["counts"]),
            told["printed"],
            told["next"],
        )
