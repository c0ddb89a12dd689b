"""A map of an edition: its papers by topic, under names that stay from one day to the next."""

from broadsheet.editions.topics.advancing import Mapped, advance, filed, is_new_week
from broadsheet.editions.topics.packing import MAP_VERSION, pack_map, unpack_map
from broadsheet.editions.topics.points import Sighted, Sights
from broadsheet.editions.topics.values import ELSEWHERE, Topic, TopicMap

__all__ = [
    "ELSEWHERE",
    "MAP_VERSION",
    "Mapped",
    "Sighted",
    "Sights",
    "Topic",
    "TopicMap",
    "advance",
    "filed",
    "is_new_week",
    "pack_map",
    "unpack_map",
]
