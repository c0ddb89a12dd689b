"""The same for programs: JSON under ``/api/v1``."""

from broadsheet.web.api.cross_origin import CrossOrigin
from broadsheet.web.api.routes import Api

__all__ = ["Api", "CrossOrigin"]
