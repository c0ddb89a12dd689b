"""The cookies we set: the session, the visit of someone without one, and the last thing done."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

_YEAR = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie of ours, as strict as the connection lets it be."""

    name: str
    seconds: int | None
    same_site: str

    def full_name(self, request: Request, base: str) -> str:
        """With a prefix that browsers hold us to: set over https only, by this host only."""
        if request.url.scheme != "https":
            return f"broadsheet-{self.name}"
        return f"{'__Secure-' if base else '__Host-'}broadsheet-{self.name}"

    def get(self, request: Request, base: str) -> str:
        """The value that came with a request, or ''."""
        return request.cookies.get(self.full_name(request, base), "")

    def set(self, request: Request, response: Response, base: str, value: str) -> None:
        """Adds it to a response."""
        self._write(request, response, base, value, self.seconds)

    def clear(self, request: Request, response: Response, base: str) -> None:
        """Takes it back."""
        self._write(request, response, base, "", 0)

    def _write(
        self, request: Request, response: Response, base: str, value: str, seconds: int | None
    ) -> None:
        secure = request.url.scheme == "https"
        parts = [f"{self.full_name(request, base)}={value}", f"Path={base or '/'}"]
        if seconds is not None:
            parts.append(f"Max-Age={seconds}")
        parts += ["HttpOnly", f"SameSite={self.same_site}"]
        if secure:
            parts.append("Secure")
        response.headers.append("Set-Cookie", "; ".join(parts))


# Lax, so that a link in a mail opens the paper logged in; what changes something needs a token.
SESSION = Cookie("session", _YEAR, "Lax")
VISIT = Cookie("visit", None, "Strict")
DONE = Cookie("done", 60, "Strict")
