"""A forgotten password: a link goes to the confirmed address, and sets another one, once."""

from __future__ import annotations

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.readers import ReadersError
from broadsheet.web.desk import State
from broadsheet.web.letters import send_letter
from broadsheet.web.limits import Allowance
from broadsheet.web.pages.door import address_of_peer, door_form
from broadsheet.web.policy import allow
from broadsheet.web.said import Done
from broadsheet.web.site import Site
from broadsheet.web.visitors import visitor_of

# Resets one address may ask for at once, and an hour later again; a lab behind one fits in.
_ASKING = 10


class ForgottenPages:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._asking = Allowance(burst=_ASKING, rate=_ASKING / 3600)

    def routes(self) -> list[Route]:
        """Asking for a link, and using it."""
        return [
            Route("/forgotten", self.ask_form, methods=["GET"]),
            Route("/forgotten", self.ask, methods=["POST"]),
            Route("/forgotten/{secret}", self.reset_form, methods=["GET"]),
            Route("/forgotten/{secret}", self.reset, methods=["POST"]),
        ]

    @allow("anyone", accounts=True, strangers=True)
    async def ask_form(self, request: Request) -> Response:
        """The form that asks for a link."""
        return await self._asked(request, asked=False)

    @allow("anyone", accounts=True, strangers=True)
    async def ask(self, request: Request) -> Response:
        """Sends a link where there is someone to send it to.

        The answer is the same for names that are known and those that are not, and so is its
        time: the account is looked for after the answer has gone.
        """
        name = visitor_of(request).form.text("name", 300)
        self._asking.require(address_of_peer(request))
        state = await self._site.state()
        response = await self._asked(request, asked=True)
        response.background = BackgroundTask(self._site.in_thread, lambda: self._send(state, name))
        return response

    @allow("anyone", accounts=True, strangers=True)
    async def reset_form(self, request: Request) -> Response:
        """The form for another password; a link that is not valid any more is told of at once.

        To open a false one counts as to use it: it is no quicker way to guess.
        """
        tried = (address_of_peer(request), "reset")
        self._asking.require(tried)
        if (lapsed := await self._lapsed(request)) is None:
            self._asking.give(tried)
        return await self._resetting(request, lapsed, lapsed=lapsed is not None)

    @allow("anyone", accounts=True, strangers=True)
    async def reset(self, request: Request) -> Response:
        """Sets another password; every session of the reader ends."""
        password = visitor_of(request).form.secret("password")
        secret = request.path_params["secret"]
        state = await self._site.state()
        self._asking.require((address_of_peer(request), "reset"))
        try:
            await self._site.in_thread(lambda: state.readers.letters.reset(secret, password))
        except ReadersError as error:
            lapsed = await self._lapsed(request) is not None  # or the password is too weak
            return await self._resetting(request, error, lapsed=lapsed)
        base = self._site.settings.base_path
        done = Done("kept", note="The password is changed: log in with it")
        return self._site.see_other(request, f"{base}/login", done)

    async def _asked(self, request: Request, *, asked: bool) -> Response:
        values = {"asked": asked, "mail": bool(self._site.settings.smtp_host)}
        return await door_form(self._site, request, "forgotten.html", values)

    async def _lapsed(self, request: Request) -> ReadersError | None:
        """Why a link sets no password; None for one that does."""
        state = await self._site.state()
        try:
            secret = request.path_params["secret"]
            await self._site.in_thread(lambda: state.readers.letters.require_reset(secret))
        except ReadersError as error:
            return error
        return None

    async def _resetting(
        self, request: Request, error: ReadersError | None, *, lapsed: bool
    ) -> Response:
        values = {"secret": request.path_params["secret"][:200], "lapsed": lapsed}
        response = await door_form(self._site, request, "reset.html", values, error)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def _send(self, state: State, name: str) -> None:
        found = state.readers.letters.forgot(name)
        if found is None:
            return
        reader, secret = found
        # Never the address that this request was asked under: who asks is not who gets the mail.
        link = f"{self._site.settings.public_address}/forgotten/{secret}"
        lines = [
            f"Someone asked for another password for “{reader.name}”. Open this address within "
            "an hour to set one; it works once.",
            "If it was not you, there is nothing to do: your password stays as it is.",
        ]
        send_letter(
            self._site.settings, state, reader, reader.email, "Another password", lines, link
        )
