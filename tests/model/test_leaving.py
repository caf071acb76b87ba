"""Somebody leaves: what learnt from them goes stale, is trained anew, and equals one that never met them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from leaving import consenting, landed_lake
from model_lakes import trained
from stedi.erasure.procedure import carry_out
from stedi.erasure.verifying import verify
from stedi.ground.errors import DependencyError, PrivacyGateError, QualityGateError, UsageError
from stedi.lake.config import Lake, create, marked
from stedi.learning import lake_models
from stedi.model import retraining
from stedi.model.registry import Registry, State
from stedi.model.retraining import as_it_is, kept
from stedi.privacy.keys import NAMES, key_mark
from stedi.privacy.pseudonyms import subject_key
from stedi.run.run import run
from stedi.sources.placing import place
from stedi.tables import SOURCES
from stedi_fleet.simulator import simulate


@pytest.fixture(scope="session")
def walkers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("walkers") / "fleet"
    simulate(folder, customers=6, minutes=0.7, seed=3)
    return folder


@pytest.fixture
def walked(tmp_path: Path, walkers: Path) -> Lake:
    return simulated(landed_lake(tmp_path / "lake", walkers, buckets=3))


def simulated(lake: Lake) -> Lake:
    """The lake, as one of a simulated fleet: such need no ten people."""
    told = json.loads((lake.root / "lake.json").read_text())
    (lake.root / "lake.json").write_text(json.dumps({**told, "provenance": "simulated"}))
    from stedi.lake.config import opened

    return opened(lake.root)


def twin(root: Path, landed: Path, keys_of: Lake) -> Lake:
    """A lake of other landed files with the same keys."""
    lake = create(root, buckets=3)
    for name in NAMES:
        shutil.copy(keys_of.keys.path(name), lake.keys.path(name))
        lake = marked(lake, name, key_mark(lake.keys.read(name), lake.lake_id))
    place(landed, lake.landing, SOURCES, key=lake.key("suppression"), settle_s=0)
    run(lake)
    return simulated(lake)


def never_consented(landed: Path, to: Path, email: str) -> Path:
    """The same landed files, but for the consent of one person."""
    shutil.copytree(landed, to, ignore=shutil.ignore_patterns("truth"))
    changed = 0
    for path in (to / "customer").rglob("*.json"):
        lines = []
        for line in path.read_text().splitlines():
            told = json.loads(line)
            if told["email"].strip().casefold() == email:
                told = {name: value for name, value in told.items() if name != "shareWithResearchAsOfDate"}
                changed += 1
            lines.append(json.dumps(told))
        path.write_text("\n".join(lines) + "\n")
    assert changed
    return to


def consents_no_more(to: Path, landed: Path, email: str) -> Path:
    """A newer record of one person, who agrees to research no longer."""
    lines = (line for path in (landed / "customer").rglob("*.json") for line in path.read_text().splitlines())
    (last, *_) = (told for told in map(json.loads, lines) if told["email"].strip().casefold() == email)
    del last["shareWithResearchAsOfDate"]
    last["lastUpdateDate"] += 86_400_000
    (to / "customer").mkdir(parents=True)
    (to / "customer/newer.json").write_text(json.dumps(last) + "\n")
    return to


def learnt(lake: Lake, count: int = 1) -> list[str]:
    """Some people whom a model of the lake learns from."""
    key, known = lake.key("pseudonym"), as_it_is(lake).reading_counts
    people = [email for email in consenting(lake, count=3) if subject_key(email, key) in known]
    assert len(people) >= count
    return people[:count]


def model_of(lake: Lake, content: bytes = b"graph") -> str:
    """A model that says it learnt from everybody in the lake."""
    return kept(lake, Registry(lake), as_it_is(lake), trained(content), seed=1).version


def state_of(lake: Lake, version: str) -> str:
    return Registry(lake).entry(version).state.value


def graph_of(lake: Lake, version: str) -> bytes:
    return (Registry(lake).path(version) / "model.onnx").read_bytes()


def test_a_withdrawn_persons_model_is_replaced_by_the_one_that_never_met_them(
    tmp_path: Path, walkers: Path, walked: Lake
) -> None:
    pytest.importorskip("lightgbm")
    (email,) = learnt(walked)
    entry, _ = lake_models.train(walked, seed=5)
    Registry(walked).promote(entry.version)
    before = graph_of(walked, entry.version)
    certificate = carry_out(walked, "withdraw", email).certificate
    assert certificate is not None
    assert [certificate[n] for n in ("stale_models", "models_retrained", "models_deleted")] == [1, 1, 1]
    old, new = Registry(walked).entries()
    assert (old.state, old.replaced_by) == (State.STALE_CONSENT, new.version)
    # Nothing is in use until the new one passes the gates.
    assert (new.state, new.seed) == (State.CANDIDATE, 5)
    assert not Registry(walked).path(old.version).exists()
    other = twin(tmp_path / "twin", never_consented(walkers, tmp_path / "landed", email), walked)
    never, _ = lake_models.train(other, seed=5)
    assert graph_of(walked, new.version) == graph_of(other, never.version) != before
    assert verify(walked, email).clean
    assert lake_models.train_anew(walked).by == {old.version: new.version}


@pytest.mark.long
def test_the_same_readings_and_seed_give_the_same_bytes(walked: Lake) -> None:
    pytest.importorskip("lightgbm")
    first, folder = lake_models.train(walked, seed=2)
    shutil.rmtree(walked.root / "models")
    again, _ = lake_models.train(walked, seed=2)
    assert first.sha256 == again.sha256
    assert "simulated customers" in (folder / "card.md").read_text()


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def missing(*_: object, **__: object) -> None:
        raise DependencyError("No model was trained: lightgbm is not installed.")

    monkeypatch.setattr(retraining, "train", missing)
    return monkeypatch.undo


@pytest.mark.long
@pytest.mark.parametrize("kind", ["erase", "withdraw"])
def test_where_nothing_can_be_trained_a_stale_model_waits(
    walked: Lake, kind: str, without_library: Callable[[], None]
) -> None:
    (email,) = learnt(walked)
    version = model_of(walked)
    told: list[str] = []
    certificate = carry_out(walked, kind, email, tell=told.append).certificate
    assert certificate is not None and certificate["models_waiting"] == 1
    assert any(version in line and "--replace-stale" in line for line in told)
    assert state_of(walked, version) == "stale_consent"
    assert verify(walked, email).clean
    with pytest.raises(PrivacyGateError, match="was not promoted: it is stale_consent"):
        lake_models.promote(walked, version)


@pytest.mark.long
def test_a_model_of_others_stays_as_it_is(walked: Lake) -> None:
    gone, later = learnt(walked, count=2)
    carry_out(walked, "withdraw", gone)
    version = model_of(walked)
    assert carry_out(walked, "erase", gone).certificate is not None
    assert state_of(walked, version) == "candidate"


def test_a_record_that_takes_consent_back_makes_stale_without_any_command(
    tmp_path: Path, walkers: Path, walked: Lake, without_library: Callable[[], None]
) -> None:
    (email,) = learnt(walked)
    version = model_of(walked)
    run(walked)
    assert state_of(walked, version) == "candidate"
    newer = consents_no_more(tmp_path / "newer", walkers, email)
    place(newer, walked.landing, SOURCES, key=walked.key("suppression"), settle_s=0)
    run(walked)
    assert state_of(walked, version) == "stale_consent"
    assert [*lake_models.train_anew(walked).waiting] == [version]


@pytest.mark.long
def test_where_nothing_can_be_learnt_any_more_the_old_artefacts_go(
    walked: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise QualityGateError("No model was trained.", ["no session can show steps"])

    monkeypatch.setattr(retraining, "train", refused)
    (email,) = learnt(walked)
    version = model_of(walked)
    certificate = carry_out(walked, "withdraw", email).certificate
    assert certificate is not None and certificate["models_deleted"] == 1
    assert not Registry(walked).path(version).exists()
    assert Registry(walked).entry(version).replaced_by == ""


@pytest.mark.long
def test_who_leaves_while_a_model_is_trained_is_in_none(
    walked: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    (email,) = learnt(walked)

    def leaves_meanwhile(*_: object, **__: object) -> object:
        carry_out(walked, "withdraw", email)
        return trained()

    monkeypatch.setattr(retraining, "train", leaves_meanwhile)
    with pytest.raises(PrivacyGateError, match="The model was not kept: somebody left"):
        lake_models.train(walked, seed=1)
    assert Registry(walked).entries() == []


@dataclass(frozen=True)
class Refused:
    """A lake that nobody may train on, and why."""

    provenance: str
    people: int
    is_refused: bool


@pytest.mark.parametrize(
    "case",
    [Refused("stedi", 9, True), Refused("stedi", 10, False), Refused("simulated", 2, False),
     Refused("recordings:oxford", 3, False)],
    ids=str,
)  # fmt: skip
def test_the_rule_of_ten_protects_customers(case: Refused) -> None:
    if not case.is_refused:
        retraining.require_enough(case.provenance, case.people)
        return
    with pytest.raises(PrivacyGateError, match=f"{case.people} consenting customers .* and 10 are needed"):
        retraining.require_enough(case.provenance, case.people)


def test_customers_who_are_too_few_are_refused_before_anything_is_read(tmp_path: Path, walkers: Path) -> None:
    lake = landed_lake(tmp_path / "lake", walkers, buckets=3)
    with pytest.raises(PrivacyGateError, match="3 consenting customers"):
        lake_models.train(lake, seed=1)


def test_a_lake_for_comparison_is_refused(tmp_path: Path) -> None:
    from stedi.privacy.window import Window

    lake = create(tmp_path / "lake", window=Window.WHOLE_HISTORY)
    with pytest.raises(PrivacyGateError, match="comparison only"):
        lake_models.to_learn_from(lake)


def test_a_lake_without_a_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no release yet"):
        lake_models.train(create(tmp_path / "lake"), seed=1)
