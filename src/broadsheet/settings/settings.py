"""Every setting, typed, from ``BROADSHEET_*`` variables or ``broadsheet.toml`` in the home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadError

from broadsheet.errors import UserError
from broadsheet.settings import takes

CONFIG_NAME = "broadsheet.toml"


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("broadsheet", appauthor=False))


def _usual_sync() -> dict[str, tuple[str, ...]]:
    return {"arxiv": ()}


def _followed(value: object) -> object:
    """What ``sync`` says: a table of sources and sets, or one line."""
    if isinstance(value, str):
        parts = [part.strip() for part in value.split(",")]
        pairs = [part.partition(":") for part in parts if part not in ("", "off", "none")]
        return {name.strip(): tuple(sets.split("+")) if sets else () for name, _, sets in pairs}
    if isinstance(value, dict):
        return {
            name: () if sets is True else (sets,) if isinstance(sets, str) else sets
            for name, sets in value.items()
            if sets is not False
        }
    return value


class SettingsError(UserError, ValueError):
    """A setting that cannot be used; the message names it and says what it takes."""


class Settings(BaseSettings):
    """The settings of one home.

    A variable wins over the file, an argument over both.
    """

    model_config = SettingsConfigDict(env_prefix="BROADSHEET_", extra="forbid", frozen=True)

    home: Annotated[Path, takes.Folder] = Field(
        default_factory=_default_home,
        description="the folder that holds everything",
    )
    database: str = Field(
        default="",
        description="address of a PostgreSQL catalog; empty: catalog.sqlite3 in the home",
    )
    host: takes.Bound = Field(default="127.0.0.1", description="address the server binds to")
    port: int = Field(default=8000, ge=1, le=65535, description="port the server binds to")
    base_path: takes.BasePath = Field(
        default="",
        description="path under which a reverse proxy serves the pages, e.g. /broadsheet",
    )
    encoder: str = Field(
        default="all-MiniLM-L6-v2",
        description="the encoder: the default by name, or any sentence-transformers model",
    )
    reranker: str = Field(
        default="",
        description="a cross-encoder that reorders the first hits, by name or folder; empty: none",
    )
    reranker_ms: float = Field(
        default=200.0, gt=0, description="milliseconds a search that the reranker may take"
    )
    model_hub: bool = Field(
        default=True, description="whether model weights may be fetched from the model hub"
    )
    name: str = Field(default="Broadsheet", min_length=1, description="the name on the masthead")
    hosts: takes.HostNames = Field(
        default="",
        description="further names the pages are asked for under, by comma, e.g. "
        "paper.example.org; numbers, this machine's names and that of public_url are known",
    )
    proxies: takes.Networks = Field(
        default="127.0.0.1,::1",
        description="addresses of reverse proxies whose X-Forwarded headers are believed",
    )
    proxy_header: takes.HeaderName = Field(
        default="",
        description="header in which such a proxy names the reader it has logged in, "
        "e.g. X-Remote-User; it must remove the header from what others send; empty: none",
    )
    api_limit: int = Field(
        default=300,
        ge=0,
        le=1_000_000,
        description="requests a minute that one address may make of /api/v1 without an account; "
        "0: any number. A paper of one reader has no such limit",
    )
    api_writes: int = Field(
        default=400,
        ge=0,
        le=1_000_000,
        description="changes a minute that the programs of one reader may make by /api/v1; "
        "0: any number",
    )
    api_origins: takes.Origins = Field(
        default="",
        description="other sites whose scripts may read /api/v1, by comma, e.g. "
        "https://lab.example.org, or * for all; what is a reader’s own they open with a token "
        "only. Empty: none",
    )

    public_url: takes.PublicUrl = Field(
        default="",
        description="where readers reach the pages, base path included, for links in mails and "
        "feeds, e.g. https://paper.example.org; empty: the address it binds to",
    )
    smtp_host: takes.MailServer = Field(
        default="", description="mail server; empty: digests are written to the outbox folder"
    )
    smtp_port: int = Field(
        default=0, ge=0, le=65535, description="its port; 0: 587, 465 or 25 by smtp_security"
    )
    smtp_user: str = Field(default="", description="user name for the mail server; empty: none")
    smtp_password: SecretStr = Field(
        default=SecretStr(""), description="its password; better a variable than the file"
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="how the connection to the mail server is encrypted"
    )
    smtp_timeout: float = Field(
        default=60.0, gt=0, le=600, description="seconds to wait for each answer of the server"
    )
    mail_from: takes.MailAddress = Field(
        default="", description="the address digests come from, e.g. paper@example.org"
    )
    mail_unsubscribe: takes.MailAddress = Field(
        default="", description="an address that takes unsubscriptions by mail; empty: none"
    )
    secret: SecretStr = Field(
        default=SecretStr(""),
        description="what links in mails are signed with; empty: a key made once in the home",
    )

    sync: Annotated[dict[str, tuple[str, ...]], NoDecode, BeforeValidator(_followed)] = Field(
        default_factory=_usual_sync,
        description="sources that the worker asks by itself, each with its sets (none: the "
        "source's default ones); in the file a table, arxiv = ['cs.LG', 'stat.ML']; as a variable "
        "'arxiv:cs.LG+stat.ML, openalex', or 'off' for none",
    )
    contact: takes.Contact = Field(
        default="",
        description="mail address or page at which the operators of sources can reach you; it is "
        "told with every request. Empty: mail_from, else public_url",
    )
    upstream: dict[str, takes.WebAddress] = Field(
        default_factory=dict,
        description="base addresses of sources by name, where not the usual ones are asked (a "
        "mirror), e.g. arxiv = 'https://oai.example.org/oai'; they may be private",
    )
    upstream_options: Annotated[dict[str, SecretStr], takes.Options] = Field(
        default_factory=dict,
        description="what single sources need, as 'NAME.OPTION', e.g. a key: 'zotero.key'",
    )
    private_hosts: takes.Servers = Field(
        default="",
        description="servers with private addresses that sources may be asked from, as host:port "
        "by comma, e.g. 127.0.0.1:23119; all others are refused",
    )
    intervals: dict[str, Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)]] = Field(
        default_factory=dict,
        description="seconds between requests to a host by its name (host:port for a server on a "
        "port of its own); for hosts whose terms ask for some, never fewer than these",
    )

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
        file = TomlConfigSettingsSource(settings_cls, home / CONFIG_NAME)
        if "home" in file():
            raise SettingsError(
                f"setting 'home': {home / CONFIG_NAME} cannot name another home; give it as "
                "BROADSHEET_HOME or --home, and take the line out of the file"
            )
        # What is appended to a file belongs to its last table, and would be passed over.
        for table, held in file().items():
            for name in held.keys() & cls.model_fields.keys() if isinstance(held, dict) else ():
                raise SettingsError(
                    f"setting '{name}': it stands in the table [{table}] of {home / CONFIG_NAME}; "
                    "put it before the first [table]"
                )
        return init_settings, env_settings, file

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
    def learn_path(self) -> Path:
        """What was trained here, a folder a run, and which of it is in use."""
        return self.home / "learn"

    @property
    def rejected_path(self) -> Path:
        """What imports could not take, with line and reason."""
        return self.home / "rejected"

    @property
    def outbox_path(self) -> Path:
        """Digests as files, where no mail server is set up."""
        return self.home / "outbox"

    @property
    def fetching_path(self) -> Path:
        """What must be known of other hosts by all processes: when each was asked last."""
        return self.home / "fetching"

    @property
    def contact_address(self) -> str:
        """Where the operators of sources reach the one of this home; '' when nothing is set."""
        return self.contact or self.mail_from or self.public_url

    @property
    def public_address(self) -> str:
        """Where readers reach the pages, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}{self.base_path}"

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
        raise SettingsError(f"setting '{where}': {_said(first)}") from error
    except UnreadError as error:  # a variable that should hold a table
        name = next((name for name in Settings.model_fields if f'"{name}"' in str(error)), "")
        raise SettingsError(
            f"setting '{name}': the variable BROADSHEET_{name.upper()} takes a table in JSON, "
            'e.g. {"NAME": "VALUE"}'
        ) from error
    except SettingsError:
        raise
    except ValueError as error:  # a broadsheet.toml that is not TOML
        raise SettingsError(f"{CONFIG_NAME}: {error}") from error


def _said(error: ErrorDetails) -> str:
    """What is wrong with a value, in words."""
    if error["type"] == "extra_forbidden":
        return "there is no such setting"
    if error["type"] == "dict_type":
        name = str(error["loc"][0])
        line = "arxiv:cs.LG, openalex" if name == "sync" else '{"NAME": "VALUE"}'
        return (
            f"it takes a table, [{name}] in {CONFIG_NAME}; the variable BROADSHEET_{name.upper()} "
            f"takes a line such as {line}"
        )
    if error["type"] == "tuple_type":
        return 'it takes the sets of the source, e.g. ["cs.LG"], or true or false'
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return error["msg"]
