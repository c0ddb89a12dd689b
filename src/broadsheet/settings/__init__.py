"""The room of settings: what an operator may say, and where it is read from."""

from broadsheet.settings.settings import CONFIG_NAME, Settings, SettingsError, load

__all__ = ["CONFIG_NAME", "Settings", "SettingsError", "load"]
