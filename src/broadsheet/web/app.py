"""The application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from fastapi import FastAPI

from broadsheet.encoders import Encoder
from broadsheet.settings import Settings
from broadsheet.web.api import Api
from broadsheet.web.desk import Desk
from broadsheet.web.errors import Errors
from broadsheet.web.guard import Guard
from broadsheet.web.pages.routes import Pages
from broadsheet.web.site import Site


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
    app.router.routes.extend(Pages(site).routes())
    app.include_router(Api(site).router())
    app.state.site = site
    app.add_middleware(Guard, errors=errors, base=settings.base_path)
    return app
