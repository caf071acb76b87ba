"""A lake full of hostile people and broken files, the requests made of it, and who judges each."""

import json
import os
import random
import re
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import preforked
from fuzzed_files import PACKINGS, land
from fuzzed_judges import Faults, Request, beside_twin, opens, pending, state_of
from fuzzed_people import ADDRESSES, Drawn, person, share_device
from fuzzed_writings import WRITINGS, ends_behind_sign, is_same
from killed import lake_with_keys
from second_search import Searched, search
from stedi.ground.failpoints import POINTS
from stedi.lake.config import Lake

PEOPLE = 9
KILLED, INTERRUPTED = 0.3, 0.1
DECISIONS = ("--empty-undecodable", "--keep-unsearchable")
RELEVANT = [point for point in POINTS if not point.startswith(("rotation.", "plan.", "maintain."))]
PRIVACY = [point for point in RELEVANT if point.startswith("privacy.")]
MOST_TRIES = 8
OF_CONSENT = re.compile("/(consent|devices)/")
VERIFY = ("privacy", "verify", "--email-file", "-")
BESIDE = (
    ("run", "--settle", "0"),
    ("query", "select count(*) from customer_trusted"),
    ("maintain",),
    ("privacy", "withdraw", "--email-file", "-", "--yes"),
    ("privacy", "erase", "--email-file", "-", "--yes"),
)
"""What may run at the same time."""


class History:
    """A lake, and the requests made of it.

    Args:
        seed: Draws everything but the times at which processes really die.
        folder: Where the lake, its keys and its twin lie.
        faults: Hears of what went wrong.
        count: How many requests.
        as_landed: How many of the addresses are written as they landed, from 0 to 1.
    """

    def __init__(self, seed: int, folder: Path, faults: Faults, count: int, as_landed: float) -> None:
        self.rng = random.Random(seed)
        self.as_landed = as_landed
        self.seed, self.folder, self.faults, self.count = seed, folder, faults, count
        forms = self.rng.sample(list(ADDRESSES), PEOPLE)
        self.people = [person(self.rng, n, form, self.rng.choice([0, 0.5])) for n, form in enumerate(forms)]
        if self.rng.random() < 0.3:
            share_device(*self.people[:2])
        self.deliveries = 0
        # Whoever may have asked, and of whom it was done.
        self.asked: dict[int, set[str]] = {}
        self.done: dict[int, set[str]] = {}
        self.decided: set[str] = set()
        self.requests: list[Request] = []
        self.lake: Lake | None = None
        self.seconds = {"withdraw": 3.0, "erase": 5.0}

    def carry_out(self) -> None:
        """Make the requests and judge each."""
        self._deliver(self.people)
        self.lake = lake_with_keys(self.folder / "lake", buckets=1)
        self._land()
        if self._stedi("run", "--settle", "0").returncode not in (0, 3):
            self._fault("the first run failed")
            return
        while len(self.requests) < self.count and not self.faults.broken:
            self._one()
            if not self.faults.broken and self.rng.random() < 0.15:
                self._deliver(self.people, more=True)
                self._land()
                self._judge_run(self._stedi("run", "--settle", "0"))
        if not self.faults.broken:
            self._judge_end()
            self._compare_with_twin()

    def _deliver(self, people: Sequence[Drawn], *, more: bool = False) -> None:
        some = self.rng.sample(people, self.rng.randrange(1, len(people))) if more else people
        packings = self.rng.sample(list(PACKINGS), self.rng.choice([0, 1, 2, 4]))
        land(self.rng, self.folder / "deliveries", some, packings, f"d{self.deliveries}")
        self.deliveries += 1

    def _land(self) -> None:
        self._stedi("land", self.folder / "deliveries", "--settle", "0")

    def _one(self) -> None:
        about = self.rng.choice(self.people)
        form = "as it landed" if self.rng.random() < self.as_landed else self.rng.choice(list(WRITINGS))
        kind = self.rng.choice(["withdraw", "erase", "erase"])
        request = Request(form, kind, WRITINGS[form](about.email), about)
        if not is_same(request.text, about.email):
            request.about = None
        if self.rng.random() < (0.4 if request.about is None else 0.1):
            request.options.append("--unknown")
        self.requests.append(request)
        before = state_of(self.folder)
        beside = self._beside(about) if self.rng.random() < 0.15 else None
        ended = self._asked(request, beside)
        for _ in range(MOST_TRIES):
            if ended.returncode in (0, 2) and not pending(self.folder):
                break
            if ended.returncode == 4 and not pending(self.folder) and not self._decide(request, ended):
                break
            ended = self._again(request, ended)
        else:
            self._fault("it neither ended nor was refused", request, ended)
            self.faults.broken = True
            return
        request.ended = ended.returncode == 0
        self._judge(request, ended, before, beside is None)

    def _beside(self, about: Drawn) -> preforked.Job:
        other = self.rng.choice([about, *self.people])
        self.beside = other.number, (command := self.rng.choice(BESIDE))
        if command[0] == "privacy":
            self.asked.setdefault(other.number, set()).add(command[1])
        return self._job(command, stdin=other.email, wait_s=self.rng.choice([0.0, 0.5, 2.0]))

    def _asked(self, request: Request, beside: preforked.Job | None) -> preforked.Ended:
        command = ["privacy", request.kind, "--email-file", "-", "--yes", "--json", *request.options]
        ended, *others = preforked.together(
            [self._job(command, request.text, request), *([beside] if beside else [])]
        )
        self._count(request, ended)
        for other in others:
            number, told = self.beside
            if told[0] == "privacy" and other.returncode == 0:
                self._is_done(number, told[1])
            if other.returncode not in (0, 2, 3, 4):
                self._fault(f"what ran beside it failed: {told}", request, other)
        return ended

    def _again(self, request: Request, ended: preforked.Ended) -> preforked.Ended:
        if not pending(self.folder):
            return self._asked(request, None)
        self._judge_pending(request, ended)
        request.resumed += 1
        command = ["privacy", "resume", "--json"]
        if ended.returncode == 4:
            self._decide(request, ended)
        command += [option for option in request.options if option in DECISIONS]
        self._count(request, ended := preforked.together([self._job(command, b"", request)])[0])
        if ended.returncode == 0 and (told := json.loads(ended.stdout)["certificates"]):
            return preforked.Ended(0, json.dumps(told[-1]), ended.stderr)
        return ended

    def _decide(self, request: Request, ended: preforked.Ended) -> bool:
        """Decide as an officer would, by an option that the message names; whether there was one left."""
        told = ended.stdout + ended.stderr
        left = [option for option in DECISIONS if option in told and option not in request.options]
        if left and request.kind == "erase":
            request.options.append(self.rng.choice(left))
            self.decided.add(request.options[-1])
            return True
        return bool(left)

    def _job(
        self, command: Sequence[object], stdin: str | bytes, dying: Request | None = None, wait_s: float = 0
    ) -> preforked.Job:
        environment, signals = dict(os.environ), ()
        if dying and dying.kills < 3 and self.rng.random() < KILLED + INTERRUPTED:
            at = self.rng.uniform(0.1, 1.1 * self.seconds[dying.kind])
            drawn = self.rng.random() * (KILLED + INTERRUPTED)
            if drawn > KILLED:
                signals = ((at, self.rng.choice([signal.SIGINT, signal.SIGINT, signal.SIGTERM])),)
            elif drawn > KILLED / 2:
                signals = ((at, signal.SIGKILL),)
            else:
                point = self.rng.choice(PRIVACY if self.rng.random() < 0.7 else RELEVANT)
                environment["STEDI_FAILPOINT"] = f"{point}:{self.rng.choice([1, 1, 2, 3])}"
        program = f"import time\ntime.sleep({wait_s})\n{preforked.STEDI}"
        assert self.lake is not None
        return preforked.Job(program, ("--lake", self.lake.root, *command), environment, None, stdin, signals)

    def _stedi(self, *command: object) -> preforked.Ended:
        (ended,) = preforked.together([self._job(command, "")])
        return ended

    def _count(self, request: Request, ended: preforked.Ended) -> None:
        if ended.returncode in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 130):
            request.kills += 1
        elif ended.returncode not in (0, 2, 4):
            self._fault(f"exit code {ended.returncode}", request, ended)
        if ended.returncode == 130 and "Interrupted" not in ended.stderr:
            self._fault("an interrupt is not told", request, ended)
        if ended.returncode in (2, 4) and len(ended.stderr.strip()) < 20:
            self._fault("refused without a reason", request, ended)
        shown = ended.stdout + ended.stderr
        values = request.about.values() if request.about else {}
        if any(isinstance(value, str) and len(value) > 8 and value in shown for value in values.values()):
            self._fault("a value of the person is shown", request, ended)

    def _judge(self, request: Request, ended: preforked.Ended, before: dict[str, str], alone: bool) -> None:
        if not request.ended:
            if alone and not request.kills and state_of(self.folder) != before:
                self._fault("a refused request changed the lake", request, ended)
            if request.kills == 0 and not request.resumed:
                return
        if why := opens(self.folder):
            self._fault(f"the lake does not open: {why}", request, ended)
            self.faults.broken = True
        if not request.ended:
            return
        certificate = json.loads(ended.stdout)
        if request.about is None:
            if (
                not certificate.get("nobody_found")
                and not certificate["nothing_left"]
                and not self._is_somebody(request)
            ):
                self._fault("somebody was found under an address that nobody has", request, ended)
            return
        self._is_done(request.about.number, request.kind)
        request.agreed = self._agrees(request, certificate, ended)

    def _is_done(self, number: int, kind: str) -> None:
        for known in (self.asked, self.done):
            known.setdefault(number, set()).add(kind)

    def _is_somebody(self, request: Request) -> bool:
        meant = [drawn for drawn in self.people if is_same(request.text, drawn.email)]
        for drawn in meant:
            self._is_done(drawn.number, request.kind)
        # Refused lines hold addresses behind signs: nobody can tell `#ana@x` from `user=ana@x`.
        alike = [drawn.number for drawn in self.people if ends_behind_sign(drawn.email, request.text)]
        self.asked |= {number: self.asked.get(number, set()) | {request.kind} for number in alike}
        return bool(meant or alike) or request.kills > 0

    def _agrees(self, request: Request, certificate: dict[str, Any], ended: preforked.Ended) -> bool:
        assert request.about is not None
        found = self._searched(request.about)
        erased = "erase" in self.done[request.about.number]
        hits = found.found
        if not erased:
            hits = [h for h in found.under("/trusted/", "/curated/") if not OF_CONSENT.search(h[0])]
        elif request.kind != "erase" or not certificate["person"]["found"]:
            hits = _plain(hits)
        not_searched = certificate["proof"]["not_searched"]
        if hits and not not_searched:
            self._fault(f"the second search found: {hits[:6]}", request, ended)
            return False
        closed = [where for where in found.closed if "/landing/" in where[0]]
        if closed and erased and not not_searched and request.kind == "erase":
            self._fault(f"clean, though nobody can search: {closed[:4]}", request, ended)
            return False
        return True

    def _searched(self, about: Drawn) -> Searched:
        return search([self.folder / "lake", self.folder / "keys"], about.values())

    def _judge_pending(self, request: Request, ended: preforked.Ended) -> None:
        """While a request is not complete, nobody reads what is in use."""
        if (
            self.rng.random() < 0.2
            and self._stedi("query", "select count(*) from customer_trusted").returncode != 4
        ):
            self._fault("the lake is read while a request is not complete", request, ended)

    def _judge_run(self, ended: preforked.Ended) -> None:
        if ended.returncode not in (0, 3):
            self._fault("a run failed after a delivery", None, ended)
            self.faults.broken = True
        for drawn in self.people:
            if "erase" in self.done.get(drawn.number, ()):
                told = _plain(self._searched(drawn).under("/tables/"))
                if told and "keep" not in str(self.decided):
                    self._fault(f"erased, delivered again, and back in the tables: {told[:4]}")

    def _judge_end(self) -> None:
        if (ended := self._stedi("audit", "verify")).returncode:
            self._fault("the audit log is not as it was written", None, ended)
        erased = [drawn for drawn in self.people if "erase" in self.done.get(drawn.number, ())]
        for drawn in self.rng.sample(erased, min(2, len(erased))):
            (ended,) = preforked.together([self._job(VERIFY, drawn.email)])
            # Files may have landed since that nobody can search to their end.
            if ended.returncode == 4 and not self._searched(drawn).closed:
                self._fault(f"not clean of {drawn.form!r}", None, ended)

    def _compare_with_twin(self) -> None:
        left = [drawn for drawn in self.people if self.asked.get(drawn.number)]
        assert self.lake is not None
        for why in beside_twin(self.folder, self.lake, left, whole=not self.decided):
            self._fault(why)

    def _fault(self, why: str, request: Request | None = None, ended: preforked.Ended | None = None) -> None:
        self.faults.tell(self.seed, len(self.requests), why, request, ended)


def _plain(hits: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Of what came after an erasure: a line that names nobody, or by name alone, tells of nobody then."""
    return [hit for hit in hits if hit[2].startswith(("address", "serial"))]
