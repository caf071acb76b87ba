"""Lines of erased people leave the lake's own landing zone as soon as they are delivered again."""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast
from uuid import uuid4

from stedi.ground.places import Place, forget, is_taken, moved, name_in
from stedi.lake.config import Lake
from stedi.privacy.suppression import keyed_content
from stedi.sources.content import landed_content
from stedi.sources.emptying import Position, empty_file, empty_lines
from stedi.sources.examining import Examined
from stedi.sources.file_names import for_message, stored
from stedi.sources.lines import read_blocks
from stedi.sources.listing import FileState, ListedFile, state_of
from stedi.sources.opening import FileChangedError, open_content
from stedi.sources.verdicts import FileVerdict
from stedi.staging.ledger import Ledger, LedgerEntry
from stedi.staging.looking import Looked
from stedi.staging.reading import FileRead, without_erased
from stedi.suppression.identifying import Identified
from stedi.suppression.suppressing import Suppressor


def erased_lines(
    file: ListedFile, found: Examined, suppressor: Suppressor, *, landed_at: int, buckets: int
) -> list[Position]:
    """Where a file holds lines and readings that are an erased person's.

    Raises:
        FileChangedError: It changed since it was examined.
    """
    gone: list[Position] = []
    with open_content(file, found) as stream:
        for block in read_blocks(stream, file.source, landed_at=landed_at, buckets=buckets):
            gone += without_erased(block, file.source, suppressor)[1]
    return gone


def search_for_erased(path: Place, suppressor: Suppressor) -> Identified:
    """Look for erased people in a file that is not read line by line, in whatever packing.

    A packed file that is broken is unpacked as far as it goes.
    """
    with landed_content(path) as landed:
        return suppressor.holds_in_file(cast(BinaryIO, landed))


def without_traces(
    lake: Lake,
    suppressor: Suppressor,
    ledger: Ledger,
    looked: Looked,
    reads: Sequence[FileRead],
    entries: Sequence[LedgerEntry],
    room: Place,
    alerts: list[str],
) -> list[LedgerEntry]:
    """Empty the lines of erased people that a batch brought, and return the entries as they are then.

    Only in the lake's own landing zone; another one is never written to. Paths in the ledger are redacted all
    the same. Before the ledger's commit: a run that is killed between finds empty lines. What holds erased
    people and may not be written to, and what cannot be searched for them, is alerted.
    """
    gone = {read.file.path: read.tally.erased for read in reads if read.tally and read.tally.erased}
    by_content = {read.examined.sha256: gone[read.file.path] for read in reads if read.file.path in gone}
    found = {file.path: examined for file, examined in (*looked.to_read, *looked.twins, *looked.known)}
    gone |= {f.path: by_content[e.sha256] for f, e in looked.twins if e.sha256 in by_content}
    told = []
    for entry in entries:
        file = looked.files[entry.path]
        if file.landing == lake.landing.resolve():
            if entry.verdict is FileVerdict.DUPLICATE and ledger.had_erased(
                entry.source, entry.file_sha256 or ""
            ):
                gone[entry.path] = erased_lines(
                    file,
                    found[entry.path],
                    suppressor,
                    landed_at=entry.landed_at,
                    buckets=lake.buckets,
                )
            entry = _emptied(entry, file, gone, suppressor, room, alerts)
        elif _is_of_erased(entry, file, gone, suppressor):
            alerts.append(
                f"{_shown(file, suppressor)} holds data of somebody who was erased; this lake uses none of "
                "it and never writes to that folder: remove it there"
            )
        told.append(replace(entry, path=suppressor.redacted(entry.path)))
    return _without_digests(entries, told, {path for path, lines in gone.items() if lines}, ledger, lake)


def _without_digests(
    before: Sequence[LedgerEntry],
    entries: Sequence[LedgerEntry],
    erased: Collection[str],
    ledger: Ledger,
    lake: Lake,
) -> list[LedgerEntry]:
    """Know by a keyed digest alone what held nothing but lines of erased people, and copies of it.

    Args:
        before: The entries by the paths that the files had.
        entries: The same as they are now.
        erased: Paths, as they were, of files with lines of erased people.
        ledger: What earlier runs read.
        lake: The lake.
    """
    key = lake.key("suppression")
    gone = {
        (entry.source, entry.file_sha256)
        for was, entry in zip(before, entries, strict=True)
        if not entry.accepted + entry.quarantined
        and (was.path in erased or entry.rewritten_sha256)
        and (entry.verdict is not FileVerdict.DUPLICATE)
    }
    return [
        replace(entry, file_sha256=keyed_content(entry.file_sha256, key))
        if entry.file_sha256
        and ((entry.source, entry.file_sha256) in gone or ledger.is_keyed(entry.source, entry.file_sha256))
        else entry
        for entry in entries
    ]


def _emptied(
    entry: LedgerEntry,
    file: ListedFile,
    gone: Mapping[str, list[Position]],
    suppressor: Suppressor,
    room: Place,
    alerts: list[str],
) -> LedgerEntry:
    with contextlib.suppress(FileChangedError, OSError):
        if lines := gone.get(entry.path):
            done = empty_lines(file.file, entry.state, lines, room)
            entry = replace(entry, state=done.state, rewritten_sha256=done.sha256)
        elif entry.verdict is FileVerdict.QUARANTINED:
            seen = search_for_erased(file.file, suppressor)
            if seen.holds:
                done = empty_file(file.file, room)
                entry = replace(entry, state=done.state, rewritten_sha256=done.sha256)
            elif seen.failures:
                alerts.append(
                    f"{_shown(file, suppressor)} cannot be searched for people who were erased: "
                    f"{seen.failures[0]}"
                )
    if suppressor.redacted(entry.path) == entry.path:
        return entry
    path, state = renamed(file.file, file.landing, suppressor)
    return replace(entry, path=path, state=state)


def _is_of_erased(
    entry: LedgerEntry, file: ListedFile, gone: Mapping[str, list[Position]], suppressor: Suppressor
) -> bool:
    if gone.get(entry.path):
        return True
    with contextlib.suppress(OSError):
        return entry.verdict is FileVerdict.QUARANTINED and search_for_erased(file.file, suppressor).holds
    return False


def _shown(file: ListedFile, suppressor: Suppressor) -> str:
    return for_message(suppressor.redacted(file.path))


def renamed(path: Place, landing: Place, suppressor: Suppressor) -> tuple[str, FileState]:
    """Give a landed file a path without an erased person's e-mail or serial number.

    Returns:
        Its path inside the landing zone, as text that can be stored, and its state.
    """
    name = suppressor.redacted(name_in(path, landing))
    target = landing / name
    if is_taken(target):
        target = target.with_name(f"{uuid4().hex[:8]}-{target.name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    moved(path, target)
    forget(path)  # On S3 its versions are left.
    for folder in path.parents if isinstance(path, Path) else ():
        if folder == landing or any(folder.iterdir()):
            break
        folder.rmdir()
    return stored(name_in(target, landing)), state_of(target)
