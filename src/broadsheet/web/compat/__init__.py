"""The protocols of others, one file each, so that the programs people have work here too.

What a protocol cannot say of a paper is left out; what it says is what the pages say. Errors are
told in the protocol that was asked in.
"""

from broadsheet.web.compat.arxiv_api import ArxivQuery
from broadsheet.web.compat.errors import foreign_error
from broadsheet.web.compat.hugging_face import HuggingFace
from broadsheet.web.compat.hugging_face_collections import Collections
from broadsheet.web.compat.hugging_face_writing import Writing
from broadsheet.web.compat.linking import Linking
from broadsheet.web.compat.oai import OaiProvider
from broadsheet.web.compat.semantic_scholar import SemanticScholar
from broadsheet.web.compat.slashes import Slashless

# What is told apart by its method comes before what takes any name.
ROOMS = (Writing, HuggingFace, Collections, SemanticScholar, ArxivQuery, OaiProvider)
# Takes what nobody else does, so it has to come last.
LAST = Linking

__all__ = ["LAST", "ROOMS", "Slashless", "foreign_error"]
