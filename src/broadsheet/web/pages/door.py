"""Log-in, log-out and joining: only where accounts are on."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.readers import Reader, Readers, ReadersError, ThrottledError
from broadsheet.web import csrf
from broadsheet.web.cookies import SESSION, VISIT
from broadsheet.web.desk import State
from broadsheet.web.letters import send_confirmation
from broadsheet.web.limits import Allowance
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.said import Done
from broadsheet.web.site import Site, ours
from broadsheet.web.visitors import visitor_of

# Accounts one address may try to make, and an hour later again; a lab behind one address fits in.
_JOINING = 20


class DoorPages:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._joining = Allowance(burst=_JOINING, rate=_JOINING / 3600)

    def routes(self) -> list[Route]:
        """The pages at the door."""
        return [
            Route("/login", self.log_in_form, methods=["GET"]),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/logout", self.log_out, methods=["POST"]),
            Route("/join", self.join_form, methods=["GET"]),
            Route("/join", self.join, methods=["POST"]),
        ]

    @allow("anyone", accounts=True, strangers=True)
    async def log_in_form(self, request: Request) -> Response:
        """The form; who is logged in already is sent on."""
        onward = request.query_params.get("next", "")[:2000]
        if visitor_of(request).reader is not None:
            return self._site.see_other(request, onward)
        values = {"next": onward, "name": ""}
        return await door_form(self._site, request, "login.html", values)

    @allow("anyone", accounts=True, strangers=True)
    async def log_in(self, request: Request) -> Response:
        """Starts a session; the answer to a wrong name is that to a wrong password."""
        form = visitor_of(request).form
        name, onward = form.text("name", 100), form.text("next", 2000)
        state = await self._site.state()
        try:
            secret = await self._site.in_thread(
                lambda: state.readers.sessions.log_in(
                    name,
                    form.secret("password"),
                    agent=request.headers.get("user-agent", "")[:300],
                    address=address_of_peer(request),
                )
            )
        except ReadersError as error:
            values = {"next": onward, "name": name}
            return await door_form(self._site, request, "login.html", values, error)
        return self._enter(request, secret, onward)

    @allow("reader", accounts=True)
    async def log_out(self, request: Request) -> Response:
        """Ends this session."""
        visitor = visitor_of(request)
        state = await self._site.state()

        def end() -> None:
            found = state.readers.sessions.session_of(visitor.session)
            if found is not None:
                state.readers.sessions.end(visitor.id, found.id)

        await self._site.in_thread(end)
        response = self._site.see_other(request, self._site.links.front())
        SESSION.clear(request, response, self._site.settings.base_path)
        # What the browser still holds of this reader's pages goes too.
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    @allow("anyone", accounts=True, strangers=True)
    async def join_form(self, request: Request) -> Response:
        """The form for a new account; an invitation that is not valid is told of at once."""
        await self._require_open()
        code = request.query_params.get("code", "")[:200]
        values = {"code": code, "name": "", "email": ""}
        try:
            values["email"] = await self._invited(request, code)
        except ReadersError as error:
            # Without the code, so that the form asks for another where one is needed.
            return await door_form(self._site, request, "join.html", {**values, "code": ""}, error)
        return await door_form(self._site, request, "join.html", values)

    @allow("anyone", accounts=True, strangers=True)
    async def join(self, request: Request) -> Response:
        """Makes an account and logs it in."""
        form = visitor_of(request).form
        given = {"code": form.text("code"), "name": form.text("name"), "email": form.text("email")}
        await self._require_open()
        state = await self._site.state()
        self._joining.require(address_of_peer(request))

        def make() -> tuple[str, str]:
            password = form.secret("password")
            reader = _new(state.readers, given, password)
            agent = request.headers.get("user-agent", "")[:300]
            secret = state.readers.sessions.start(reader.id, agent, address_of_peer(request))
            return secret, self._welcome(state, reader)

        try:
            secret, welcome = await self._site.in_thread(make)
        except ReadersError as error:
            return await door_form(self._site, request, "join.html", given, error)
        return self._enter(request, secret, f"{self._site.settings.base_path}/taste", welcome)

    def _welcome(self, state: State, reader: Reader) -> str:
        """Asks for the address to be confirmed, without which no digest and no new password is
        sent there. Its link leads where the operator says: a stranger may say any Host."""
        if not reader.email:
            return "Welcome"
        settings = self._site.settings
        here = settings.public_address
        return f"Welcome. {send_confirmation(settings, state, reader, reader.email, here)}"

    def _enter(
        self, request: Request, secret: str, onward: str, welcome: str = "Welcome"
    ) -> Response:
        base = self._site.settings.base_path
        response = self._site.see_other(
            request, onward if ours(onward, base) else f"{base}/", Done("kept", note=welcome)
        )
        SESSION.set(request, response, base, secret)
        VISIT.clear(request, response, base)
        return response

    async def _invited(self, request: Request, code: str) -> str:
        """The address that a code was made for; raises `ReadersError` where it invites nobody.

        Asking about a false one counts as a try to join with it: it is no quicker way to guess.
        """
        if not code:
            return ""
        peer = address_of_peer(request)
        self._joining.require(peer)
        state = await self._site.state()
        invited = await self._site.in_thread(lambda: state.readers.letters.invitation(code))
        self._joining.give(peer)
        return invited.email

    async def _require_open(self) -> None:
        """404 where nobody but the operator makes accounts."""
        state = await self._site.state()
        if await self._site.in_thread(state.readers.accounts.registration) == "closed":
            raise HTTPException(404, "Accounts are made by the operator of this paper.")


async def door_form(
    site: Site,
    request: Request,
    template: str,
    values: Mapping[str, object],
    error: ReadersError | None = None,
) -> Response:
    """A form for someone without a session: a cookie of the visit is what its token is made of."""
    base = site.settings.base_path
    visit = VISIT.get(request, base) or secrets.token_urlsafe(24)
    problem = f"{str(error)[:1].upper()}{str(error)[1:]}." if error else ""

    def make(state: State) -> Body:
        registration = state.readers.accounts.registration()
        found = {**values, "csrf": csrf.token(visit), "registration": registration}
        found["closed"] = state.closed
        return site.render(template, {**found, "problem": problem}, 400 if error else 200)

    response = await site.personal(request, make)
    response.headers["Cache-Control"] = "no-store"
    if isinstance(error, ThrottledError):
        response.status_code = 429
        response.headers["Retry-After"] = str(error.seconds)
    if not VISIT.get(request, base):
        VISIT.set(request, response, base, visit)
    return response


def _new(readers: Readers, given: dict[str, str], password: str) -> Reader:
    """An account by invitation or, where anyone may have one, without."""
    if given["code"]:
        return readers.letters.join(given["code"], given["name"], password, given["email"])
    if readers.accounts.registration() != "open":
        raise ReadersError("an account needs an invitation; ask the operator for one")
    return readers.accounts.add(given["name"], password, "reader", given["email"])


def address_of_peer(request: Request) -> str:
    """Where a request comes from: what bounds how often a stranger may try."""
    return request.client.host if request.client else ""
