"""The application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from fastapi import FastAPI
from starlette.routing import BaseRoute

from broadsheet.encoders import Encoder
from broadsheet.settings import Settings
from broadsheet.web.api import Api, CrossOrigin
from broadsheet.web.compat import LAST, Slashless, foreign_error
from broadsheet.web.compat import ROOMS as COMPAT_ROOMS
from broadsheet.web.desk import Desk
from broadsheet.web.doorkeeper import Doorkeeper
from broadsheet.web.errors import Errors
from broadsheet.web.feeds import Feeds
from broadsheet.web.guard import Guard
from broadsheet.web.mail_links import MailLinks
from broadsheet.web.markdown_accept import Negotiated
from broadsheet.web.markdown_map import MapPages
from broadsheet.web.markdown_pages import MarkdownPages, markdown_error
from broadsheet.web.mcp import McpRoutes
from broadsheet.web.pages.account import AccountPages
from broadsheet.web.pages.acronyms import AcronymPages
from broadsheet.web.pages.acts import Acts
from broadsheet.web.pages.admin import AdminPages
from broadsheet.web.pages.citing import CitingPages
from broadsheet.web.pages.community import CommunityPages
from broadsheet.web.pages.digest import DigestPages
from broadsheet.web.pages.door import DoorPages
from broadsheet.web.pages.following import FollowPages
from broadsheet.web.pages.for_you import ForYouPages
from broadsheet.web.pages.forgotten import ForgottenPages
from broadsheet.web.pages.ledger import FreshPart, LedgerPages
from broadsheet.web.pages.lists import ListPages
from broadsheet.web.pages.lists_filling import ListFillingPages
from broadsheet.web.pages.lists_search import ListSearchPages
from broadsheet.web.pages.moderation import ModerationPages
from broadsheet.web.pages.organisations import OrganisationPages
from broadsheet.web.pages.paper_parts import edition_picks, paper_rail, paper_talk
from broadsheet.web.pages.routes import Pages
from broadsheet.web.pages.taste import TastePages
from broadsheet.web.pages.terms import TermPages, term_follow
from broadsheet.web.pages.trending import TrendingPages
from broadsheet.web.pages.zotero import ZoteroPages
from broadsheet.web.policy import enclose
from broadsheet.web.site import Site

_ROOMS = (
    # Before the pages: the addresses of papers take any ending.
    MarkdownPages,
    MapPages,
    CitingPages,
    Pages,
    Acts,
    DoorPages,
    ForgottenPages,
    AccountPages,
    AdminPages,
    ListPages,
    ListSearchPages,
    ListFillingPages,
    ZoteroPages,
    FollowPages,
    DigestPages,
    ForYouPages,
    TastePages,
    TrendingPages,
    TermPages,
    AcronymPages,
    LedgerPages,
    CommunityPages,
    ModerationPages,
    OrganisationPages,
    Feeds,
    MailLinks,
    McpRoutes,
)


def create_app(
    settings: Settings, *, encoder: Encoder | Literal["load"] | None = "load"
) -> FastAPI:
    """The web application over a home.

    The encoder is loaded aside by default; None leaves it out, and papers are found by words
    alone. Behind a reverse proxy, which must pass the whole path on, ``settings.base_path`` is
    the part of it that is ours. What the home lacks (index, weights) is said on the pages and
    picked up when it comes; a catalog that cannot be opened answers 503.
    """
    site = Site(settings, Desk(settings, encoder))
    errors = Errors(site)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        site.open_early()
        yield
        site.close()

    app = FastAPI(
        title=settings.name,
        servers=[{"url": settings.base_path}] if settings.base_path else None,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        exception_handlers=errors.handlers(),
    )
    site.parts |= {b"rail": paper_rail, b"talk": paper_talk, b"picks": edition_picks}
    site.parts[b"fresh"] = FreshPart()
    site.parts[b"term"] = term_follow
    routes: list[BaseRoute] = [route for room in _ROOMS for route in room(site).routes()]
    site.error_forms += [foreign_error, markdown_error]
    foreign = [route for room in (*COMPAT_ROOMS, LAST) for route in room(site).routes()]
    spoken = [*routes, *Api(site).routes(), *foreign]
    app.router.routes.extend(enclose(spoken, Doorkeeper(site)))
    app.state.site = site
    app.add_middleware(Slashless)
    app.add_middleware(Negotiated, base=settings.base_path)
    app.add_middleware(CrossOrigin, settings=settings)
    app.add_middleware(Guard, errors=errors, base=settings.base_path, proxies=settings.proxies)
    return app
