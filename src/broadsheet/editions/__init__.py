"""It is delivered: the papers of a day, a week or a month, in sections, with what leads them."""

from broadsheet.editions.addresses import paper_path, public_name
from broadsheet.editions.became import news_of_kept
from broadsheet.editions.calendar import Span, long_date, parse_key, plain_date, span_of, weekday
from broadsheet.editions.cards import CARD_LINE, CardLine, begun, card_of, card_words, fits
from broadsheet.editions.categories import category_name
from broadsheet.editions.content import SHELF, STARTER, Contents, Edition, Section
from broadsheet.editions.digest import DigestMaker, still_news, works_of
from broadsheet.editions.digest_taste import recommending
from broadsheet.editions.digest_times import Cadence, Slot, is_timely, latest_slot
from broadsheet.editions.digest_values import FOLLOWED, FOR_YOU, Digest, Followed, Missed, Pick
from broadsheet.editions.feeds import MEDIA_TYPES, MOST_ENTRIES, OPML, FeedKind, feed
from broadsheet.editions.feeds_entry import FeedEntry, FeedHead, Outline
from broadsheet.editions.feeds_xml import opml
from broadsheet.editions.for_you_list import LINE, ForYou, ForYouEntry, for_you, reading_seconds
from broadsheet.editions.mail import MailError, MailWriter, Sender, is_address
from broadsheet.editions.mail_tokens import ACTS, LinkError, MailAct, MailTokens
from broadsheet.editions.matching import matches
from broadsheet.editions.plan import FRONT
from broadsheet.editions.reading import Editions, edition
from broadsheet.editions.shelf import shelf_of
from broadsheet.editions.storylines import storylines
from broadsheet.editions.topics import (
    ELSEWHERE,
    MAP_VERSION,
    Mapped,
    Sighted,
    Sights,
    Topic,
    TopicMap,
    advance,
    filed,
    is_new_week,
    pack_map,
    unpack_map,
)
from broadsheet.editions.trending_list import (
    HALF_LIFE_DAYS,
    Trending,
    TrendingEntry,
    TrendingKind,
    trending,
)

__all__ = [
    "ACTS",
    "CARD_LINE",
    "ELSEWHERE",
    "FOLLOWED",
    "FOR_YOU",
    "FRONT",
    "HALF_LIFE_DAYS",
    "LINE",
    "MAP_VERSION",
    "MEDIA_TYPES",
    "MOST_ENTRIES",
    "OPML",
    "SHELF",
    "STARTER",
    "Cadence",
    "CardLine",
    "Contents",
    "Digest",
    "DigestMaker",
    "Edition",
    "Editions",
    "FeedEntry",
    "FeedHead",
    "FeedKind",
    "Followed",
    "ForYou",
    "ForYouEntry",
    "LinkError",
    "MailAct",
    "MailError",
    "MailTokens",
    "MailWriter",
    "Mapped",
    "Missed",
    "Outline",
    "Pick",
    "Section",
    "Sender",
    "Sighted",
    "Sights",
    "Slot",
    "Span",
    "Topic",
    "TopicMap",
    "Trending",
    "TrendingEntry",
    "TrendingKind",
    "advance",
    "begun",
    "card_of",
    "card_words",
    "category_name",
    "edition",
    "feed",
    "filed",
    "fits",
    "for_you",
    "is_address",
    "is_new_week",
    "is_timely",
    "latest_slot",
    "long_date",
    "matches",
    "news_of_kept",
    "opml",
    "pack_map",
    "paper_path",
    "parse_key",
    "plain_date",
    "public_name",
    "reading_seconds",
    "recommending",
    "shelf_of",
    "span_of",
    "still_news",
    "storylines",
    "trending",
    "unpack_map",
    "weekday",
    "works_of",
]
