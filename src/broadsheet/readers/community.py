"""What readers do for one another, in one place."""

from __future__ import annotations

from broadsheet.readers.claims import Claims
from broadsheet.readers.comments import Comments
from broadsheet.readers.links import Links
from broadsheet.readers.organisations import Organisations
from broadsheet.readers.picks import Picks
from broadsheet.readers.store import Store
from broadsheet.readers.submissions import Submissions


class Community:
    """Submissions, picks, comments, claims, links and organisations."""

    def __init__(self, store: Store) -> None:
        self.submissions = Submissions(store)
        self.picks = Picks(store)
        self.comments = Comments(store)
        self.claims = Claims(store)
        self.links = Links(store)
        self.organisations = Organisations(store)

    def undecided(self, *, operator: bool) -> int:
        """How much nobody but a curator, or an operator, who decides more, can settle: not the
        submissions, which wait for a source."""
        return sum(self.undecided_of(operator=operator).values())

    def undecided_of(self, *, operator: bool) -> dict[str, int]:
        """How many ``reports``, ``claims`` and ``members`` that is; of what an operator alone
        decides none for others."""
        return {
            "reports": self.comments.undecided(),
            "claims": self.claims.undecided() if operator else 0,
            "members": self.organisations.undecided() if operator else 0,
        }

    def follow(self) -> int:
        """One step behind the catalog: affiliations of changed papers, and papers waited for.

        For the worker; returns how many changed papers it looked at, 0 when all is done.
        """
        changed = self.organisations.gather()
        if changed:
            self.submissions.settle()
        return changed
