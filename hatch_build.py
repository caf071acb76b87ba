"""Leave out of Glue's wheel what no job there imports: the simulator and the importer of recordings."""

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GlueWheel(BuildHookInterface[Any]):
    """With STEDI_WHEEL=glue the wheel holds `stedi` alone."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Choose the packages before files are gathered."""
        if os.environ.get("STEDI_WHEEL") == "glue" and version == "standard":
            self.build_config.target_config["packages"] = ["src/stedi"]
