"""The room where papers arrive: files, saved pages and other hosts become `Paper` records.

Nothing is cleaned here (that is `text`) and nothing is kept (that is `catalog`).
"""

from broadsheet.sources.arrival import Arrived, Rejected, SourceError, Unread
from broadsheet.sources.arxiv_api import ArxivApi
from broadsheet.sources.arxiv_feed import ArxivFeed
from broadsheet.sources.arxiv_oai import ArxivOai
from broadsheet.sources.arxiv_records import PHYSICS, UnknownSetError, in_set, oai_set, set_name
from broadsheet.sources.asking import client_of, remote_settings, require_known
from broadsheet.sources.fetching import (
    Announced,
    AnnounceKind,
    Answer,
    Client,
    FetchError,
    Listing,
    Page,
    Patience,
    Remote,
    RemoteSettings,
    Want,
    fingerprint,
)
from broadsheet.sources.reading import FORMATS, default_source, format_of, read, starter
from broadsheet.sources.records import has_unread_date, is_titled
from broadsheet.sources.registry import remotes
from broadsheet.sources.streams import BrokenStreamError
from broadsheet.sources.zotero_sending import Sent
from broadsheet.sources.zotero_sending import send as send_to_zotero

__all__ = [
    "FORMATS",
    "PHYSICS",
    "AnnounceKind",
    "Announced",
    "Answer",
    "Arrived",
    "ArxivApi",
    "ArxivFeed",
    "ArxivOai",
    "BrokenStreamError",
    "Client",
    "FetchError",
    "Listing",
    "Page",
    "Patience",
    "Rejected",
    "Remote",
    "RemoteSettings",
    "Sent",
    "SourceError",
    "UnknownSetError",
    "Unread",
    "Want",
    "client_of",
    "default_source",
    "fingerprint",
    "format_of",
    "has_unread_date",
    "in_set",
    "is_titled",
    "oai_set",
    "read",
    "remote_settings",
    "remotes",
    "require_known",
    "send_to_zotero",
    "set_name",
    "starter",
]
