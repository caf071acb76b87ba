"""The command line as a stranger runs it: a process, its streams and its exit code."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import preforked
from broker import mosquitto as mosquitto
from recording_folders import with_contacts
from stedi_fleet.simulator import simulate

LONGEST_S = 300
"""A command that takes longer hangs."""


@dataclass(frozen=True)
class Done:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def stedi(home: Path) -> Callable[..., Done]:
    """Run `stedi` with some arguments, in a folder and an environment of its own."""

    def call(*arguments: object, folder: Path | None = None, **variables: str) -> Done:
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "STEDI_KEYS": str(home / "keys"),
            **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}, **variables,
        }  # fmt: skip
        done = preforked.run(
            preforked.STEDI, *arguments, cwd=folder or home, env=environment, timeout_s=LONGEST_S
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture(scope="session")
def fleet(home: Path) -> Path:
    folder = home / "fleet"
    simulate(folder, customers=6, minutes=0.5, dirty=True)
    return folder


@pytest.fixture(scope="session")
def recordings(home: Path) -> Path:
    """Recordings of two people with foot contacts."""
    for name in ("Pixel_Ann_Hard_InHand_1", "Pixel_Bob_Hard_Purse_1"):
        with_contacts(home / "recordings", name=name)
    return home / "recordings"


@pytest.fixture(scope="session")
def built(home: Path, stedi: Callable[..., Done], fleet: Path) -> Path:
    """A lake with a release."""
    lake = home / "lake"
    assert stedi("--lake", lake, "land", fleet).code == 0
    assert stedi("--lake", lake, "run").code == 0
    return lake


@pytest.fixture(scope="session")
def fleet_of_walkers(tmp_path_factory: pytest.TempPathFactory, stedi: Callable[..., Any]) -> Path:
    folder = tmp_path_factory.mktemp("walkers")
    done = stedi("simulate", folder / "fleet", "--customers", 6, "--minutes", 0.7, "--seed", 3)
    assert done.code == 0, done.err
    return folder / "fleet"


@pytest.fixture(scope="session")
def model(home: Path, stedi: Callable[..., Any], fleet_of_walkers: Path) -> Path:
    """A model of a few simulated people: whether it is good is asked elsewhere."""
    pytest.importorskip("lightgbm")
    lake = home / "walkers"
    for command in (["land", fleet_of_walkers], ["run"], ["train", "--out", home / "model", "--json"]):
        done = stedi("--lake", lake, *command)
        assert done.code == 0, done.err
    assert done.json["schema"] == "stedi.train/1" and done.json["provenance"] == "simulated"
    return home / "model"
