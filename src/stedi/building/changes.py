"""What changed since the newest release, and so what has to be built."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from stedi.building import rules_version
from stedi.building.releases import Release
from stedi.building.run_context import Run
from stedi.ground.places import all_there
from stedi.landing import customer, requests
from stedi.store.data_files import DataFile
from stedi.tables import DERIVED, STAGED

BY_RULES = "stedi.rules"
"""What a commit of staged rows tells of the version of the rules by which they were read."""


class Cause(StrEnum):
    """Why tables are built."""

    FIRST = "nothing was published yet"
    ASKED = "a full run was asked for"
    RULES = "the rules or the lake's settings changed"
    GONE = "staged rows left, or the files of the release are gone"
    CLOCK = "time alone changed a state"
    PEOPLE = "customer records or requests came in"
    READINGS = "readings came in"
    KEY = "the pseudonym key changed"


EVERYTHING = frozenset({Cause.FIRST, Cause.ASKED, Cause.RULES, Cause.GONE})
"""Causes to build every table from all staged rows."""


@dataclass(frozen=True)
class Changes:
    """What is new.

    Attributes:
        causes: Why something has to be built; none: the release stands.
        new: Data files that came to each staged table, by its name.
        before: Data files of each table in the release before; none where everything is built.
    """

    causes: frozenset[Cause]
    new: Mapping[str, tuple[DataFile, ...]]
    before: Mapping[str, tuple[DataFile, ...]]

    @property
    def everything(self) -> bool:
        """Whether every table is built from all staged rows."""
        return bool(self.causes & EVERYTHING)

    @property
    def people(self) -> bool:
        """Whether somebody's state or devices may have changed."""
        return bool(self.causes & {Cause.PEOPLE, Cause.CLOCK})


def inputs(run: Run) -> str:
    """All that tables follow from, but for rows and time, as JSON: versions, settings and fingerprints."""
    told = {
        "rules": rules_version.RULES_VERSION,
        "window": run.lake.window.value,
        "buckets": run.lake.buckets,
        "clock_faults": [list(fault) for fault in run.clock_faults],
        "key": hmac.digest(run.pseudonym_key, b"which key", hashlib.sha256).hex(),
    }
    return json.dumps(told, sort_keys=True)


def since(
    run: Run, release: Release | None, now: Mapping[str, tuple[DataFile, ...]], *, full: bool
) -> Changes:
    """What changed since a release.

    Args:
        run: The run.
        release: The newest one; None before the first.
        now: Data files of the staged tables and of the requests, by table.
        full: Whether to build everything anyway.
    """
    if release is None:
        return Changes(frozenset({Cause.FIRST}), now, {})
    causes = {Cause.ASKED} if full else set()
    told, known = json.loads(inputs(run)), json.loads(release.inputs)
    if any(told[name] != known.get(name) for name in ("rules", "window", "buckets")):
        causes.add(Cause.RULES)
    if told["clock_faults"] != known.get("clock_faults", []):
        causes.add(Cause.CLOCK)
    if told["key"] != known.get("key"):
        causes.add(Cause.KEY)
    due = release.next_change_at is not None and release.next_change_at <= run.now_ms
    # A clock that was ahead may have let in what is not yet consented.
    if due or release.as_of_ms > run.now_ms:
        causes.add(Cause.CLOCK)
    before = _released(run, release)
    new: dict[str, tuple[DataFile, ...]] = {}
    for name, files in now.items():
        there = {file.path for file in before.get(name, ())}
        new[name] = tuple(file for file in files if file.path not in there)
        if len(files) - len(new[name]) != len(there):
            causes.add(Cause.GONE)
    if before.keys() != {*now, *(table.name for table in DERIVED)}:
        causes.add(Cause.GONE)
    if new[customer.TABLE.name] or new[requests.TABLE.name]:
        causes.add(Cause.PEOPLE)
    if any(new[table.name] for table in STAGED if table is not customer.TABLE):
        causes.add(Cause.READINGS)
    return Changes(frozenset(causes), new, before)


def follows_todays_rules(release: Release | None) -> bool:
    """Whether a release was built by the rules of today; of one by an early version nobody knows."""
    return release is not None and json.loads(release.inputs).get("rules") == rules_version.RULES_VERSION


def _released(run: Run, release: Release) -> dict[str, tuple[DataFile, ...]]:
    """The data files of a release's tables; a table whose snapshot has gone is left out."""
    found: dict[str, tuple[DataFile, ...]] = {}
    for table in (*STAGED, requests.TABLE, *DERIVED):
        if table.name not in release.snapshots:
            continue
        snapshot = release.snapshots[table.name]
        if snapshot is None:
            found[table.name] = ()
        elif run.store.has_snapshot(table, snapshot):
            files = run.store.files(table, snapshot=snapshot)
            if all_there(file.path for file in files):
                found[table.name] = tuple(files)
    return found
