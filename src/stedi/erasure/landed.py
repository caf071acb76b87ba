"""A person's lines in the lake's own landing zone."""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from stedi.erasure.landed_lines import positions_to_empty
from stedi.erasure.person_finder import PersonFinder
from stedi.ground.errors import StediError, UsageError, listed_some
from stedi.ground.failpoints import reached
from stedi.ground.places import Place, S3Path, name_in
from stedi.lake.config import Lake
from stedi.privacy.suppression import keyed_content
from stedi.sources.content import NotAFileError, landed_content, uncompressed
from stedi.sources.emptying import Position, empty_file, empty_lines
from stedi.sources.examining import Examined, examined, refusal
from stedi.sources.file_names import for_message, stored
from stedi.sources.listing import COLLECTING_FOLDER, OWN_FOLDERS, FileState, ListedFile, listed, state_of
from stedi.sources.verdicts import FileVerdict
from stedi.staging.erased_lines import erased_lines, renamed, search_for_erased
from stedi.staging.ledger import Ledger, LedgerEntry
from stedi.suppression.suppressing import Suppressor
from stedi.tables import SOURCES

_BLOCK_BYTES = 1 << 20


class UnreadableLandingError(StediError):
    """A landed file cannot be looked into, so nobody knows whether it holds the person."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(
            f"Landed files that could not be read: {len(paths):,}. Nothing was erased, for nobody knows "
            "whether they hold the person.\nMake them readable, or remove them, and try again."
            f"{listed_some(paths)}"
        )


@dataclass(frozen=True)
class FoundLines:
    """A landed file that holds lines of erased people.

    Attributes:
        path: Its path inside the landing zone, as the ledger spells it; a name may hold anything.
        source: Its source; None for a file that belongs to none.
        sha256: Of its content; None where it could not be read line by line, and is emptied whole.
        lines: Those lines, and those readings of envelopes.
        after: Of its content afterwards; None until it was emptied.
        path_after: Its path afterwards.
    """

    path: str
    source: str | None
    sha256: str | None
    lines: tuple[Position, ...]
    after: str | None = None
    path_after: str | None = None

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def require_own_files(lake: Lake, ledger: Ledger) -> None:
    """Refuse to erase from a lake that reads somebody else's folder.

    Raises:
        UsageError: It does.
    """
    foreign = sum(entry.landing != str(lake.landing.resolve()) for entry in ledger.entries)
    if foreign:
        raise UsageError(
            f"Nothing was erased: this lake read {foreign:,} files in place, and what is not the lake's is "
            "never written to.\nMake a lake that holds its own copies, and erase there: "
            "stedi --lake ANOTHER land FOLDER"
        )


def found_lines(
    lake: Lake,
    ledger: Ledger,
    suppressor: Suppressor,
    *,
    now_ms: int,
    finder: PersonFinder | None = None,
    whole: frozenset[Place] = frozenset(),
) -> list[tuple[FoundLines, Place, FileState]]:
    """Every landed file with lines of erased people, or with such a name; each with its place and state.

    Args:
        lake: The lake.
        ledger: What it read, and when.
        suppressor: Who was erased.
        now_ms: When a file counts as landed that was never read, UTC ms.
        finder: Finds the person by what the proof would find; None: by hashes alone.
        whole: Files that cannot be searched to their end: emptied whole, unless they are read line by line.

    Raises:
        UnreadableLandingError: A file could not be looked into.
    """
    landed_at = {
        (e.source, sha256): e.read_at
        for e in reversed(ledger.entries)
        for sha256 in (e.file_sha256, e.rewritten_sha256)
    }
    key = lake.key("suppression")
    found: list[tuple[FoundLines, Place, FileState]] = []
    unreadable: list[str] = []
    claimed = set[Place]()
    for file in listed(lake.landing.resolve(), SOURCES, settle_s=0):
        claimed.add(file.file)
        try:
            told = _lines(
                file, landed_at, suppressor, lake.buckets, now_ms, key, finder, is_whole=file.file in whole
            )
        except OSError as error:
            # What is no file, or no longer there, holds no line.
            if refusal(error).verdict is not FileVerdict.REFUSED or file.path.endswith("/"):
                unreadable.append(for_message(suppressor.redacted(file.path)))
            continue
        if told.lines or told.sha256 is None or suppressor.redacted(told.path) != told.path:
            found.append((told, file.file, file.state))
    for path in all_landed(lake.landing.resolve()):
        if path in claimed:
            continue
        with contextlib.suppress(NotAFileError, FileNotFoundError):
            name = stored(name_in(path, lake.landing.resolve()))
            holds = path in whole or _holds(path, suppressor, finder)
            if holds or suppressor.redacted(name) != name:
                found.append((FoundLines(name, None, None if holds else "", ()), path, state_of(path)))
    if unreadable:
        raise UnreadableLandingError(unreadable)
    return found


def _lines(
    file: ListedFile,
    landed_at: dict[tuple[str, str | None], int],
    suppressor: Suppressor,
    buckets: int,
    now_ms: int,
    key: bytes,
    finder: PersonFinder | None,
    *,
    is_whole: bool,
) -> FoundLines:
    seen = examined(file, SOURCES) if file.verdict is not FileVerdict.REFUSED else None
    source = file.source.name
    if isinstance(seen, Examined):
        told = landed_at.get((source, seen.sha256))
        at = landed_at.get((source, keyed_content(seen.sha256, key)), now_ms) if told is None else told
        if finder is None:
            gone = set(erased_lines(file, seen, suppressor, landed_at=at, buckets=buckets))
        else:
            gone = positions_to_empty(file, seen, suppressor, finder, landed_at=at, buckets=buckets)
        return FoundLines(file.path, source, seen.sha256, tuple(sorted(gone)))
    # Whatever it is, a file that nobody reads line by line is searched as it stands.
    holds = is_whole or _holds(file.file, suppressor, finder)
    return FoundLines(file.path, source, None if holds else "", ())


def _holds(path: Place, suppressor: Suppressor, finder: PersonFinder | None) -> bool:
    if finder is not None:
        with landed_content(path) as landed:
            if finder.file_holds(cast(BinaryIO, landed)):
                return True
    return search_for_erased(path, suppressor).holds


def all_landed(landing: Place) -> Iterator[Place]:
    """Every regular file of a landing zone, of a source or not; in a bucket none that is the lake's own.

    Files that a collector has open are left out: an erasure lands them first (`collecting.spool.paused`).
    """
    if isinstance(landing, S3Path):
        found = (path for path, _ in landing.objects())
        yield from (path for path in found if path.key_in(landing).split("/")[0] not in OWN_FOLDERS)
        return
    for folder, folders, names in os.walk(landing):
        if folder == str(landing) and COLLECTING_FOLDER in folders:
            folders.remove(COLLECTING_FOLDER)
        for name in names:
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield path


def empty_found(
    lake: Lake,
    found: Sequence[tuple[FoundLines, Place, FileState]],
    suppressor: Suppressor,
    room: Place,
    finder: PersonFinder,
) -> dict[str, FoundLines]:
    """Empty the lines that were found, and give files whose name tells of a person another.

    Returns:
        Each file as it is afterwards, by the path it had.

    Raises:
        FileChangedError: One changed meanwhile; the procedure is to be taken up again.
    """
    done = {}
    for told, path, state in found:
        after = told.sha256
        if told.sha256 is None:
            after = empty_file(path, room).sha256
        elif told.lines:
            after = empty_lines(path, state, told.lines, room, finder.without).sha256
        name = told.path
        if suppressor.redacted(name) != name:
            name, _ = renamed(path, lake.landing.resolve(), suppressor)
        reached("privacy.emptied")
        done[told.path] = FoundLines(told.path, told.source, told.sha256, told.lines, after, name)
    return done


def as_it_is(lake: Lake, found: FoundLines, suppressor: Suppressor) -> FoundLines:
    """A file that was emptied, also by a call that was killed: its content and path now."""
    landing = lake.landing.resolve()
    for name in (found.path_after, found.path, suppressor.redacted(found.path)):
        if name and (landing / name).is_file():
            with landed_content(landing / name) as landed:
                stream = uncompressed(landed, landed.compression())
                digest = hashlib.sha256()
                while block := stream.read(_BLOCK_BYTES):
                    digest.update(block)
            return replace(found, after=digest.hexdigest(), path_after=name)
    return found


def entry_state(lake: Lake, entry: LedgerEntry) -> FileState | None:
    """How the file of an entry is now; None where it is not there."""
    try:
        return state_of(lake.landing.resolve() / entry.path)
    except (FileNotFoundError, NotADirectoryError):
        return None
