"""A paper is read: its sentences, what they do, its terms; all by place in its own words."""

from broadsheet.text.acronyms import Acronym
from broadsheet.text.reading.clauses import clauses
from broadsheet.text.reading.document import prepare, tokenize
from broadsheet.text.reading.linear import LinearModel
from broadsheet.text.reading.paper import READING_VERSION, one_line, read_paper
from broadsheet.text.reading.roles import ROLES, role_model, role_shares
from broadsheet.text.reading.segments import Segments
from broadsheet.text.reading.sentences import split_sentences
from broadsheet.text.reading.summary import candidates, summary_model
from broadsheet.text.reading.values import (
    Document,
    FoundLink,
    Keyword,
    LinkKind,
    Reading,
    Role,
    Sentence,
    Span,
    Token,
)

__all__ = [
    "READING_VERSION",
    "ROLES",
    "Acronym",
    "Document",
    "FoundLink",
    "Keyword",
    "LinearModel",
    "LinkKind",
    "Reading",
    "Role",
    "Segments",
    "Sentence",
    "Span",
    "Token",
    "candidates",
    "clauses",
    "one_line",
    "prepare",
    "read_paper",
    "role_model",
    "role_shares",
    "split_sentences",
    "summary_model",
    "tokenize",
]
