"""The same for programs: JSON under ``/api/v1``."""

from broadsheet.web.api.routes import Api

__all__ = ["Api"]
