"""It is delivered: the papers of a day, a week or a month, in sections, with what leads them."""

from broadsheet.editions.calendar import Span, long_date, parse_key, plain_date, span_of, weekday
from broadsheet.editions.categories import category_name
from broadsheet.editions.content import SHELF, STARTER, Contents, Edition, Section
from broadsheet.editions.plan import FRONT
from broadsheet.editions.reading import Editions, edition
from broadsheet.editions.shelf import shelf_of

__all__ = [
    "FRONT",
    "SHELF",
    "STARTER",
    "Contents",
    "Edition",
    "Editions",
    "Section",
    "Span",
    "category_name",
    "edition",
    "long_date",
    "parse_key",
    "plain_date",
    "shelf_of",
    "span_of",
    "weekday",
]
