"""The room's service: everything readers have and do, over an open catalog."""

from __future__ import annotations

from broadsheet.catalog import Catalog
from broadsheet.readers.accounts import Accounts
from broadsheet.readers.acts import Acts
from broadsheet.readers.community import Community
from broadsheet.readers.follows import Follows
from broadsheet.readers.learning import Learning
from broadsheet.readers.letters import Letters
from broadsheet.readers.libraries import ZoteroLibraries
from broadsheet.readers.lists import Lists
from broadsheet.readers.own_data import OwnData
from broadsheet.readers.proxied import proxied_account
from broadsheet.readers.searches import SavedSearches
from broadsheet.readers.sessions import ABSOLUTE_DAYS, IDLE_DAYS, Sessions
from broadsheet.readers.shown import Shown
from broadsheet.readers.store import Store
from broadsheet.readers.talked import Talked
from broadsheet.readers.tokens import Tokens
from broadsheet.readers.values import Reader

ACTS_PER_MINUTE = 300


class Readers:
    """Readers and all that is theirs; cheap to build, safe to share between threads.

    Calls raise `ReadersError` with a line that can be shown to the reader, and `CatalogError`
    when the database fails.
    """

    def __init__(
        self,
        catalog: Catalog,
        *,
        acts_per_minute: int = ACTS_PER_MINUTE,
        idle_days: float = IDLE_DAYS,
        absolute_days: float = ABSOLUTE_DAYS,
    ) -> None:
        self.catalog = catalog
        self._store = Store(catalog)
        self.accounts = Accounts(self._store)
        self.letters = Letters(self._store)
        self.sessions = Sessions(self._store, self.accounts, idle_days, absolute_days)
        self.tokens = Tokens(self._store)
        self.acts = Acts(self._store, acts_per_minute)
        self.lists = Lists(self._store, acts_per_minute)
        self.follows = Follows(self._store)
        self.searches = SavedSearches(self._store)
        self.shown = Shown(self._store)
        self.community = Community(self._store)
        self.data = OwnData(self._store)
        self.talked = Talked(self._store)
        self.zotero = ZoteroLibraries(self._store)
        self.learning = Learning(self._store)

    def named_by_proxy(self, given: str) -> Reader:
        """The account of the reader whom a login proxy names, made at the first visit.

        Raises `ReadersError` for a name that cannot be an account's.
        """
        return proxied_account(self.accounts, given)

    def seq(self) -> int:
        """The number of the last change to anything of a reader that a page could show."""
        return self._store.seq()
