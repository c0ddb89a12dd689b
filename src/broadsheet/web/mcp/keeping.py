"""Tools that change what is a reader's: only for a token with the scope write, or where the
one who started the program said so."""

from __future__ import annotations

from broadsheet.editions import public_name
from broadsheet.readers import Reader
from broadsheet.web.mcp.answers import Answer
from broadsheet.web.mcp.asking import Asking, Refusal, shown
from broadsheet.web.mcp.given import DislikeGiven, ListGiven, SaveGiven, VoteGiven

_LIST_NUMBER = 15  # digits


class Done(Answer):
    """What was done."""

    id: str
    done: str


def save(asking: Asking, given: SaveGiven) -> Done:
    """Saves a paper for later."""
    return _act(asking, given.id, "save", given.saved, ("saved", "saved no more"))


def vote(asking: Asking, given: VoteGiven) -> Done:
    """Votes for a paper."""
    return _act(asking, given.id, "upvote", given.up, ("voted for", "vote taken back"))


def not_interested(asking: Asking, given: DislikeGiven) -> Done:
    """Says that a paper is not wanted, so that fewer like it come."""
    said = ("not interested", "taken back")
    return _act(asking, given.id, "not_interested", not given.undo, said, given.reason)


def add_to_list(asking: Asking, given: ListGiven) -> Done:
    """Puts a paper into a list of the reader's."""
    reader, work = _writer(asking), asking.work(given.id)
    lists = asking.state.readers.lists
    wanted = given.list.strip()
    own = lists.of(reader.id)
    found = next((one for one in own if str(one.id) == wanted), None)
    found = found or next((one for one in own if one.name.casefold() == wanted.casefold()), None)
    if found is None:
        if wanted.isascii() and wanted.isdigit() and len(wanted) <= _LIST_NUMBER:
            raise Refusal(f"There is no list {shown(wanted)}; lists names them.")
        found = lists.make(reader.id, wanted)
    lists.put(found.id, work.id, given.note or None, owner=reader.id)
    return Done(id=public_name(work.paper), done=f"in the list {found.name} ({found.id})")


def _act(
    asking: Asking, name: str, kind: str, wanted: bool, said: tuple[str, str], reason: str = ""
) -> Done:
    reader, work = _writer(asking), asking.work(name)
    if wanted:
        asking.state.readers.acts.do(reader.id, kind, work.id, reason)
    else:
        asking.state.readers.acts.undo(reader.id, kind, work.id)
    return Done(id=public_name(work.paper), done=said[0] if wanted else said[1])


def _writer(asking: Asking) -> Reader:
    if not asking.writes:
        raise Refusal("This needs a personal token with the scope “write”.")
    return asking.reader
