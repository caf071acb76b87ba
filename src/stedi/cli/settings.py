"""Settings: flags over STEDI_* over stedi.toml over defaults."""

from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from stedi.engine.settings import LOCAL, Engine
from stedi.ground.errors import UsageError, listed
from stedi.sources.listing import SETTLE_S

FILE = "stedi.toml"


class Settings(BaseSettings):
    """What the environment and `stedi.toml` may set; a key that is none of these is an error.

    Attributes:
        lake: The lake's folder.
        landing: A landing zone to read in place; the lake's own when unset.
        settle_s: How long a file must lie untouched before it is read.
        keys: The folder that holds each lake's keys.
        trusted: The bucket of the trusted zone of a lake on S3 that is created.
        curated: And of its curated zone.
        secrets: How the names of its keys in Secrets Manager begin.
        private: The folder on S3 of what must not lie with it; beside it when unset.
        engine: Where transforms run.
        master: Of the engine `spark`: `local[*]`, or the address of a cluster.
        data: Where tests find their data; no command uses it.
    """

    model_config = SettingsConfigDict(
        env_prefix="STEDI_", toml_file=FILE, extra="forbid", frozen=True, env_ignore_empty=True
    )

    lake: Path = Path("lake")
    landing: Path | None = None
    settle_s: float = SETTLE_S
    keys: Path | None = None
    trusted: str | None = None
    curated: str | None = None
    secrets: str | None = None
    private: str | None = None
    engine: Engine = Engine.SAIL
    master: str = LOCAL
    data: Path | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, the environment, `stedi.toml`, in that order."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def settings() -> Settings:
    """Read the settings.

    Raises:
        UsageError: A key is unknown, or a value is of the wrong kind.
    """
    try:
        return Settings()
    except ValidationError as wrong:
        faults = [f"`{'.'.join(map(str, e['loc']))}`: {e['msg']}" for e in wrong.errors()]
    except ValueError as wrong:
        faults = [str(wrong)]
    known = ", ".join(Settings.model_fields)
    raise UsageError(
        f"{FILE} or a STEDI_ variable is wrong; nothing was done.{listed(faults)}\nKnown: {known}"
    )
