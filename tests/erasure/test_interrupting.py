"""An interrupt says what is done and which command goes on; nothing is left beside the keys."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import preforked
from leaving import Said, consenting, landed_lake
from stedi.erasure.interrupting import ProcedureInterruptedError
from stedi.erasure.procedure import carry_out, resume
from stedi.erasure.steps import STEPS
from stedi.lake.config import Lake
from stedi.landing import requests
from stedi.run.procedures import pending, procedures
from stedi.store.opening import store_of
from stedi.store.rows import rows_of

HEARS = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""In the background the shell lets a process ignore an interrupt; this one shall hear it."""

LOOKING = "looking for the person in every file"


def interrupts(wanted: str) -> Callable[[str], None]:
    def tell(told: str) -> None:
        if told == wanted:
            raise KeyboardInterrupt

    return tell


def left_beside_the_keys(lake: Lake) -> list[str]:
    return sorted(
        p.name for p in lake.keys.folder.iterdir() if not re.fullmatch(r"\w+\.key|audit\.head", p.name)
    )


def asked_rows(lake: Lake) -> int:
    store = store_of(lake)
    try:
        return len(rows_of(store, requests.TABLE))
    finally:
        store.close()


def test_before_the_request_nothing_was_done(walked: Lake) -> None:
    lake, (email,) = walked, consenting(walked)
    with pytest.raises(ProcedureInterruptedError) as left:
        carry_out(lake, "erase", email, tell=interrupts(LOOKING))
    assert str(left.value) == (
        "Interrupted before the request was recorded: nothing was done.\n"
        f"Ask again: stedi --lake {lake.root} privacy erase --email-file FILE --yes"
    )
    assert (left.value.exit_code, procedures(lake), asked_rows(lake)) == (130, [], 0)
    assert left_beside_the_keys(lake) == []


@pytest.mark.parametrize("kind", ["erase", "withdraw"])
def test_after_it_the_command_that_goes_on_is_told(kind: str, walked: Lake) -> None:
    lake, (email, other) = walked, consenting(walked, count=2)
    steps = [step for step in STEPS if kind == "erase" or not step.erases_only]
    with pytest.raises(ProcedureInterruptedError) as left:
        carry_out(lake, kind, email, tell=interrupts(steps[1].told))
    (waits,) = pending(lake)
    told = (
        f"Not complete: request {waits.request} ({kind}). Readers are refused until it is.\n"
        f"Go on with it: stedi --lake {lake.root} privacy resume"
    )
    assert str(left.value) == f"Interrupted. {told}"
    # Another request completes this one first; interrupted there, it was not recorded.
    with pytest.raises(ProcedureInterruptedError) as again:
        carry_out(lake, kind, other, tell=interrupts(steps[-1].told))
    assert str(again.value) == (
        f"Interrupted. {told}\nThe request that you made now was not recorded: make it again afterwards."
    )
    with pytest.raises(ProcedureInterruptedError) as resumed:
        resume(lake, tell=interrupts(steps[-1].told))
    assert str(resumed.value) == f"Interrupted. {told}"
    (certificate,) = resume(lake)
    assert (certificate["request"], pending(lake)) == (waits.request, [])
    assert left_beside_the_keys(lake) == []


def test_a_failure_names_the_command_too(walked: Lake, stedi: Callable[..., Said], tmp_path: Path) -> None:
    lake, (email,) = walked, consenting(walked)

    def full(told: str) -> None:
        if told == STEPS[1].told:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError) as failed:
        carry_out(lake, "withdraw", email, tell=full)
    assert failed.value.__notes__ == [
        f"Not complete: request {pending(lake)[0].request} (withdraw). Readers are refused until it is.\n"
        f"Go on with it: stedi --lake {lake.root} privacy resume"
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_process_that_gets_a_signal(number: signal.Signals, walks: Path, tmp_path: Path) -> None:
    lake = landed_lake(tmp_path / "lake", walks, buckets=2)
    (email,) = consenting(lake)
    command = ["--lake", str(lake.root), "privacy", "erase", "--email-file", "-", "--yes"]
    process = subprocess.Popen(
        [sys.executable, "-c", HEARS + preforked.STEDI, *command],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
    )
    assert process.stdin and process.stderr and process.stdout
    process.stdin.write(email)
    process.stdin.close()
    for line in process.stderr:
        if line.strip() == STEPS[1].told:
            break
    process.send_signal(number)
    said = process.stderr.read()
    assert process.wait() == 130, said
    assert f"Not complete: request {pending(lake)[0].request} (erase)" in said
    assert f"Go on with it: stedi --lake {lake.root} privacy resume" in said
    assert email not in said
    process.stdout.close()
    process.stderr.close()
    (done,) = resume(lake)
    assert done["kind"] == "erase" and not pending(lake)
