"""Search every file of a lake for people, and say what was found where and what could not be searched."""

import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from stedi.ground.places import Place, S3Path, lies_in, name_in
from stedi.ground.places.versions import left_over
from stedi.ground.zones import Zone
from stedi.lake.config import Lake
from stedi.prover.contents import Looking, look_into
from stedi.prover.positions import FREE, Position, position_of
from stedi.prover.rows import RowSearch
from stedi.prover.search import Found, Search
from stedi.prover.traces import Kind, Traces

AT_ONCE = 2
UPLOADING_FOR_MS = 24 * 3600 * 1000
"""An upload to S3 that began longer ago will not end any more."""

TELL_OF_NOBODY = (".lock", ".audit.lock", "audit.ndjson", "lake.json", "procedures", "certificates")
"""What a lake on S3 writes again and again and no person is named in: older versions of it may stay."""

MASKED = "[masked]"


class Area(StrEnum):
    """A part of a lake."""

    LANDED = "landed files"
    STAGED = "staged"
    TRUSTED = "trusted"
    CURATED = "curated"
    OTHER = "other"
    EXTRA = "extra"


EVERYWHERE = frozenset(Area)
"""What an erasure leaves clean."""

IN_USE = EVERYWHERE - {Area.LANDED, Area.STAGED}
"""What a withdrawal leaves clean."""

_AREA_OF_ZONE = {Zone.LANDING: Area.STAGED, Zone.TRUSTED: Area.TRUSTED, Zone.CURATED: Area.CURATED}


@dataclass(frozen=True)
class Finding:
    """Traces of one kind, in one file.

    Attributes:
        person: Whose, counted from 0 in the order in which traces were given.
        kind: What was found.
        area: In which part of the lake.
        table: In which table's folder; None outside tables.
        path: The file, under the lake's folder, with what tells of the person masked.
        where: "data", "dictionary", "footer", "bounds", "unreferenced", "name", or "link".
        count: How many; of a table's data, how many rows.
        shared: Whether others have the same, so that it tells of nobody.
        counts: Whether it is held against the proof.
    """

    person: int
    kind: Kind
    area: Area
    table: str | None
    path: str
    where: str
    count: int
    shared: bool
    counts: bool


@dataclass(frozen=True)
class Failure:
    """A file of which nothing is proven, whatever was found in it.

    Attributes:
        area: In which part of the lake.
        path: As in `Finding`.
        why: What could not be done, and where in the file; no value of it.
        counts: Whether it is held against the proof.
        table: In which table's folder; None outside tables.
        place: The file.
    """

    area: Area
    path: str
    why: str
    counts: bool
    table: str | None = None
    place: Place | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Proof:
    """What a search of every file gave.

    Attributes:
        findings: What was found, in the order of paths.
        failures: What could not be searched.
        files: How many files were decoded.
        decoded_bytes: Bytes that were searched: as stored, and unpacked.
        seconds: How long it took.
    """

    findings: tuple[Finding, ...]
    failures: tuple[Failure, ...]
    files: int
    decoded_bytes: int
    seconds: float

    @property
    def clean(self) -> bool:
        """Whether every file of the areas that must be clean was searched, and nothing was found there."""
        return not any(f.counts for f in self.findings) and not any(f.counts for f in self.failures)

    def count(self, *, person: int | None = None, area: Area | None = None, kind: Kind | None = None) -> int:
        """How many traces that tell of somebody were found: of one person, area and kind, or of all."""
        return sum(
            finding.count
            for finding in self.findings
            if not finding.shared
            and person in (None, finding.person)
            and area in (None, finding.area)
            and kind in (None, finding.kind)
        )

    def told(self) -> dict[str, Any]:
        """The proof as JSON's types; no personal value."""
        failures = [{k: v for k, v in vars(each).items() if k != "place"} for each in self.failures]
        return {**asdict(replace(self, failures=())), "failures": failures, "clean": self.clean}


def prove(
    lake: Lake,
    people: Sequence[Traces],
    *,
    clean: Collection[Area] = EVERYWHERE,
    allowed: Collection[str] = (),
    extra: Sequence[Place] = (),
    later: Collection[str] = (),
    within: Callable[[Area, str | None], bool] | None = None,
) -> Proof:
    """Decode every file of a lake and look for people in it, in one pass for all of them.

    Whatever lies in the lake's folder, or on S3 in its buckets, is looked at, known to a table or not. Older
    versions that a bucket keeps, and uploads that never ended, are failures. A link is not
    followed; its name and where it leads are looked at. The caller holds the lake, or a file
    that vanishes meanwhile is a failure.

    Args:
        lake: The lake.
        people: The traces of each person.
        clean: The areas in which nothing may be found; elsewhere a finding is told, not held against it.
        allowed: Tables whose findings are not held against it.
        extra: More folders or files: exports, caches, reports.
        later: Landed files, by their path inside the landing zone, that hold people in lines alone that are
            not held against the proof.
        within: Which areas and tables are looked at; all when None.
    """
    began = time.perf_counter()
    search, rows = Search(people), RowSearch(people)
    walk = _Walk(search)
    tops = (*lake.places, *extra)
    places = [(top, path) for top in tops for path in walk.below(top) if not lies_in(path, lake.private)]
    if within is not None:
        places = [(top, path) for top, path in places if within(*_area(lake, path))]
    findings: list[Finding] = []
    failures: list[Failure] = []
    files = size = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        looked = pool.map(
            lambda place: _look(place[1], place[0], search, rows, _position(lake, *place)), places
        )
        for (top, path), looking in zip(places, looked, strict=True):
            shown = walk.masked(path, top)
            area, table = _area(lake, path) if top in lake.places else (Area.EXTRA, None)
            files += isinstance(path, S3Path) or (path.is_file() and not path.is_symlink())
            size += looking.bytes
            whys = [*walk.refused.get(path, []), *looking.failures]
            failures += [Failure(area, shown, why, area in clean, table, path) for why in whys]
            held = area in clean and table not in allowed
            if later and area is Area.LANDED:
                held = held and name_in(path, lake.landing) not in later
            for where, found in looking.found.items():
                findings += _findings(found, area, table, shown, where, held)
    for area, shown, why in _kept(lake, walk) if within is None else ():
        failures.append(Failure(area, shown, why, area in clean))
    return Proof(tuple(findings), tuple(failures), files, size, time.perf_counter() - began)


def _findings(
    found: Found, area: Area, table: str | None, path: str, where: str, held: bool
) -> Iterator[Finding]:
    for trace, count in sorted(found.items()):
        counts = held and not trace.shared
        yield Finding(trace.person, trace.kind, area, table, path, where, count, trace.shared, counts)


def _area(lake: Lake, path: Place) -> tuple[Area, str | None]:
    for zone, area in _AREA_OF_ZONE.items():
        folder = lake.zone_folder(zone)
        if lies_in(path, folder):
            return area, name_in(path, folder).split("/")[0] if path != folder else None
    if lake.on_s3 and lies_in(path, lake.root):
        return Area.OTHER, None
    return (Area.LANDED if lies_in(path, lake.landing) else Area.OTHER), None


def _kept(lake: Lake, walk: "_Walk") -> Iterator[tuple[Area, str, str]]:
    """What the buckets of a lake keep and no listing shows, but for what tells of nobody."""
    begun_before = int(time.time() * 1000) - UPLOADING_FOR_MS
    for top in lake.places:
        for kept in left_over(top, begun_before=begun_before) if isinstance(top, S3Path) else ():
            if lies_in(kept.path, lake.private) or _tells_of_nobody(lake, kept.path):
                continue
            why = "an upload of it never ended" if kept.upload else "the bucket keeps an older version of it"
            yield _area(lake, kept.path)[0], walk.masked(kept.path, top), why


def _tells_of_nobody(lake: Lake, path: S3Path) -> bool:
    return lies_in(path, lake.root) and name_in(path, lake.root).split("/")[0] in TELL_OF_NOBODY


def _position(lake: Lake, top: Place, path: Place) -> Position:
    return position_of(lake, path) if top in lake.places else FREE


def _look(path: Place, top: Place, search: Search, rows: RowSearch, position: Position) -> Looking:
    looking = Looking(search, rows, position)
    try:
        if isinstance(path, S3Path):
            looking = look_into(path, search, rows, position)
            looking.name(path.name)
            return looking
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            looking = look_into(path, search, rows, position)
        elif stat.S_ISLNK(mode):
            looking.name(str(path.readlink()), "link")
        elif not stat.S_ISDIR(mode):
            looking.failures.append("it is no file")
    except OSError as error:
        looking.failures.append(f"it cannot be read ({error.strerror})")
    except MemoryError:
        looking.failures.append("it does not fit into memory")
    looking.name(path.name if path != top else "")
    return looking


class _Walk:
    """Everything below a folder, in a stable order, and its paths as they may be shown."""

    def __init__(self, search: Search) -> None:
        self.refused: dict[Place, list[str]] = {}
        self._search = search
        self._shown: dict[str, str] = {}

    def below(self, top: Place) -> list[Place]:
        if isinstance(top, S3Path):
            return [path for path, _ in top.objects()]
        found: list[Place] = [top]
        if top.is_symlink() or not top.is_dir():
            return found
        for folder, folders, files in os.walk(top, onerror=self._refused):
            found += [Path(folder) / name for name in (*folders, *files)]
        return sorted(found)

    def _refused(self, error: OSError) -> None:
        why = f"the folder cannot be listed ({error.strerror})"
        self.refused.setdefault(Path(error.filename), []).append(why)

    def masked(self, path: Place, top: Place) -> str:
        """The path under the folder, with every part hidden that tells of somebody."""
        if isinstance(path, S3Path):
            return f"{path.bucket}/" + "/".join(map(self._part, path.key.split("/")))
        parts = path.relative_to(str(top)).parts if lies_in(path, top) else path.parts
        return "/".join(map(self._part, parts)) or "."

    def _part(self, name: str) -> str:
        if name not in self._shown:
            data = name.encode("utf-8", "surrogateescape")
            told: Counter[Any] = self._search.found(data, text=False)
            # An address of somebody else is none of the reader's business either.
            personal = told or "@" in name or "%40" in name
            self._shown[name] = MASKED if personal else ascii(name)[1:-1]
        return self._shown[name]
