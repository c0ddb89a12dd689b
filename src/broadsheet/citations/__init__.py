"""The room where papers become citations: BibTeX, RIS and CSL-JSON."""

from broadsheet.citations.exporting import FORMATS, MEDIA_TYPES, SUFFIXES, export
from broadsheet.citations.names import Name, parse_name

__all__ = ["FORMATS", "MEDIA_TYPES", "SUFFIXES", "Name", "export", "parse_name"]
