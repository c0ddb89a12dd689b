"""Asking other hosts, politely: the client, and what a source on the network is."""

from broadsheet.sources.fetching.client import MOST_BYTES, Client
from broadsheet.sources.fetching.documents import Document, ask_document
from broadsheet.sources.fetching.errors import FetchError
from broadsheet.sources.fetching.remote import (
    FURTHER_ADDRESSES,
    OPTIONS,
    Announced,
    AnnounceKind,
    Listing,
    Page,
    Remote,
    RemoteSettings,
    Want,
    fingerprint,
    id_hash,
)
from broadsheet.sources.fetching.values import Answer, Patience
from broadsheet.sources.fetching.xml import Broken, XmlError, parse_xml, text_of

__all__ = [
    "FURTHER_ADDRESSES",
    "MOST_BYTES",
    "OPTIONS",
    "AnnounceKind",
    "Announced",
    "Answer",
    "Broken",
    "Client",
    "Document",
    "FetchError",
    "Listing",
    "Page",
    "Patience",
    "Remote",
    "RemoteSettings",
    "Want",
    "XmlError",
    "ask_document",
    "fingerprint",
    "id_hash",
    "parse_xml",
    "text_of",
]
