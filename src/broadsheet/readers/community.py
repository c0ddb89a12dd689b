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
        number = self.comments.undecided()
        if operator:
            number += self.claims.undecided() + self.organisations.undecided()
        return number

    def follow(self) -> int:
        """One step behind the catalog: affiliations of changed papers, and papers waited for.

        For the worker; returns how many changed papers it looked at, 0 when all is done.
        """
        changed = self.organisations.gather()
        if changed:
            self.submissions.settle()
        return changed
