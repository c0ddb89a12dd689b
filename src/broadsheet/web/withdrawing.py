"""What a reader who takes back their consent sets going, on a page or by the API."""

from __future__ import annotations

import logging

from broadsheet.catalog import Catalog
from broadsheet.encoders import EncoderError
from broadsheet.settings import Settings

_log = logging.getLogger("broadsheet.web")


def withdraw_models(settings: Settings, catalog: Catalog) -> None:
    """Takes models out of use that learned from who does not allow it any more; what goes wrong
    here the worker tries again."""
    if not settings.learn_path.is_dir():
        return
    from broadsheet.learn import withdraw  # a home without models never needs that room

    try:
        for run in withdraw(settings, catalog):
            _log.info("%s learned from a reader who withdrew, and is deleted", run)
    except (EncoderError, OSError) as error:
        _log.warning("a model that has to go is still there: %s", error)
