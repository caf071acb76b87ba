"""Requests of every form, killed and resumed at random, over lakes full of hostile people and broken files.

python tests/fuzzed_requests.py [--requests N] [--seed S]     prints one table; fails where a judge says no

Each request ends or is refused, the lake opens afterwards, nobody else's rows differ from those of a lake
that never had the requests, and a second search, written apart from the prover, agrees with the certificate.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from fuzzed_histories import History
from fuzzed_judges import Faults, Request

REQUESTS_A_LAKE = 12


def fuzz(
    requests: int,
    seed: int,
    *,
    keep: Path | None = None,
    as_landed: float = 0.3,
    minutes: float | None = None,
) -> tuple[list[Request], Faults]:
    """Make so many requests, some of each lake; what came of each, and what went wrong.

    Args:
        requests: How many.
        seed: Draws the first lake; each lake after it has the next.
        keep: Lakes in which something went wrong are kept here.
        as_landed: How many of the addresses are written as they landed, from 0 to 1.
        minutes: After which no further lake is begun.
    """
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
    ends = time.monotonic() + minutes * 60 if minutes else None
    made: list[Request] = []
    faults = Faults()
    while len(made) < requests and (ends is None or time.monotonic() < ends):
        folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=keep))
        count = min(REQUESTS_A_LAKE, requests - len(made))
        history = History(seed, folder, faults, count, as_landed)
        told, faults.broken = len(faults.told), False
        with mock.patch.dict(os.environ, {"STEDI_KEYS": str(folder / "keys")}):
            try:
                history.carry_out()
            except Exception:
                faults.tell(seed, len(history.requests), f"the judge failed: {traceback.format_exc()}")
        made += history.requests
        if len(faults.told) == told or not keep:
            shutil.rmtree(folder)
        tell = f"seed {seed}: {len(made)} of {requests} requests, {len(faults.told)} faults"
        print(tell, file=sys.stderr, flush=True)
        seed += 1
    return made, faults


def table(made: Sequence[Request]) -> str:
    """What came of the requests, by form."""
    names = (
        "form of the address",
        "requests",
        "ended",
        "refused",
        "killed",
        "resumed",
        "second search agreed",
    )
    forms = sorted({request.form for request in made})
    rows = [(form, *_counts([r for r in made if r.form == form])) for form in forms]
    shown = [tuple(map(str, row)) for row in (names, *rows, ("all", *_counts(made)))]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in shown)


def _counts(made: Sequence[Request]) -> tuple[int | str, ...]:
    judged = [request.agreed for request in made if request.agreed is not None]
    return (
        len(made), sum(r.ended is True for r in made), sum(r.ended is False for r in made),
        sum(r.kills for r in made), sum(r.resumed for r in made), f"{sum(judged)} of {len(judged)}",
    )  # fmt: skip


def main() -> None:
    """Fuzz, print the table, and fail where something is wrong."""
    from conftest import hear_interrupts

    hear_interrupts()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="Keep lakes in which something went wrong here.")
    parser.add_argument("--minutes", type=float, help="Begin no further lake after so many minutes.")
    asked = parser.parse_args()
    began = time.monotonic()
    made, faults = fuzz(asked.requests, asked.seed, keep=asked.keep, minutes=asked.minutes)
    print(table(made))
    print(f"{len(made)} requests in {time.monotonic() - began:.0f} s, {len(faults.told)} faults")
    sys.exit(bool(faults.told))


if __name__ == "__main__":
    main()
