"""Where the links of our mails lead.

Programs look at mails before people do and follow what they find, so following a link changes
nothing: it shows a page with a button, and the button does it. The one exception is the one that
mail programs press for their reader: one-click unsubscription, which is a POST (RFC 8058).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.catalog import Work
from broadsheet.editions import ACTS, LinkError, MailAct, MailTokens
from broadsheet.readers import Reader, ReadersError, ThrottledError, standing
from broadsheet.text import plain, told_title
from broadsheet.web.desk import State
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.site import Site
from broadsheet.worker import PostLog

_KINDS: dict[MailAct, str] = {"more": "rate_up", "less": "not_interested", "save": "save"}
_WORDS: dict[MailAct, str] = {
    "more": "More like this",
    "less": "Less like this",
    "save": "Save it",
}
_DONE: dict[MailAct, str] = {
    "more": "Noted: more like this",
    "less": "Noted: less like this",
    "save": "Saved",
}
_LONGEST_BODY = 10_000


@dataclass(frozen=True, slots=True)
class Button:
    """A form of one button."""

    words: str
    action: str
    main: bool = True


class MailLinks:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: MailTokens | None = None

    def routes(self) -> list[Route]:
        """The pages that mails link to."""
        handlers = (
            ("/mail/act/{token}", self.act_page, self.act),
            ("/mail/unsubscribe/{token}", self.unsubscribe_page, self.unsubscribe),
            ("/mail/confirm/{token}", self.confirm_page, self.confirm),
        )
        routes = []
        for path, page, done in handlers:
            routes.append(Route(path, page, methods=["GET"]))
            routes.append(Route(path, done, methods=["POST"]))
        return routes

    @allow("anyone", strangers=True)
    async def act_page(self, request: Request) -> Response:
        """What the link of a paper offers."""
        return await self._answer(request, self._offered)

    @allow("anyone", signed=True, body=_LONGEST_BODY)
    async def act(self, request: Request) -> Response:
        """Does what the link allows, or takes it back; a second time changes nothing."""
        undo = request.query_params.get("undo") == "1"
        return await self._answer(request, lambda state, token: self._done(state, token, undo))

    @allow("anyone", strangers=True)
    async def unsubscribe_page(self, request: Request) -> Response:
        """Asks whether the digests should end."""

        def make(state: State, token: str) -> Body:
            reader = self._subscriber(state, token)
            button = Button("End my digests", self._here(request))
            line = f"No more digests will be sent to {_hidden(reader.email)}."
            if reader.digest == "off":
                return self._page("You get no digests", ["They have ended already."])
            return self._page("End your digests?", [line], [button])

        return await self._answer(request, make)

    @allow("anyone", signed=True, body=_LONGEST_BODY)
    async def unsubscribe(self, request: Request) -> Response:
        """Ends the digests, from our page or by the one click of a mail program."""
        again = request.query_params.get("again", "")

        def make(state: State, token: str) -> Body:
            reader = self._subscriber(state, token)
            wanted = again if again in ("daily", "weekly") else "off"
            if reader.digest != wanted:
                state.readers.accounts.update(reader.id, digest=wanted)
            if wanted != "off":
                return self._page("Your digests go on", ["Nothing else has changed."])
            before = reader.digest
            if before == "off":  # a mail program was here first, or this is a second time
                found = PostLog(state.catalog.database).latest_digest(reader.id)
                before = found[1].cadence if found else "daily"
            back = Button("Take that back", f"{self._here(request)}?again={before}", main=False)
            lines = ["No more digests are sent to you. Your account and your lists stay."]
            return self._page("Your digests have ended", lines, [back])

        return await self._answer(request, make)

    @allow("anyone", strangers=True)
    async def confirm_page(self, request: Request) -> Response:
        """Asks to confirm an address."""

        def make(state: State, token: str) -> Body:
            del state, token
            line = "Press the button, and mail from this paper may be sent to you."
            button = Button("Yes, this is my address", self._here(request))
            return self._page("Is this your address?", [line], [button])

        return await self._answer(request, make)

    @allow("anyone", signed=True, body=_LONGEST_BODY)
    async def confirm(self, request: Request) -> Response:
        """Confirms an address; the link is good once."""

        def make(state: State, token: str) -> Body:
            reader = state.readers.letters.confirm_email(token)
            PostLog(state.catalog.database).forgive(reader.id)
            line = f"{_hidden(reader.email)} is yours. You can choose your digests now."
            settings = f"{self._site.settings.base_path}/account#settings"
            onward = (settings, "Choose your digests")
            return self._page("Your address is confirmed", [line], onward=onward)

        return await self._answer(request, make)

    def _offered(self, state: State, token: str) -> Body:
        link = self._tokens().read_act(token)
        reader, work = _reader(state, link.reader_id), self._work(state, link.work_id)
        base = self._site.settings.base_path
        acts: tuple[MailAct, ...] = (link.act,) if link.act else ACTS
        buttons = [
            Button(
                _WORDS[act],
                f"{base}/mail/act/"
                + (token if link.act else self._tokens().act(reader.id, work.id, act)),
                main=act == acts[0],
            )
            for act in acts
        ]
        return self._page(_title(work), ["What should be noted?"], buttons, work)

    def _done(self, state: State, token: str, undo: bool) -> Body:
        link = self._tokens().read_act(token)
        if not link.act:
            return self._offered(state, token)
        reader, work = _reader(state, link.reader_id), self._work(state, link.work_id)
        here = f"{self._site.settings.base_path}/mail/act/{token}"
        if undo:
            state.readers.acts.undo(reader.id, _KINDS[link.act], work.id)
            again = Button(_WORDS[link.act], here, main=False)
            return self._page("Taken back", [_title(work)], [again], work)
        state.readers.acts.do(reader.id, _KINDS[link.act], work.id)
        back = Button("Take that back", f"{here}?undo=1", main=False)
        return self._page(_DONE[link.act], [_title(work)], [back], work)

    async def _answer(self, request: Request, make: Callable[[State, str], Body]) -> Response:
        state = await self._site.state()
        token = request.path_params["token"]
        body = await self._site.in_thread(lambda: self._made(make, state, token))
        body.headers["X-Robots-Tag"] = "noindex"
        return self._site.bare(request, body, cache="no-store")

    def _made(self, make: Callable[[State, str], Body], state: State, token: str) -> Body:
        try:
            return make(state, token)
        except ThrottledError as error:
            body = self._page("A moment, please", [str(error)], status=429)
            body.headers["Retry-After"] = str(error.seconds)
            return body
        except (LinkError, ReadersError) as error:
            line = str(error)
            return self._page("This link leads nowhere", [line[:1].upper() + line[1:]], status=410)

    def _page(
        self,
        title: str,
        lines: list[str],
        buttons: list[Button] | None = None,
        work: Work | None = None,
        *,
        onward: tuple[str, str] | None = None,
        status: Literal[200, 410, 429] = 200,
    ) -> Body:
        links = self._site.links
        if onward is None and work is not None:
            onward = links.paper(work.paper), "Read the paper’s page"
        url, words = onward or (links.front(), "To today’s edition")
        values: dict[str, object] = {
            "title": title,
            "lines": lines,
            "buttons": buttons or [],
            "onward": url,
            "onward_words": words,
        }
        return self._site.render("mail.html", values, status)

    def _subscriber(self, state: State, token: str) -> Reader:
        return _reader(state, self._tokens().read_unsubscribe(token))

    def _work(self, state: State, work_id: int) -> Work:
        work = state.catalog.get(standing(state.catalog, [work_id])[work_id])
        if work is None:
            raise LinkError("This paper was taken out of the catalog.")
        return work

    def _tokens(self) -> MailTokens:
        if self._known is None:
            self._known = MailTokens.of(self._site.settings)
        return self._known

    def _here(self, request: Request) -> str:
        kind, token = request.url.path.split("/")[-2:]
        return f"{self._site.settings.base_path}/mail/{kind}/{token}"


def _reader(state: State, reader_id: int) -> Reader:
    reader = state.readers.accounts.meant(reader_id)
    if reader is None or reader.disabled:
        raise LinkError("The account this mail was sent to is not here any more.")
    return reader


def _title(work: Work) -> str:
    return told_title(work.paper, plain(work.paper.title[:1000]) or work.paper.id)


def _hidden(address: str) -> str:
    """An address that its owner knows again and nobody else learns: a mail is passed on."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}…@{domain}" if domain else "you"
