"""Settings, and what is fixed when a lake is created."""

import json
import re
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from stedi.ground import durable
from stedi.ground.errors import KeyMissingError, LakeMissingError, UsageError, WindowFixedError
from stedi.ground.places import Place, files_below, lies_in, place, require_local
from stedi.ground.zones import Zone
from stedi.lake.on_s3 import OnS3, require_parts
from stedi.privacy.keys import NAMES, Keys, key_mark, keys_folder
from stedi.privacy.secret_keys import SecretKeys
from stedi.privacy.window import Window

LAKE_FILE = "lake.json"
FORMAT = "stedi.lake/1"
GLUE_CATALOG = "glue_catalog"
"""How sessions of Spark name the Glue catalog, unless told otherwise."""
DEFAULT_BUCKETS = 16
LAKE_ID = re.compile("[0-9a-f]{16}")

CUSTOMERS = "stedi"
SIMULATED = "simulated"

UNFIT = frozenset("#%?*[]{}\\\n\r\t")
"""Letters that a table's address cannot hold: they mean something in URLs or in patterns of paths."""


@dataclass(frozen=True)
class Lake:
    """A lake, and what never changes about it.

    Attributes:
        root: Its folder.
        lake_id: Names its keys.
        window: The consent window.
        buckets: How many files a full table splits into at least.
        provenance: Whose data it holds: CUSTOMERS, SIMULATED, or "recordings:<data set>" of a public one.
        key_marks: By which each key is known to be this lake's.
        on_s3: Where its parts are, of one on S3; None of one on this machine.
        glue: The name that sessions of Spark give the catalog of its tables, such as `glue_catalog`;
            None: the lake has a catalog of its own.
    """

    root: Place
    lake_id: str
    window: Window
    buckets: int
    provenance: str
    key_marks: dict[str, str]
    on_s3: OnS3 | None = None
    glue: str | None = None

    @property
    def landing(self) -> Place:
        """The lake's own landing zone; on S3 the bucket that the lake lies in."""
        return self.root.parent if self.on_s3 else self.root / "landing"

    @property
    def warehouse(self) -> Path:
        """Where the tables of a lake on this machine lie."""
        return require_local(self.root, "PyIceberg's tables lie") / "tables"

    @property
    def catalog(self) -> Path:
        """The database of its catalog."""
        return require_local(self.root, "PyIceberg's catalog lies") / "catalog.db"

    def zone_folder(self, zone: Zone) -> Place:
        """Where the tables of a zone lie, each in a folder of its name."""
        return place(self.on_s3.tables[zone.value]) if self.on_s3 else self.warehouse / zone.value

    @property
    def has_tables(self) -> bool:
        """Whether a run ever began to fill it."""
        if self.on_s3:
            return any(self.zone_folder(zone).is_dir() for zone in Zone)
        return self.warehouse.exists()

    @property
    def private(self) -> Place:
        """A folder outside the lake, of what only the owner of the keys may see."""
        return place(self.on_s3.private) if self.on_s3 else keys_folder() / self.lake_id

    @property
    def places(self) -> tuple[Place, ...]:
        """Where all of it lies; none lies in another."""
        if not self.on_s3:
            return (self.root,)
        return (self.landing, self.zone_folder(Zone.TRUSTED), self.zone_folder(Zone.CURATED))

    @property
    def scratch(self) -> Place:
        """Where a run keeps what it has not yet added to a table."""
        return self.root / "scratch"

    @property
    def lock(self) -> Place:
        """The file a run locks, so that only one writes."""
        return self.root / ".lock"

    @property
    def keys(self) -> Keys | SecretKeys:
        """The lake's keys, outside it."""
        return SecretKeys(self.on_s3.secrets) if self.on_s3 else Keys(keys_folder() / self.lake_id)

    def key(self, name: str) -> bytes:
        """A key of this lake, 32 bytes.

        Raises:
            KeyMissingError: It is absent, no key, open to others, or the key of another lake.
        """
        try:
            key = self.keys.read(name)
        except KeyMissingError:
            if waiting := self._waiting_key(name):
                return waiting
            raise
        if self.key_marks.get(name) != key_mark(key, self.lake_id):
            if waiting := self._waiting_key(name):
                return waiting
            raise KeyMissingError(name, self.keys.where(name), "it is the key of another lake")
        return key

    def _waiting_key(self, name: str) -> bytes | None:
        """The new key of a rotation that was killed before it took the place of the old."""
        if not self.keys.waits(name):
            return None
        key = self.keys.read(name, aside=True)
        return key if self.key_marks.get(name) == key_mark(key, self.lake_id) else None

    @property
    def comparison_only(self) -> bool:
        """Whether the lake lets readings from before consent pass, so that no model may learn from it."""
        return self.window is Window.WHOLE_HISTORY

    @property
    def described_window(self) -> str:
        """The window, and what a lake with it is good for."""
        return f"{self.window.value} (for comparison only)" if self.comparison_only else self.window.value


def exists(root: Place) -> bool:
    """Whether there is a lake in that folder."""
    return (root / LAKE_FILE).is_file()


def create(
    root: Place,
    *,
    window: Window = Window.FROM_CONSENT,
    buckets: int = DEFAULT_BUCKETS,
    provenance: str = CUSTOMERS,
    on_s3: OnS3 | None = None,
    glue: str | None = None,
) -> Lake:
    """Create a lake and its keys; the same lake again is left as it is.

    Raises:
        UsageError: The folder holds something else, or it is not told where the parts of a lake on S3 are.
        WindowFixedError: It holds a lake with another window.
    """
    root = root.absolute()
    if exists(root):
        return opened(root, window=window)
    if unfit := sorted(UNFIT & set(str(root))):
        raise UsageError(
            f"A lake cannot lie in a folder whose path holds {' '.join(map(repr, unfit))}; "
            "nothing was created.\n"
            "Name another folder: stedi --lake DIR init"
        )
    require_parts(root, on_s3)
    if root.exists() and (not root.is_dir() or any(p.name != "landing" for p in root.iterdir())):
        raise UsageError(
            f"{root} is not empty and holds no lake; nothing was created.\n"
            "Name another folder: stedi --lake DIR init"
        )
    lake = Lake(root, secrets.token_hex(8), window, buckets, provenance, {}, on_s3, glue)
    if lies_in(lake.private.resolve(), root.resolve()):
        raise UsageError(
            "The keys would lie inside the lake; nothing was created.\n"
            "Name a folder outside it with STEDI_KEYS."
        )
    try:
        with durable.private_files():
            lake.keys.create()
    except OSError as refused:
        raise UsageError(
            f"The keys of the lake cannot be made in {lake.keys.described} ({refused.strerror}); "
            "nothing was created.\n"
            "Name another folder with STEDI_KEYS."
        ) from refused
    lake = replace(lake, key_marks={n: key_mark(lake.keys.read(n), lake.lake_id) for n in NAMES})
    # Staged rows are personal data: nobody else on this machine reads them.
    with durable.private_files():
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        durable.require_private(root)
        lake.landing.mkdir(exist_ok=True)
        # Last: a folder is a lake from this moment on.
        _describe(lake)
    return lake


def marked(lake: Lake, name: str, mark: str) -> Lake:
    """Let the lake know one of its keys by another mark, from now on and durably."""
    lake = replace(lake, key_marks=lake.key_marks | {name: mark})
    _describe(lake)
    return lake


def holding(lake: Lake, provenance: str) -> Lake:
    """The lake as one of that provenance; an empty one becomes it, from now on and durably.

    Raises:
        UsageError: It holds data of another, and the two are never mixed.
    """
    lake = opened(lake.root)
    if lake.provenance == provenance:
        return lake
    if lake.has_tables or _has_landed(lake):
        raise UsageError(
            f"This lake holds data of the provenance `{lake.provenance}`, which is never mixed with "
            f"`{provenance}`; nothing was done.\nMake a lake of its own: stedi --lake DIR ..."
        )
    lake = replace(lake, provenance=provenance)
    _describe(lake)
    return lake


def _has_landed(lake: Lake) -> bool:
    own = lake.on_s3.own(lake.root) if lake.on_s3 else ()
    return any(not any(lies_in(path, each) for each in own) for path in files_below(lake.landing))


def _describe(lake: Lake) -> None:
    told = {
        "format": FORMAT,
        **{k: v for k, v in asdict(lake).items() if k != "root" and v is not None},
        "comparison_only": lake.comparison_only,
        "root": str(lake.root.resolve()),
    }
    durable.replace(lake.root / LAKE_FILE, (json.dumps(told, indent=2) + "\n").encode())


def opened(root: Place, *, window: Window | None = None) -> Lake:
    """The lake in a folder.

    Raises:
        LakeMissingError: There is none.
        UsageError: Its description cannot be read.
        WindowFixedError: It has another window than `window`.
    """
    root = root.absolute()
    try:
        told: dict[str, Any] = json.loads((root / LAKE_FILE).read_text())
        if told["format"] != FORMAT:
            raise UsageError(
                f"A newer version of stedi wrote this lake ({told['format']}; this one reads {FORMAT}); "
                "nothing was read or written.\nUse that version, or a newer one. "
                "See which version this is: stedi --version"
            )
        if told["root"] != str(root.resolve()):
            raise UsageError(
                "This lake was moved or copied, and its tables hold their addresses; nothing was read.\n"
                "Use it where it was made, or make another and land the files again: "
                "stedi --lake ANOTHER land FOLDER"
            )
        if not LAKE_ID.fullmatch(str(told["lake_id"])) or int(told["buckets"]) < 1:
            raise ValueError
        lake = Lake(
            root,
            str(told["lake_id"]),
            Window(told["window"]),
            int(told["buckets"]),
            str(told["provenance"]),
            dict(told["key_marks"]),
            OnS3(**told["on_s3"]) if "on_s3" in told else None,
            told.get("glue"),
        )
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise LakeMissingError(str(root)) from None
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise UsageError(
            f"{root / LAKE_FILE} cannot be read ({type(broken).__name__}); nothing was read.\n"
            "Put it back from your backup: it names the lake's keys."
        ) from broken
    if window is not None and window is not lake.window:
        raise WindowFixedError(lake.window.value, window.value)
    return lake
