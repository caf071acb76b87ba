"""What Glue runs: one step of a lake, named by arguments. Those it does not know are Glue's own.

    --step stage      list and read what landed, a verdict a line, into the staged tables and the ledger
    --step build      plan, build, check, publish
    --step withdraw   take a person out of use; who it is stands in --request-file, never in an argument
    --step erase      remove a person everywhere
    --step maintain   merge small files, let go of old releases
    --step check      check the newest release again

Where --environment names the deployment, what its alarms watch is told to CloudWatch.

A failed job tells the class of its error, the exit code that the command line would leave, and the
message, in which no value of a row stands.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stedi import audit
from stedi.asking.checking import check
from stedi.aws.metrics import LEAKED, QUARANTINED, NotToldError, publish
from stedi.engine.session import kept_running
from stedi.engine.settings import Engine, choose
from stedi.engine.tasks import where
from stedi.erasure.procedure import carry_out
from stedi.ground.errors import PrivacyGateError, StediError, UnreadFilesError, UsageError
from stedi.ground.places import Place, forget, place
from stedi.lake.config import Lake, create, exists, opened
from stedi.landing import requests
from stedi.run.run import build_only, stage_only
from stedi.sources.listing import SETTLE_S
from stedi.sources.verdicts import FileVerdict
from stedi.upkeep.maintenance import maintain

BUCKETS = 256
"""Of a lake that the first job creates, unless told otherwise."""

WATCHED = {"quarantined_percent": QUARANTINED, "leaked_rows": LEAKED}
"""The metric of what a step tells."""

StepReport = dict[str, Any]


class JobFailedError(SystemExit):
    """Ends the job with an exit code, and tells why where Glue shows how a job ended."""

    def __init__(self, error: StediError) -> None:
        super().__init__(error.exit_code)
        self._told = f"{type(error).__name__}, exit code {error.exit_code}: {error}"

    def __str__(self) -> str:
        return self._told


def main(arguments: Sequence[str] | None = None) -> None:
    """Carry out a step, and print what came of it as JSON: counts and ids.

    Raises:
        JobFailedError: It failed.
    """
    try:
        print(json.dumps(_done(sys.argv[1:] if arguments is None else arguments), sort_keys=True), flush=True)
    except StediError as error:
        failed = JobFailedError(error)
    except Exception as error:
        # Any other text may hold a value.
        failed = JobFailedError(StediError(f"The work failed ({where(error)}). What is published is whole."))
    else:
        return
    print(failed, file=sys.stderr, flush=True)
    raise failed from None


def _done(arguments: Sequence[str]) -> StepReport:
    asked = _asked(arguments)
    choose(Engine.SPARK)
    step: Callable[[Lake, argparse.Namespace], StepReport] = STEPS[asked.step]
    try:
        with kept_running():
            told = {"step": asked.step, **step(_lake(asked), asked)}
    except PrivacyGateError as leaked:
        if asked.step == "check" and leaked.rows:
            _measured(asked, {LEAKED: leaked.rows})
        raise
    _measured(asked, {name: told[key] for key, name in WATCHED.items() if told.get(key) is not None})
    return told


def _measured(asked: argparse.Namespace, values: Mapping[str, float]) -> None:
    if not asked.environment:
        return
    try:
        publish(asked.environment, values)
    except NotToldError as error:
        print(error, file=sys.stderr, flush=True)


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--step", choices=sorted(STEPS), required=True)
    parser.add_argument("--lake", required=True)
    parser.add_argument("--catalog")
    parser.add_argument("--buckets", type=int, default=BUCKETS)
    parser.add_argument("--landing")
    parser.add_argument("--request-file")
    parser.add_argument("--environment")
    parser.add_argument("--settle", type=float, default=SETTLE_S)
    parser.add_argument("--full", action="store_true")
    try:
        return parser.parse_known_args(list(arguments))[0]
    except (argparse.ArgumentError, SystemExit) as wrong:
        raise UsageError(f"The job's arguments cannot be followed ({wrong}); nothing was done.") from None


def _lake(asked: argparse.Namespace) -> Lake:
    """The lake, with its tables in the catalog that is named.

    One on this machine is created by the first job that stages; one on S3 where it is deployed, for no job
    may make keys.
    """
    root = place(asked.lake)
    if isinstance(root, Path) and not exists(root) and asked.step == "stage":
        lake = create(root, buckets=asked.buckets, glue=asked.catalog)
        audit.begin(lake)
        return lake
    lake = opened(root)
    if lake.glue != asked.catalog:
        raise UsageError(
            f"The tables of this lake are in the catalog `{lake.glue or 'of the lake itself'}`, and the job "
            f"names `{asked.catalog or 'none'}`; nothing was done.\nCorrect --catalog."
        )
    return lake


def _stage(lake: Lake, asked: argparse.Namespace) -> StepReport:
    landing = place(asked.landing) if asked.landing else None
    report = stage_only(lake, landing, settle_s=asked.settle)
    if report.unreadable:
        raise UnreadFilesError(report.unreadable)
    unread = sum(e.lines for e in report.entries if e.verdict is FileVerdict.QUARANTINED)
    lines = sum(entry.plain + entry.readings for entry in report.entries) + unread
    refused = sum(entry.quarantined for entry in report.entries) + unread
    return {
        "quarantined_percent": round(100 * refused / lines, 3) if lines else None,
        "files": {s: {v.value: n for v, n in files.items()} for s, files in report.files.items()},
        "lines": sum(entry.lines for entry in report.entries),
        "accepted": sum(entry.accepted for entry in report.entries),
        "alerts": report.alerts,
    }


def _build(lake: Lake, asked: argparse.Namespace) -> StepReport:
    report = build_only(lake, full=asked.full)
    return {
        "release": report.release.number,
        "changed": report.changed,
        "rows": report.release.rows,
        "checks": report.checks,
        "seconds": round(report.seconds, 1),
    }


def _leave(kind: str) -> Callable[[Lake, argparse.Namespace], StepReport]:
    def step(lake: Lake, asked: argparse.Namespace) -> StepReport:
        if not asked.request_file:
            raise UsageError(f"Nobody was named to {kind}; nothing was done.\nUse --request-file.")
        file = place(asked.request_file)
        request = _request(file)
        outcome = carry_out(
            lake,
            kind,
            request["email"],
            empty_undecodable=bool(request.get("empty_undecodable", False)),
            keep_unsearchable=bool(request.get("keep_unsearchable", False)),
            case=request.get("case"),
        )
        # It names a person, and is of no use any more.
        forget(file)
        certificate = outcome.certificate or {}
        return {"request": certificate.get("request"), "removed_nothing": outcome.certificate is None}

    return step


def _request(file: Place) -> Mapping[str, Any]:
    try:
        told = json.loads(file.read_bytes())
        if not isinstance(told, dict) or not isinstance(told["email"], str) or "@" not in told["email"]:
            raise ValueError
    except (OSError, ValueError, KeyError):
        raise UsageError(
            "The request file cannot be read, or names nobody; nothing was done.\n"
            'It is to hold one object: {"email": "..."}'
        ) from None
    return told


def _maintain(lake: Lake, asked: argparse.Namespace) -> StepReport:
    done = maintain(lake)
    return {
        "release": done.release,
        "compacted": {each.table.name: [each.files_before, each.files_after] for each in done.compacted},
        "snapshots_expired": done.expired,
        "files_removed": done.swept,
    }


def _check(lake: Lake, asked: argparse.Namespace) -> StepReport:
    found = check(lake)
    return {"release": found.release, "checks": found.checks, "leaked_rows": 0}


STEPS: dict[str, Callable[[Lake, argparse.Namespace], StepReport]] = {
    "stage": _stage,
    "build": _build,
    "withdraw": _leave(requests.WITHDRAW),
    "erase": _leave(requests.ERASE),
    "maintain": _maintain,
    "check": _check,
}

if __name__ == "__main__":
    main()
