"""What lies in the landing zone: every file under a source's folder, and what its name and kind decide."""

import hashlib
import os
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from stedi.ground.errors import UsageError
from stedi.ground.places import Place, S3Path
from stedi.ground.places.streams import S3Stat
from stedi.lake.on_s3 import PRIVATE, ROOT, TABLES
from stedi.sources.file_names import LONGEST_PATH_BYTES, can_be_carried, is_temporary, shown, stored
from stedi.sources.reasons import Reason
from stedi.sources.source import Source
from stedi.sources.verdicts import FileVerdict, file_verdict

SETTLE_S = 10.0
FLEET_PARAMETERS = "truth/parameters.json"
"""What a simulated fleet was made of; its folder, the fleet's truth, stands beside the sources."""
PLACING_FOLDER = ".placing"
"""Where files are written before they appear in the landing zone whole."""
COLLECTING_FOLDER = ".collecting"
"""Where the readings of a stream are kept before their file appears there."""
OWN_FOLDERS = (ROOT, TABLES, PRIVATE)
"""What of a lake lies at the top of its landing bucket, beside what lands."""
TEMPORARY_FOR_NS = 24 * 3600 * 10**9


@dataclass(frozen=True, slots=True)
class FileState:
    """What tells whether a file is still the one that was looked at; all 0 where it could not be.

    Attributes:
        size: Bytes on disk.
        modified_ns: When its content changed last, as told by whoever wrote it.
        changed_ns: When content, name or rights changed last, as told by the system.
        inode: Its number in the file system.
    """

    size: int = 0
    modified_ns: int = 0
    changed_ns: int = 0
    inode: int = 0

    @classmethod
    def of(cls, status: os.stat_result) -> "FileState":
        """The state that the system told."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)

    @classmethod
    def of_object(cls, status: S3Stat) -> "FileState":
        """The state of an object on S3: what names its content stands in the place of the inode."""
        named = int.from_bytes(hashlib.sha256(status.etag.strip('"').encode()).digest()[:8], "big") >> 1
        return cls(status.st_size, status.st_mtime_ns, status.st_mtime_ns, named)


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file, or whatever else stands where a file is expected.

    Attributes:
        source: The source in whose folder it lies.
        landing: The landing zone's folder.
        name: Its path inside `landing`, as the system spells it; may hold undecodable bytes.
        state: How it was when it was listed.
        verdict: READ when nothing speaks against reading it.
        reason: Why it is quarantined or refused.
    """

    source: Source
    landing: Place
    name: str
    state: FileState
    verdict: FileVerdict
    reason: Reason | None = None

    @property
    def path(self) -> str:
        """Its path inside the landing zone, as text that can be stored."""
        return stored(self.name)

    @property
    def file(self) -> Place:
        """Where to open it."""
        return self.landing / self.name


def state_of(path: Place) -> FileState:
    """How a landed file is now; no link is followed.

    Raises:
        OSError: It cannot be told.
    """
    if isinstance(path, S3Path):
        return FileState.of_object(path.stat())
    return FileState.of(path.lstat())


def listed(
    landing: Place,
    sources: Sequence[Source],
    *,
    settle_s: float = SETTLE_S,
    clock: Callable[[], int] = time.time_ns,
    names: Collection[str] | None = None,
) -> Iterator[ListedFile]:
    """Every file under `<landing>/<source>/`, at any depth, in the order of the names' bytes.

    No link is followed. A folder that cannot be listed is listed itself, its path ending in `/`.
    Memory grows with the fullest folder, not with the landing zone. On S3 the keys' bytes are in order, and
    nothing waits because it is new: objects are whole.

    Args:
        landing: The landing zone's folder.
        sources: Whose folders to walk; a source without a folder has no files.
        settle_s: A file that changed within so many seconds waits, for it may still be written.
            0 where files are placed whole, by an atomic rename.
        clock: Nanoseconds since 1970; asked for every file, for walking takes time.
        names: Paths inside `landing`: of these alone, those that are there. None: every file.

    Raises:
        UsageError: There is no folder `landing`.
    """
    require_folder(landing)
    if names is not None:
        yield from _named(landing, {source.name: source for source in sources}, names, settle_s, clock)
        return
    for source in sorted(sources, key=lambda source: source.name):
        if isinstance(landing, S3Path):
            yield from _listed_objects(landing, source, clock)
            continue
        for name, seen in _walked(landing, source.name):
            if isinstance(seen, OSError):
                reason = Reason.VANISHED if isinstance(seen, FileNotFoundError) else Reason.UNREADABLE
                yield ListedFile(source, landing, name, FileState(), file_verdict(reason), reason)
            else:
                verdict, refused = _verdict(name, seen, clock(), settle_s)
                yield ListedFile(source, landing, name, FileState.of(seen), verdict, refused)


def _named(
    landing: Place,
    sources: Mapping[str, Source],
    names: Collection[str],
    settle_s: float,
    clock: Callable[[], int],
) -> Iterator[ListedFile]:
    """Some files by their names; one that has gone meanwhile is left out."""
    for name in sorted(names, key=os.fsencode):
        source = sources.get(name.partition("/")[0])
        if source is None:
            continue
        try:
            if isinstance(landing, S3Path):
                path = landing / name
                yield _object(landing, source, path, path.stat(), clock())
            else:
                status = os.lstat(f"{landing}/{name}")
                verdict, refused = _verdict(name, status, clock(), settle_s)
                yield ListedFile(source, landing, name, FileState.of(status), verdict, refused)
        except OSError:
            continue


def placed_whole(landing: Place) -> bool:
    """Whether a landing zone is a simulated fleet's, whose files come whole, by atomic rename."""
    return (landing / FLEET_PARAMETERS).is_file()


def unclaimed(landing: Place, sources: Sequence[Source]) -> tuple[str, ...]:
    """What stands at the top of the landing zone and belongs to no source; a folder's name ends in `/`.

    None of it is read, and a folder is not walked. A misspelt source folder is found here.
    """
    require_folder(landing)
    claimed = {source.name for source in sources} | {PLACING_FOLDER, COLLECTING_FOLDER}
    if placed_whole(landing):
        claimed.add(FLEET_PARAMETERS.split("/")[0])
    if isinstance(landing, S3Path):
        pairs = [(path.key_in(landing), path) for path in landing.iterdir()]
        names = [f"{name}/" if path.is_dir() else name for name, path in pairs
                 if name not in claimed and name not in OWN_FOLDERS]  # fmt: skip
        return tuple(stored(name) for name in sorted(names, key=os.fsencode))
    with os.scandir(landing) as entries:
        found = [
            f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name
            for entry in entries
            if entry.name not in claimed
        ]
    return tuple(stored(name) for name in sorted(found, key=os.fsencode))


def require_folder(folder: Place) -> None:
    """Refuse a folder that is not there."""
    if not folder.is_dir():
        raise UsageError(
            f"There is no folder {shown(stored(str(folder)))}; nothing was read.\n"
            "Name one that holds landed files, to copy them into the lake: stedi land FOLDER\n"
            "Or to read them where they are: stedi run --landing FOLDER"
        )


def _listed_objects(landing: S3Path, source: Source, clock: Callable[[], int]) -> Iterator[ListedFile]:
    """The objects of a source; an object that only marks a folder is none."""
    top = landing / source.name
    try:
        if top.is_file():
            yield _object(landing, source, top, top.stat(), clock())
        for path, status in top.objects():
            if status.st_size or not path.key.endswith("/"):
                yield _object(landing, source, path, status, clock())
    except OSError:
        reason = Reason.UNREADABLE
        yield ListedFile(source, landing, f"{source.name}/", FileState(), file_verdict(reason), reason)


def _object(landing: S3Path, source: Source, path: S3Path, status: S3Stat, now_ns: int) -> ListedFile:
    name = path.key_in(landing)
    reason, verdict = None, FileVerdict.READ
    if not can_be_carried(name):
        reason = Reason.BAD_NAME
    elif "/" not in name or name.endswith("/"):
        reason = Reason.NOT_A_FILE
    elif status.is_archived:
        reason = Reason.UNREADABLE
    elif is_temporary(name):
        reason = Reason.TEMPORARY if now_ns - status.st_mtime_ns >= TEMPORARY_FOR_NS else None
        verdict = FileVerdict.WAITING
    if reason:
        verdict = file_verdict(reason)
    return ListedFile(source, landing, name, FileState.of_object(status), verdict, reason)


def _walked(landing: Place, top: str) -> Iterator[tuple[str, os.stat_result | OSError]]:
    """Every path under `top` that is no folder, and every folder that cannot be walked, ending in `/`."""
    unseen = [top]
    while unseen:
        name = unseen.pop()
        try:
            status = os.lstat(f"{landing}/{name}")  # A `Path` would be slower, and keep every name.
        except OSError as error:
            if name != top or not isinstance(error, FileNotFoundError):
                yield name, error
            continue
        if not stat.S_ISDIR(status.st_mode):
            yield name, status
        elif len(os.fsencode(name)) >= LONGEST_PATH_BYTES:
            yield f"{name}/", status  # Whatever it holds has a name that is too long.
        else:
            try:
                unseen += _inside(landing, name)
            except OSError as error:
                yield f"{name}/", error


def _inside(landing: Place, folder: str) -> list[str]:
    """The names in a folder, the last first, for the next one is taken from the end."""
    with os.scandir(f"{landing}/{folder}") as entries:
        names = sorted((entry.name for entry in entries), key=os.fsencode, reverse=True)
    return [f"{folder}/{name}" for name in names]


def _verdict(
    name: str, status: os.stat_result, now_ns: int, settle_s: float
) -> tuple[FileVerdict, Reason | None]:
    """What name, kind and age decide."""
    # Not the time of modification: any copying tool may set that to the past.
    age_ns = now_ns - status.st_ctime_ns
    reason = None
    if not can_be_carried(name):
        reason = Reason.BAD_NAME
    elif not stat.S_ISREG(status.st_mode) or "/" not in name:
        reason = Reason.NOT_A_FILE
    elif is_temporary(name) and age_ns >= TEMPORARY_FOR_NS:
        reason = Reason.TEMPORARY
    # A time further ahead than that is a wrong clock, and must not make a file wait for ever.
    elif not is_temporary(name) and abs(age_ns) >= settle_s * 10**9:
        return FileVerdict.READ, None
    return file_verdict(reason), reason
