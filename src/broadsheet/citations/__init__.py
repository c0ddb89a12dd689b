"""The room where papers become citations: BibTeX, RIS, CSL-JSON, Zotero's RDF, and text."""

from broadsheet.citations.appearing import Appearance, appearances, venue_key
from broadsheet.citations.exporting import FORMATS, MEDIA_TYPES, SUFFIXES, export
from broadsheet.citations.names import Name, parse_name
from broadsheet.citations.reference import Reference, references
from broadsheet.citations.styles import STYLES, StyleError, formatted, style_name
from broadsheet.citations.symbols import unnamed
from broadsheet.citations.venues import Publication, page_range, publication
from broadsheet.citations.zotero_rdf import ZOTERO_RDF, zotero_rdf
from broadsheet.citations.zotero_rdf import extra as zotero_extra
from broadsheet.citations.zotero_rdf import item_type as zotero_item_type

__all__ = [
    "FORMATS",
    "MEDIA_TYPES",
    "STYLES",
    "SUFFIXES",
    "ZOTERO_RDF",
    "Appearance",
    "Name",
    "Publication",
    "Reference",
    "StyleError",
    "appearances",
    "export",
    "formatted",
    "page_range",
    "parse_name",
    "publication",
    "references",
    "style_name",
    "unnamed",
    "venue_key",
    "zotero_extra",
    "zotero_item_type",
    "zotero_rdf",
]
