"""The API of running the paper: who may come in, invitations, accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import Field, SecretStr
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.readers import LOCAL, Reader, Readers, Registration
from broadsheet.web.addresses import address_of
from broadsheet.web.api.common import Call, Given, Number, Room
from broadsheet.web.api.models_together import (
    DoorTold,
    InvitationMade,
    Invitations,
    ReadersTold,
    ReaderTold,
)
from broadsheet.web.api.paging import Cursor, PageSize, page_of
from broadsheet.web.desk import State
from broadsheet.web.policy import allow
from broadsheet.web.visitors import Visitor

Role = Literal["reader", "curator", "operator"]


class DoorChange(Given):
    """What is changed of who may come in; what is left out stays."""

    registration: Registration | None = None
    audience: Literal["anyone", "readers"] | None = None


class InvitationGiven(Given):
    """As what somebody is invited, and whom it is for."""

    role: Role = "reader"
    email: Annotated[str, Field(max_length=300)] = ""


class ReaderGiven(Given):
    """An account to make."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[SecretStr, Field(max_length=1000)]
    role: Role = "reader"
    email: Annotated[str, Field(max_length=300)] = ""


class ReaderChange(Given):
    """What of an account is changed; what is left out stays."""

    role: Role | None = None
    disabled: bool | None = None


class RunningApi(Room):
    """Handlers over one site."""

    tag = "Accounts"

    def calls(self) -> Sequence[Call]:
        """Who may come in, invitations, accounts."""
        readers = "/admin/readers"
        return (
            Call("GET", "/admin/door", self.door, "Who may come in", DoorTold),
            Call("PATCH", "/admin/door", self.change_door, "Change who may come in", DoorTold),
            Call("GET", "/admin/invitations", self.invitations, "Open invitations", Invitations),
            Call("POST", "/admin/invitations", self.invite, "Invite someone", InvitationMade, 201),
            Call(
                "DELETE", "/admin/invitations/{number:int}", self.withdraw, "Withdraw an invitation"
            ),
            Call("GET", readers, self.readers, "Accounts", ReadersTold),
            Call("POST", readers, self.add_reader, "Make an account", ReaderTold, 201),
            Call(
                "PATCH", f"{readers}/{{number:int}}", self.change_reader, "Change one", ReaderTold
            ),
            Call(
                "DELETE", f"{readers}/{{number:int}}/sessions", self.end_sessions, "Log someone out"
            ),
        )

    @allow("operator", scope="admin")
    async def door(self, request: Request) -> Response:
        """Accounts are turned on and off on the page of the operator, by a person."""
        return await self.own(request, lambda state, _: _door(state.readers))

    @allow("operator", scope="admin")
    async def change_door(self, request: Request, given: DoorChange) -> Response:
        """Who may make an account, and who may read without one."""

        def change(state: State, _: Visitor) -> object:
            if given.registration is not None:
                state.readers.accounts.set_registration(given.registration)
            if given.audience is not None:
                state.readers.accounts.set_audience(given.audience)
            return _door(state.readers)

        response = await self.own(request, change)
        self.site.desk.forget()
        return response

    @allow("operator", scope="admin", accounts=True)
    async def invitations(
        self, request: Request, limit: PageSize = 200, cursor: Cursor = ""
    ) -> Response:
        """The newest first; never their addresses."""

        def look(state: State, _: Visitor) -> object:
            found = state.readers.letters.invitations()
            shown, more = page_of(request, found, lambda one: (one.id,), cursor, limit, down=True)
            rows = [
                {
                    "id": one.id,
                    "role": one.role,
                    "email": one.email,
                    "created_at": one.created_at,
                    "expires_at": one.expires_at,
                }
                for one in shown
            ]
            return {"invitations": rows, "next": more}

        return await self.own(request, look)

    @allow("operator", scope="admin", accounts=True)
    async def invite(self, request: Request, given: InvitationGiven) -> Response:
        """Its address is told on this answer and never again."""
        here = address_of(self.site, request)

        def invite(state: State, visitor: Visitor) -> object:
            state.readers.accounts.require_invitations()
            secret = state.readers.letters.invite(visitor.id, given.role, given.email)
            return {"address": f"{here}/join?code={secret}"}

        return await self.own(request, invite, 201)

    @allow("operator", scope="admin", accounts=True)
    async def withdraw(self, request: Request, number: Number) -> Response:
        """It is worthless from now on."""
        return await self.own(
            request, lambda state, visitor: state.readers.letters.withdraw(visitor.id, number), 204
        )

    @allow("operator", scope="admin", accounts=True)
    async def readers(
        self, request: Request, limit: PageSize = 200, cursor: Cursor = ""
    ) -> Response:
        """In the order they were made."""

        def look(state: State, _: Visitor) -> object:
            found = [one for one in state.readers.accounts.all() if one.id != LOCAL]
            shown, more = page_of(request, found, lambda one: (one.id,), cursor, limit)
            return {"readers": [_reader(one) for one in shown], "next": more}

        return await self.own(request, look)

    @allow("operator", scope="admin", accounts=True)
    async def add_reader(self, request: Request, given: ReaderGiven) -> Response:
        """With a first password, which its reader changes."""

        def add(state: State, _: Visitor) -> object:
            secret = given.password.get_secret_value()
            accounts = state.readers.accounts
            return _reader(accounts.add(given.name, secret, given.role, given.email))

        return await self.own(request, add, 201)

    @allow("operator", scope="admin", accounts=True)
    async def change_reader(
        self, request: Request, number: Number, given: ReaderChange
    ) -> Response:
        """Role, and whether the account is open."""

        def change(state: State, _: Visitor) -> object:
            accounts = state.readers.accounts
            found = accounts.get(number)
            if found is None:
                raise HTTPException(404, "There is no such reader.")
            if given.role is not None:
                found = accounts.set_role(number, given.role)
            if given.disabled is not None:
                found = accounts.disable(number, disabled=given.disabled)
            return _reader(found)

        return await self.own(request, change)

    @allow("operator", scope="admin", accounts=True)
    async def end_sessions(self, request: Request, number: Number) -> Response:
        """All of them; tokens stay."""
        return await self.own(request, lambda state, _: state.readers.sessions.end_all(number), 204)


def _door(readers: Readers) -> dict[str, Any]:
    return {
        "mode": readers.accounts.mode(),
        "registration": readers.accounts.registration(),
        "audience": readers.accounts.audience(),
    }


def _reader(one: Reader) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "display": one.display,
        "role": one.role,
        "disabled": one.disabled,
        "created_at": one.created_at,
    }
