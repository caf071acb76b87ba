"""The landing zone that a run reads, made sure of before anything is written."""

import shlex
from collections.abc import Collection
from dataclasses import dataclass

from stedi.ground.errors import UsageError
from stedi.ground.places import Place, lies_in
from stedi.lake.config import Lake
from stedi.sources.listing import placed_whole, require_folder
from stedi.tables import SOURCES


@dataclass(frozen=True)
class FilesToRead:
    """Which landed files a run looks at.

    Attributes:
        folder: The landing zone.
        settle_s: How long a file must lie untouched before it is taken for whole.
        looks_again: Whether the run waits for files that may still be written, and looks at them once more.
        names: The paths inside the landing zone to look at; None: every file.
    """

    folder: Place
    settle_s: float
    looks_again: bool = True
    names: Collection[str] | None = None


def settle_time(folder: Place, landing: Place | None, settle_s: float) -> float:
    """How long a file must lie untouched: not at all where files are placed whole, by an atomic rename."""
    return 0.0 if landing is None or placed_whole(folder) else settle_s


def folder_to_read(lake: Lake, landing: Place | None) -> Place:
    """The landing zone to read, made sure of before anything is written."""
    folder = (lake.landing if landing is None else landing).resolve()
    require_folder(folder)
    own = "The lake's own landing zone is empty; files that are read in place are named with each run"
    lake_named = f" --lake {shlex.quote(str(lake.root))}"
    require_landed(folder, own if landing is None else f"{folder} holds no landed files", lake_named)
    for name in (source.name for source in SOURCES):
        if lies_in(lake.root.resolve(), folder / name):
            raise UsageError(
                "The lake lies among the files to be read; nothing was run.\n"
                f"Name a landing zone that does not hold the lake: stedi{lake_named} run --landing DIR"
            )
    return folder


def require_landed(folder: Place, otherwise: str, lake_named: str = "") -> None:
    """Refuse a folder in which no source has files; `otherwise` says so, for a lake as commands name it."""
    names = [source.name for source in SOURCES]
    if not any((folder / name).exists() for name in names):
        raise UsageError(
            f"{otherwise}: there is none of the folders {', '.join(names)}; nothing was run.\n"
            f"Name the folder that holds them: stedi{lake_named} run --landing DIR, "
            f"or copy them into the lake: stedi{lake_named} land DIR"
        )
