"""What the options before a command say, and the lake they lead to."""

import os
import shlex
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stedi.cli.whole_commands import called
from stedi.ground.durable import PRIVATE_UMASK, require_private

if TYPE_CHECKING:
    from stedi.cli.settings import Settings
    from stedi.engine.settings import Engine
    from stedi.ground.places import Place
    from stedi.lake.config import Lake
    from stedi.privacy.window import Window


@dataclass
class State:
    """The options before a command."""

    lake_flag: Path | None
    engine_flag: "Engine | None" = None
    master_flag: str | None = None

    @cached_property
    def settings(self) -> "Settings":
        """The settings, read once."""
        from stedi.cli.settings import settings
        from stedi.engine.settings import choose

        found = settings()
        if found.keys:
            os.environ["STEDI_KEYS"] = str(found.keys)
        choose(self.engine_flag or found.engine, self.master_flag or found.master)
        return found

    def apply_settings(self) -> None:
        """Read the settings: they say where keys lie and where transforms run, to all that comes after."""
        _ = self.settings

    def use(self, engine: "Engine | None", master: str | None) -> None:
        """Let a command's own options say where transforms run, where they do; before settings are read."""
        self.engine_flag = engine or self.engine_flag
        self.master_flag = master or self.master_flag

    @property
    def folder(self) -> "Place":
        """The lake's folder."""
        from stedi.ground.places import place

        return place(self.lake_flag or self.settings.lake)

    def landing(self, named: Path | None) -> "Place | None":
        """The landing zone to be read in place, as an option or the settings name it; it must be there."""
        from stedi.ground.places import place
        from stedi.sources.listing import require_folder

        if not (told := named or self.settings.landing):
            return None
        folder = place(told)
        require_folder(folder)
        return folder

    def lake(self) -> "Lake":
        """The lake, which must be there."""
        from stedi.lake.config import opened

        self.apply_settings()
        found = opened(self.folder)
        _keep_private(found)
        return found

    def create(
        self,
        window: "Window | None" = None,
        provenance: str = "stedi",
        *,
        trusted: str | None = None,
        curated: str | None = None,
        secrets: str | None = None,
    ) -> "Lake":
        """Create the lake; its audit log begins with that.

        Args:
            window: Which readings pass.
            provenance: Whose data it will hold.
            trusted: The bucket of the trusted zone, on S3; as the settings say when None.
            curated: And of the curated zone.
            secrets: How the names of its keys in Secrets Manager begin.
        """
        from stedi.audit import begin
        from stedi.ground.places import S3Path
        from stedi.lake.config import GLUE_CATALOG, create
        from stedi.lake.on_s3 import OnS3
        from stedi.privacy.window import Window

        os.umask(PRIVATE_UMASK)
        folder, told, on_s3 = self.folder, self.settings, None
        trusted, curated = trusted or told.trusted, curated or told.curated
        secrets = secrets or told.secrets
        if isinstance(folder, S3Path) and trusted and curated and secrets:
            on_s3 = OnS3.of(folder, trusted, curated, secrets, told.private)
        glue = GLUE_CATALOG if on_s3 else None
        window = window or Window.FROM_CONSENT
        lake = create(folder, window=window, provenance=provenance, on_s3=on_s3, glue=glue)
        begin(lake)
        return lake

    def holding(self, provenance: str, window: "Window | None" = None) -> "Lake":
        """The lake, made where there is none, as one of that provenance; see `config.holding`."""
        from stedi import audit
        from stedi.lake.config import exists, holding

        os.umask(PRIVATE_UMASK)
        self.apply_settings()
        if not exists(self.folder):
            return self.create(window, provenance)
        before = self.lake()
        lake = holding(before, provenance)
        if lake.provenance != before.provenance:
            audit.record(lake, "provenance_set", provenance=provenance)
        return lake

    def named(self) -> str:
        """How a next command names this lake: the option, where one was needed."""
        lake = ["--lake", str(self.folder)] if self.lake_flag else []
        return shlex.join([called(), *lake])


def _keep_private(lake: "Lake") -> None:
    """Let this process make files for its user alone, and take the lake away from others who "
    "could read it."""
    from stedi.cli import output
    from stedi.ground.errors import UsageError

    os.umask(PRIVATE_UMASK)
    with suppress(UsageError):  # Whoever writes is told; reading changes nothing.
        if require_private(lake.root):
            output.note(
                f"alert: others could read the lake in {lake.root}; its folder and files are yours alone now"
            )
