"""Running the paper: who may come in, invitations, readers, and what waits for a decision."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.readers import LOCAL, ROLES, Readers, ReadersError
from broadsheet.web.addresses import address_of
from broadsheet.web.desk import State
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.visitors import visitor_of
from broadsheet.worker import adopt_local

_REGISTRATION = (
    ("closed", "the operator makes accounts"),
    ("invitation", "by invitation"),
    ("open", "anyone may make one"),
)
_AUDIENCES = (
    ("anyone", "whoever reaches it"),
    ("readers", "only who has an account"),
)
_ROLE_WORDS = {"reader": "reader", "curator": "curator", "operator": "operator"}


class AdminPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """The operator's pages."""
        return [
            Route("/admin", self.admin, methods=["GET"]),
            Route("/admin/accounts", self.turn_on, methods=["POST"]),
            Route("/admin/single", self.turn_off, methods=["POST"]),
            Route("/admin/registration", self.registration, methods=["POST"]),
            Route("/admin/invitations", self.invite, methods=["POST"]),
            Route("/admin/invitations/{number:int}", self.withdraw, methods=["POST"]),
            Route("/admin/readers", self.add, methods=["POST"]),
            Route("/admin/readers/{number:int}", self.change_reader, methods=["POST"]),
        ]

    @allow("operator")
    async def admin(self, request: Request) -> Response:
        """The page."""

        def make(state: State) -> dict[str, object]:
            readers = state.readers
            return {
                "here": "/account",
                "undecided": readers.community.undecided(operator=True),
                "registration": readers.accounts.registration(),
                "registrations": _REGISTRATION,
                "audience": readers.accounts.audience(),
                "audiences": _AUDIENCES,
                "roles": [(role, _ROLE_WORDS[role]) for role in ROLES],
                "invitations": readers.letters.invitations(),
                "readers": [r for r in readers.accounts.all() if r.id != LOCAL],
            }

        return await self.show(request, "admin.html", make)

    @allow("operator")
    async def turn_on(self, request: Request) -> Response:
        """Turns accounts on: the first operator is made here when there is none."""
        visitor = visitor_of(request)
        form = visitor.form

        def turn(readers: Readers) -> str:
            if name := form.text("name"):
                if form.secret("password") != form.secret("again"):
                    raise ReadersError("the two passwords differ")
                made = readers.accounts.add(
                    name, form.secret("password"), "operator", form.text("email", 300)
                )
                if form.has("adopt"):
                    adopt_local(self.site.settings, readers, made.id)
            readers.accounts.set_mode("accounts")
            return "Accounts are on: log in"

        response = await self.change(request, turn, f"{self.base}/login")
        self.site.desk.forget()
        return response

    @allow("operator", accounts=True)
    async def turn_off(self, request: Request) -> Response:
        """Back to one reader without a log-in; asked once more, with the password: it opens
        everything to whoever reaches the paper."""
        visitor = visitor_of(request)
        if not visitor.form.has("sure"):
            values: dict[str, object] = {
                "here": "/account",
                "address": address_of(self.site, request),
            }
            return await self.show(request, "admin_single.html", lambda _: values)

        def turn(readers: Readers) -> str:
            if visitor.me.has_password:
                readers.sessions.ask_again(visitor.id, visitor.form.secret("password"))
            readers.accounts.set_mode("single")
            return "Accounts are off: whoever reaches this machine reads as its one reader"

        response = await self.change(request, turn, f"{self.base}/admin")
        self.site.desk.forget()
        return response

    @allow("operator")
    async def registration(self, request: Request) -> Response:
        """Who may make an account, and who may read without one."""
        form = visitor_of(request).form

        def keep(readers: Readers) -> str:
            if form.has("registration"):
                readers.accounts.set_registration(form.text("registration"))
            if form.has("audience"):
                readers.accounts.set_audience(form.text("audience"))
            return "Kept"

        response = await self.change(request, keep, f"{self.base}/admin")
        self.site.desk.forget()
        return response

    @allow("operator", accounts=True)
    async def invite(self, request: Request) -> Response:
        """An invitation; its address is shown on this answer and never again."""
        visitor = visitor_of(request)
        form = visitor.form
        here = address_of(self.site, request)

        def make(state: State) -> Body:
            state.readers.accounts.require_invitations()
            secret = state.readers.letters.invite(
                visitor.id, form.text("role"), form.text("email", 300)
            )
            values: dict[str, object] = {
                "here": "/account",
                "address": f"{here}/join?code={secret}",
            }
            return self.render(visitor, "invitation.html", values)

        response = await self.site.personal(request, make)
        response.headers["Cache-Control"] = "no-store"
        return response

    @allow("operator", accounts=True)
    async def withdraw(self, request: Request) -> Response:
        """Makes an invitation worthless."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def withdraw(readers: Readers) -> str:
            readers.letters.withdraw(visitor.id, number)
            return "The invitation is withdrawn"

        return await self.change(request, withdraw, f"{self.base}/admin")

    @allow("operator", accounts=True)
    async def add(self, request: Request) -> Response:
        """Makes an account for someone."""
        form = visitor_of(request).form

        def add(readers: Readers) -> str:
            added = readers.accounts.add(
                form.text("name"), form.secret("password"), form.text("role"), form.text("email")
            )
            return f"The account “{added.name}” is made"

        return await self.change(request, add, f"{self.base}/admin")

    @allow("operator", accounts=True)
    async def change_reader(self, request: Request) -> Response:
        """Role, and whether the account is open."""
        visitor, number = visitor_of(request), request.path_params["number"]
        form = visitor.form
        what = form.text("do")

        def change(readers: Readers) -> str:
            match what:
                case "role":
                    found = readers.accounts.set_role(number, form.text("role"))
                    return f"“{found.name}” is now {found.role}"
                case "disable" | "enable":
                    found = readers.accounts.disable(number, disabled=what == "disable")
                    return f"“{found.name}” is {'shut out' if found.disabled else 'let in again'}"
                case "sessions":
                    readers.sessions.end_all(number)
                    return "Their sessions have ended"
            raise HTTPException(400, "This is nothing that can be done with an account.")

        return await self.change(request, change, f"{self.base}/admin")
