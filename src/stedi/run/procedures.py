"""Withdrawals and erasures under way: what is known of each, and who has to wait for them."""

import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from stedi.ground import durable
from stedi.ground.errors import PrivacyGateError, StediError
from stedi.ground.locks import locked
from stedi.ground.places import Place
from stedi.lake.config import Lake
from stedi.run.lock import WAIT_S
from stedi.run.private_files import forget_private_files

SCHEMA = "stedi.procedure/1"
COMPLETE = "complete"


@dataclass(frozen=True)
class Procedure:
    """A withdrawal or erasure; nothing in it tells of whom.

    Attributes:
        request: Names the request.
        kind: withdraw or erase.
        requested_at: UTC ms.
        step: The step that was done last; `complete` at the end.
        told: Counts, snapshot ids, hashes of files: what the certificate will say.
    """

    request: str
    kind: str
    requested_at: int
    step: str
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every step was done."""
        return self.step == COMPLETE


class ProcedureBusyError(StediError):
    """Another withdrawal or erasure goes on."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"A withdrawal or erasure holds this lake for over {seconds:.0f} s; nothing was done.\n"
            "Wait for it to end, and try again."
        )


def folder(lake: Lake) -> Place:
    """Where a lake keeps what is known of its procedures."""
    return lake.root / "procedures"


def save(lake: Lake, procedure: Procedure) -> None:
    """Keep the state of a procedure, durably."""
    folder(lake).mkdir(exist_ok=True, mode=0o700)
    told = json.dumps({"schema": SCHEMA, **asdict(procedure)}, sort_keys=True) + "\n"
    durable.replace(folder(lake) / f"{procedure.request}.json", told.encode())


def procedures(lake: Lake) -> list[Procedure]:
    """All procedures of a lake, the oldest first."""
    found = []
    for path in folder(lake).glob("*.json"):
        told = json.loads(path.read_text())
        del told["schema"]
        found.append(Procedure(**told))
    return sorted(found, key=lambda procedure: (procedure.requested_at, procedure.request))


def pending(lake: Lake) -> list[Procedure]:
    """The procedures that are not complete."""
    return [procedure for procedure in procedures(lake) if not procedure.is_complete]


def resume_command(lake: Lake) -> str:
    """The whole command that goes on with the procedures of a lake."""
    return f"stedi --lake {shlex.quote(str(lake.root))} privacy resume"


def require_none_pending(lake: Lake, what_did_not_happen: str) -> None:
    """Refuse to go on while a procedure is not complete.

    Raises:
        PrivacyGateError: One is not.
    """
    if unfinished := pending(lake):
        faults = [f"request {p.request} ({p.kind}) is not complete" for p in unfinished]
        raise PrivacyGateError(
            f"{what_did_not_happen}: people's data is being removed. While that goes on, wait for it to end; "
            f"after a kill or an interrupt go on with it: {resume_command(lake)}",
            faults,
        )


@contextmanager
def only_procedure(lake: Lake, *, wait_s: float = WAIT_S) -> Iterator[None]:
    """Let nobody else withdraw, erase or run, after waiting for whoever does.

    Raises:
        ProcedureBusyError: The other did not end in time.
    """
    with _locked(lake, wait_s):
        yield


@contextmanager
def between_procedures(
    lake: Lake, *, wait_s: float = WAIT_S, waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Let nobody withdraw or erase meanwhile, after waiting for whoever does.

    Raises:
        ProcedureBusyError: The other did not end in time.
        PrivacyGateError: A procedure was killed and is not complete.
    """
    with _locked(lake, wait_s, shared=True, waiting=waiting):
        require_none_pending(lake, "Nothing was run")
        if not lake.on_s3:  # There not every job may look into the private folder; the next procedure does.
            forget_private_files(lake)
        yield


def _locked(
    lake: Lake, wait_s: float, *, shared: bool = False, waiting: Callable[[], None] = lambda: None
) -> AbstractContextManager[None]:
    folder(lake).mkdir(exist_ok=True, mode=0o700)
    return locked(
        folder(lake) / ".lock", "the lake",
        wait_s=wait_s, busy=lambda _owner: ProcedureBusyError(wait_s), shared=shared, waiting=waiting,
    )  # fmt: skip
