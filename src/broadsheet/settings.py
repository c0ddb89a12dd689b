"""Every setting, typed, from ``BROADSHEET_*`` variables or ``broadsheet.toml`` in the home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import Field, StringConstraints, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

CONFIG_NAME = "broadsheet.toml"


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("broadsheet", appauthor=False))


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what it takes."""


class Settings(BaseSettings):
    """The settings of one home.

    A variable wins over the file, an argument over both.
    """

    model_config = SettingsConfigDict(env_prefix="BROADSHEET_", extra="forbid", frozen=True)

    home: Path = Field(
        default_factory=_default_home,
        description="the folder that holds everything",
    )
    database: str = Field(
        default="",
        description="address of a PostgreSQL catalog; empty: catalog.sqlite3 in the home",
    )
    host: str = Field(default="127.0.0.1", description="address the server binds to")
    port: int = Field(default=8000, ge=1, le=65535, description="port the server binds to")
    base_path: Annotated[str, StringConstraints(pattern=r"^(/[\w.~-]+)*$")] = Field(
        default="",
        description="path under which a reverse proxy serves the pages, e.g. /broadsheet",
    )
    encoder: str = Field(
        default="all-MiniLM-L6-v2",
        description="the encoder: the default by name, or any sentence-transformers model",
    )
    model_hub: bool = Field(
        default=True, description="whether model weights may be fetched from the model hub"
    )
    name: str = Field(default="Broadsheet", min_length=1, description="the name on the masthead")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then variables, then the file of the home that these two name."""
        del dotenv_settings, file_secret_settings  # a home has one file
        named = {**env_settings(), **init_settings()}
        home = Path(named.get("home") or _default_home())
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, home / CONFIG_NAME),
        )

    @property
    def catalog_path(self) -> Path:
        """The SQLite catalog, unless `database` names another."""
        return self.home / "catalog.sqlite3"

    @property
    def index_path(self) -> Path:
        """The index generations; derived, can be rebuilt."""
        return self.home / "index"

    @property
    def vectors_path(self) -> Path:
        """The vectors, a folder an encoder."""
        return self.home / "vectors"

    @property
    def models_path(self) -> Path:
        """Encoders made ready for this machine."""
        return self.home / "models"

    @property
    def rejected_path(self) -> Path:
        """What imports could not take, with line and reason."""
        return self.home / "rejected"

    @property
    def backups_path(self) -> Path:
        """Backups that upgrades make by themselves."""
        return self.home / "backups"


def load(**overrides: Any) -> Settings:
    """Reads the settings; raises `SettingsError` with one line that says what is wrong."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(f"setting '{where}': {first['msg']}") from error
    except ValueError as error:  # a broadsheet.toml that is not TOML
        raise SettingsError(f"{CONFIG_NAME}: {error}") from error
