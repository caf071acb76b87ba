"""The models of a lake: which there are, which is in use, and which may be used no more.

`<lake>/models/registry.json` is the one truth; a model's folder is beside it.
"""

import fcntl
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from stedi.ground import durable
from stedi.ground.errors import UsageError
from stedi.ground.places import remove_tree, require_local
from stedi.lake.config import Lake
from stedi.model import artifact
from stedi.model.people import learnt_from, lost

SCHEMA = "stedi.models/1"
FILE = "registry.json"


class State(StrEnum):
    """What may be done with a model."""

    CANDIDATE = "candidate"
    CURRENT = "current"
    STALE_CONSENT = "stale_consent"


@dataclass(frozen=True)
class Entry:
    """A model in the registry.

    Attributes:
        version: Its name, and its folder's.
        state: What may be done with it.
        sha256: Of its graph.
        seed: With which it was trained, and would be again.
        why: Why it is in that state, where that needs telling.
        replaced_by: Of one that is stale: the version that was trained instead; its own folder is gone.
    """

    version: str
    state: State
    sha256: str
    seed: int
    why: str = ""
    replaced_by: str | None = None


class Registry:
    """The models of a lake; each change is one file replaced, and nobody else changes it meanwhile.

    Args:
        lake: The lake.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.folder = lake.root / "models"

    def entries(self) -> list[Entry]:
        """All models, the oldest first.

        Raises:
            UsageError: The registry is damaged.
        """
        return self._read()[1]

    def entry(self, version: str) -> Entry:
        """One model, by its version, or by "current" or "newest".

        Raises:
            UsageError: There is none.
        """
        entries = self.entries()
        alive = [entry for entry in entries if entry.replaced_by is None]
        if version == "newest" and alive:
            return alive[-1]
        for entry in entries:
            if entry.version == version or (version == "current" and entry.state is State.CURRENT):
                return entry
        raise UsageError(
            f"There is no model {version} in this lake; nothing was done.\nSee which there are: stedi models"
        )

    def path(self, version: str) -> Path:
        """A model's folder."""
        return require_local(self.folder / version, "Models are kept")

    def add(self, onnx: bytes, metadata: artifact.Metadata) -> Entry:
        """Keep a model as a candidate; the version is given here.

        The same graph from the same release is not kept twice.
        """
        with self._changing() as (number, entries):
            for entry in entries:
                if entry.sha256 == metadata.sha256 and entry.state is not State.STALE_CONSENT:
                    known = artifact.read(self.path(entry.version))
                    if known.source.snapshots == metadata.source.snapshots:
                        return entry
            version = f"{number:04d}-{metadata.sha256[:8]}"
            artifact.write(self.path(version), onnx, replace(metadata, version=version))
            added = Entry(version, State.CANDIDATE, metadata.sha256, metadata.seed)
            self._write(number + 1, [*entries, added])
        return added

    def promote(self, version: str) -> Entry:
        """Make a candidate the one in use; the one that was becomes a candidate. Gates were asked before.

        Raises:
            UsageError: It is stale.
        """
        with self._changing() as (number, entries):
            chosen = next(entry for entry in entries if entry.version == version)
            if chosen.state is State.STALE_CONSENT:
                raise UsageError(f"{version} is {State.STALE_CONSENT}; nothing was promoted.")
            changed = [
                replace(entry, state=State.CURRENT, why="")
                if entry is chosen
                else replace(entry, state=State.CANDIDATE)
                if entry.state is State.CURRENT
                else entry
                for entry in entries
            ]
            self._write(number, changed)
        return self.entry(version)

    def describe(self, version: str, metadata: artifact.Metadata) -> None:
        """Tell more of a model."""
        with self._changing():
            artifact.describe(self.path(version), metadata)

    def mark_stale(self, subjects: Collection[str]) -> int:
        """Make the models that learnt from any of some people stale; return how many did."""
        key = self._lake.key("suppression")

        def why(metadata: artifact.Metadata) -> str:
            source = metadata.source
            found = learnt_from(source.people, subjects, source.salt, key)
            return "somebody it learnt from has left" if found else self._renewed(source)

        return self._mark(why)

    def review(self, readings: Mapping[str, int]) -> int:
        """Make models stale whose people are not all there any more; return how many are.

        Args:
            readings: Phone readings of each subject in the newest release.
        """
        key = self._lake.key("suppression")

        def why(metadata: artifact.Metadata) -> str:
            source = metadata.source
            gone = lost(source.people, readings, source.salt, key)
            told = f"{gone:,} of its people have left, or readings of theirs have" if gone else ""
            return self._renewed(source) or told

        return self._mark(why)

    def stale(self) -> list[Entry]:
        """The models that wait to be replaced."""
        return [e for e in self.entries() if e.state is State.STALE_CONSENT and e.replaced_by is None]

    def replaced(self, versions: Collection[str], by: str) -> None:
        """Delete stale models whose place another has taken, or none could take ("")."""
        with self._changing() as (number, entries):
            changed = [replace(e, replaced_by=by) if e.version in versions else e for e in entries]
            self._write(number, changed)
        self.sweep()

    def sweep(self) -> None:
        """Remove the folders that the registry does not lead to: of replaced models, and of killed work."""
        with self._changing() as (_, entries):
            kept = {entry.version for entry in entries if entry.replaced_by is None}
            for path in self.folder.iterdir():
                if path.is_dir() and path.name not in kept:
                    remove_tree(path)

    def _renewed(self, source: artifact.Source) -> str:
        if source.pseudonym_key_mark == self._lake.key_marks["pseudonym"]:
            return ""
        return "pseudonyms were renewed: nobody can tell any more whom it learnt from"

    def _why(self, entry: Entry, why: Callable[[artifact.Metadata], str]) -> str:
        try:
            return why(artifact.read(self.path(entry.version)))
        except UsageError:
            return "its metadata is gone: nobody can tell whom it learnt from"

    def _mark(self, why: Callable[[artifact.Metadata], str]) -> int:
        if not (self.folder / FILE).exists():
            return 0
        count = 0
        with self._changing() as (number, entries):
            changed = list(entries)
            for place, entry in enumerate(entries):
                if entry.replaced_by is None and (told := self._why(entry, why)):
                    count += 1
                    if entry.state is not State.STALE_CONSENT:
                        changed[place] = replace(entry, state=State.STALE_CONSENT, why=told)
            if changed != entries:
                self._write(number, changed)
        return count

    @contextmanager
    def _changing(self) -> Iterator[tuple[int, list[Entry]]]:
        folder = require_local(self.folder, "Models are kept")
        folder.mkdir(exist_ok=True, mode=0o700)
        with (folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._read()

    def _read(self) -> tuple[int, list[Entry]]:
        path = self.folder / FILE
        if not path.exists():
            return 1, []
        try:
            told = json.loads(path.read_text())
            if told["schema"] != SCHEMA:
                raise ValueError
            entries = [Entry(**{**each, "state": State(each["state"])}) for each in told["models"]]
            return int(told["next"]), entries
        except (OSError, ValueError, KeyError, TypeError) as broken:
            raise UsageError(
                f"{path} cannot be read ({type(broken).__name__}); no model was looked at or changed.\n"
                "Put it back from your backup: it tells which models may be used."
            ) from broken

    def _write(self, number: int, entries: list[Entry]) -> None:
        told = {"schema": SCHEMA, "next": number, "models": [asdict(entry) for entry in entries]}
        durable.replace(self.folder / FILE, (json.dumps(told, indent=1) + "\n").encode())
