"""Which files of a landing zone are new or changed, without looking at every file each time."""

import os
import stat
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from stedi.ground.places import Place, S3Path
from stedi.sources.file_names import is_temporary
from stedi.sources.listing import FileState

WHOLE_LOOK_S = 30.0
"""So often every file is looked at: a file that is written on in place does not change its folder."""

WHOLE_LOOK_SHARE = 0.02
"""Of the time, looking at every file may take at most such a share."""

UNSURE_NS = 3 * 10**9
"""A folder that changed so shortly before it was listed may have changed once more within the same tick."""


class LandingWatch(ABC):
    """Tells which files a run has to look at: those that appeared or changed since it looked at them."""

    def __init__(self) -> None:
        self._pending: dict[str, int] = {}

    @abstractmethod
    def ready(self) -> list[str]:
        """The names of files that wait for a run and are not written any more, as far as can be told.

        Raises:
            OSError: The landing zone cannot be looked at.
        """

    def taken(self, names: Iterable[str]) -> None:
        """Wait no more for files that a run looked at."""
        for name in names:
            self._pending.pop(name, None)

    @property
    def waiting(self) -> int:
        """How many files are waited for."""
        return len(self._pending)


def watch_of(folder: Place, sources: Collection[str], settle_s: float) -> LandingWatch:
    """A watch over the folders of some sources in a landing zone."""
    if isinstance(folder, S3Path):
        return ObjectWatch(folder, sources)
    return FolderWatch(str(folder), sources, settle_s)


@dataclass(slots=True)
class _Folder:
    """A folder as it was listed last.

    Attributes:
        modified_ns: When entries came or went last; -1 where that could be any time until now.
        files: What tells each file's state, by its name in the folder.
        folders: The names of the folders in it.
    """

    modified_ns: int = -1
    files: dict[str, int] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)


class FolderWatch(LandingWatch):
    """A watch over folders of this machine, by polling: network file systems tell nobody of changes.

    A folder is listed again where its time of modification changed, and a file in it is looked at where its
    name is new. Once in a while every file is looked at.
    """

    def __init__(
        self,
        landing: str,
        sources: Collection[str],
        settle_s: float,
        *,
        clock_ns: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._landing = landing
        self._sources = sorted(sources)
        self._settle_ns = int(settle_s * 10**9)
        self._clock_ns = clock_ns
        self._monotonic = monotonic
        self._folders: dict[str, _Folder] = {}
        self._whole_look_at = monotonic()

    def ready(self) -> list[str]:
        """See `LandingWatch.ready`."""
        began = self._monotonic()
        is_whole = began >= self._whole_look_at
        seen: dict[str, _Folder] = {}
        names = list(self._sources)
        while names:
            names += self._look(names.pop(), is_whole, seen)
        self._folders = seen
        if is_whole:
            took = self._monotonic() - began
            self._whole_look_at = began + max(WHOLE_LOOK_S, took / WHOLE_LOOK_SHARE)
        return [name for name in list(self._pending) if self._is_ready(name)]

    def _look(self, name: str, is_whole: bool, seen: dict[str, _Folder]) -> Sequence[str]:
        """Look at a source's folder, or one below it; return the folders in it."""
        path = f"{self._landing}/{name}"
        try:
            status = os.lstat(path)
            if not stat.S_ISDIR(status.st_mode):
                self._see(name, self._folders.get(name), seen.setdefault(name, _Folder()), status)
                return ()
            known = self._folders.get(name) or _Folder()
            if is_whole or known.modified_ns != status.st_mtime_ns:
                known = self._listed(name, status.st_mtime_ns, known, is_whole)
        except OSError:
            # Gone, or not to be read just now: a run that looks at every file tells of it.
            return ()
        seen[name] = known
        return [f"{name}/{folder}" for folder in known.folders]

    def _listed(self, name: str, modified_ns: int, known: _Folder, is_whole: bool) -> _Folder:
        is_sure = self._clock_ns() - modified_ns > UNSURE_NS
        found = _Folder(modified_ns if is_sure else -1)
        with os.scandir(f"{self._landing}/{name}") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found.folders.append(entry.name)
                elif not is_whole and entry.name in known.files:
                    found.files[entry.name] = known.files[entry.name]
                else:
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    self._see(f"{name}/{entry.name}", known, found, status)
        return found

    def _see(self, name: str, known: _Folder | None, found: _Folder, status: os.stat_result) -> None:
        """Let a file wait for a run, if it is not as it was."""
        own = name.rpartition("/")[2]
        found.files[own] = state = hash(FileState.of(status))
        if (known is None or known.files.get(own) != state) and not is_temporary(name):
            self._pending[name] = state

    def _is_ready(self, name: str) -> bool:
        """Whether a file that waits is still there, and was not changed for a while."""
        try:
            status = os.lstat(f"{self._landing}/{name}")
        except OSError:
            del self._pending[name]
            return False
        # As a run decides: a time further ahead than that is a wrong clock.
        return abs(self._clock_ns() - status.st_ctime_ns) >= self._settle_ns


class ObjectWatch(LandingWatch):
    """A watch over objects on S3, by listing them: an object appears whole."""

    def __init__(self, landing: S3Path, sources: Collection[str]) -> None:
        super().__init__()
        self._landing = landing
        self._sources = sorted(sources)
        self._states: dict[str, int] = {}

    def ready(self) -> list[str]:
        """See `LandingWatch.ready`."""
        states: dict[str, int] = {}
        for source in self._sources:
            for path, status in (self._landing / source).objects():
                if path.key.endswith("/") and not status.st_size:
                    continue
                name = path.key_in(self._landing)
                states[name] = state = hash(FileState.of_object(status))
                if self._states.get(name) != state and not is_temporary(name):
                    self._pending[name] = state
        self._states = states
        for gone in self._pending.keys() - states.keys():
            del self._pending[gone]
        return list(self._pending)
