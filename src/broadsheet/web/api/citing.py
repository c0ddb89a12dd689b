"""The API of citations: papers in a format that programs read, or as text in a style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import Field
from starlette.responses import Response

from broadsheet import citations
from broadsheet.web.api.common import Call, Room, work_named
from broadsheet.web.api.models import Answer
from broadsheet.web.citing import EXPORTS, LONGEST_STYLE, TEXT, USUAL_STYLE, worded
from broadsheet.web.desk import State
from broadsheet.web.policy import allow

_MEDIA = dict(EXPORTS.values())


class Citation(Answer):
    """Papers cited: a file's whole text and what kind of file it is."""

    format: str
    style: Annotated[str, Field(description="The full name of the style; empty for files.")]
    media_type: str
    text: str


class CitingApi(Room):
    """Handlers over one site."""

    tag = "Papers"

    def calls(self) -> Sequence[Call]:
        """The one operation."""
        return (Call("GET", "/cite", self.cite, "Papers as citations", Citation),)

    @allow("anyone", scope="read")
    async def cite(
        self,
        request: Request,
        id: Annotated[  # noqa: A002  # in the address
            list[Annotated[str, Field(min_length=1, max_length=2000)]],
            Query(min_length=1, max_length=100, description="A paper; may be given again."),
        ],
        format: Annotated[  # noqa: A002  # in the address
            Literal["bibtex", "ris", "csl", "text"], Query(description="text: in a style.")
        ] = "bibtex",
        style: Annotated[
            str, Query(max_length=LONGEST_STYLE, description="For text: a CSL style, e.g. ieee.")
        ] = USUAL_STYLE,
    ) -> Response:
        """Keys and numbers are unique within one answer; text is ordered as the style sorts."""

        def make(state: State) -> object:
            papers = [work_named(state, name).paper for name in dict.fromkeys(id)]
            named = ""
            if format == TEXT:
                text = "".join(f"{line}\n" for line in worded(papers, style))
                named = citations.style_name(style or USUAL_STYLE)
            else:
                text = citations.export(papers, format)
            told = {"format": format, "style": named, "media_type": _MEDIA[format], "text": text}
            return {name: said.encode("utf-8", "replace").decode() for name, said in told.items()}

        return await self.shared(request, make)
