"""The room of readers: accounts, what each keeps, does and says.

`Readers` is the way in. Every table here, and every table of a later room that holds something
of a reader, has a column ``reader_id``: it is exported and deleted with the reader by that.
"""

from broadsheet.readers.checks import later
from broadsheet.readers.claims import Claim, addresses
from broadsheet.readers.comments import Comment, Report
from broadsheet.readers.errors import ReadersError, ThrottledError
from broadsheet.readers.filling import Filled, fill_list
from broadsheet.readers.libraries import ZoteroLibrary
from broadsheet.readers.links import LINK_KINDS, WorkLink
from broadsheet.readers.markdown import LONGEST as MAX_COMMENT
from broadsheet.readers.markdown import to_safe_html
from broadsheet.readers.organisations import Member, Organisation
from broadsheet.readers.picks import Pick
from broadsheet.readers.readers import Readers
from broadsheet.readers.references import references_in, references_of_file
from broadsheet.readers.saved import notes_of, saved_entries
from broadsheet.readers.store import Store, standing
from broadsheet.readers.submissions import Submission
from broadsheet.readers.tables_post import LETTER, post, postboxes
from broadsheet.readers.taste import (
    Built,
    Field,
    Interest,
    Interleaving,
    Lens,
    Profile,
    Ranked,
    Recommendation,
    Scorer,
    Seed,
    Taste,
    Tuning,
    WhatIf,
    Why,
    chance_of_like,
    weigh,
)
from broadsheet.readers.tokens import PREFIX as TOKEN_PREFIX
from broadsheet.readers.values import (
    FOLLOWED,
    JUDGING,
    KINDS,
    LOCAL,
    REASONS,
    ROLES,
    SCOPES,
    Act,
    Digest,
    Entry,
    Follow,
    Invitation,
    Kind,
    List,
    Mode,
    Reader,
    Registration,
    Role,
    SavedSearch,
    Session,
    Token,
    json_of,
)

__all__ = [
    "FOLLOWED",
    "JUDGING",
    "KINDS",
    "LETTER",
    "LINK_KINDS",
    "LOCAL",
    "MAX_COMMENT",
    "REASONS",
    "ROLES",
    "SCOPES",
    "TOKEN_PREFIX",
    "Act",
    "Built",
    "Claim",
    "Comment",
    "Digest",
    "Entry",
    "Field",
    "Filled",
    "Follow",
    "Interest",
    "Interleaving",
    "Invitation",
    "Kind",
    "Lens",
    "List",
    "Member",
    "Mode",
    "Organisation",
    "Pick",
    "Profile",
    "Ranked",
    "Reader",
    "Readers",
    "ReadersError",
    "Recommendation",
    "Registration",
    "Report",
    "Role",
    "SavedSearch",
    "Scorer",
    "Seed",
    "Session",
    "Store",
    "Submission",
    "Taste",
    "ThrottledError",
    "Token",
    "Tuning",
    "WhatIf",
    "Why",
    "WorkLink",
    "ZoteroLibrary",
    "addresses",
    "chance_of_like",
    "fill_list",
    "json_of",
    "later",
    "notes_of",
    "post",
    "postboxes",
    "references_in",
    "references_of_file",
    "saved_entries",
    "standing",
    "to_safe_html",
    "weigh",
]
