"""The registry: versions, states, who was learnt from, and what is left of a replaced model."""

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from model_lakes import ANA, BEN, EVA, pinned, trained
from stedi.ground.errors import UsageError
from stedi.lake.config import Lake, opened
from stedi.model import artifact
from stedi.model.people import digest, lost
from stedi.model.registry import Registry, State
from stedi.model.retraining import kept

EVERYBODY = {ANA: 10, BEN: 20}


def keep(
    lake: Lake, content: bytes = b"graph", *, readings: dict[str, int] = EVERYBODY, snapshot: int = 1
) -> str:
    source = pinned(readings, snapshot=snapshot)
    return kept(lake, Registry(lake), source, trained(content), seed=1).version


def states(lake: Lake) -> dict[str, str]:
    return {entry.version: entry.state.value for entry in Registry(lake).entries()}


def test_a_model_is_a_folder_of_three_files_and_holds_nobody(lake: Lake) -> None:
    version = keep(lake)
    folder = Registry(lake).path(version)
    assert sorted(path.name for path in folder.iterdir()) == ["card.md", "metadata.json", "model.onnx"]
    assert (folder / "model.onnx").read_bytes() == b"graph"
    metadata = artifact.read(folder)
    key = lake.key("suppression")
    assert metadata.source.people == {
        digest(ANA, metadata.source.salt, key): 10, digest(BEN, metadata.source.salt, key): 20
    }  # fmt: skip
    for path in folder.iterdir():
        assert ANA not in path.read_text() and BEN not in path.read_text()
    assert "No STEDI customer was used" in (folder / "card.md").read_text()


def test_two_models_of_the_same_people_say_nothing_of_each_other(lake: Lake) -> None:
    first, second = (artifact.read(Registry(lake).path(keep(lake, content))) for content in (b"1", b"2"))
    assert not set(first.source.people) & set(second.source.people)


def test_versions_count_on_and_the_same_model_is_kept_once(lake: Lake) -> None:
    first = keep(lake)
    assert keep(lake) == first
    assert keep(lake, snapshot=2) != first
    assert [entry.version[:4] for entry in Registry(lake).entries()] == ["0001", "0002"]


def test_one_model_is_current(lake: Lake) -> None:
    first, second = keep(lake, b"1"), keep(lake, b"2")
    registry = Registry(lake)
    registry.promote(first)
    assert registry.promote(second).state is State.CURRENT
    assert states(lake) == {first: "candidate", second: "current"}
    assert registry.entry("current").version == second
    assert registry.entry("newest").version == second


@pytest.mark.parametrize("version", ["0009-00000000", "../models", "current", ""])
def test_a_version_that_is_not_there(lake: Lake, version: str) -> None:
    with pytest.raises(UsageError, match="There is no model"):
        Registry(lake).entry(version)


def test_only_models_that_learnt_from_somebody_go_stale(lake: Lake) -> None:
    both, alone = keep(lake, b"1"), keep(lake, b"2", readings={BEN: 20})
    registry = Registry(lake)
    registry.promote(both)
    assert registry.mark_stale({EVA}) == 0
    assert registry.mark_stale({ANA, EVA}) == 1
    assert registry.mark_stale({ANA}) == 1
    assert states(lake) == {both: "stale_consent", alone: "candidate"}
    with pytest.raises(UsageError, match="stale_consent"):
        registry.promote(both)


@pytest.mark.parametrize(
    "now, stale",
    [
        (EVERYBODY, False),
        ({ANA: 15, BEN: 20, EVA: 7}, False),
        ({ANA: 10}, True),
        ({ANA: 9, BEN: 400}, True),
        ({}, True),
    ],
)
def test_readings_that_left_make_stale_and_more_of_them_do_not(
    lake: Lake, now: dict[str, int], stale: bool
) -> None:
    version = keep(lake)
    Registry(lake).review(now)
    assert states(lake)[version] == ("stale_consent" if stale else "candidate")


def test_without_the_key_digests_tell_nothing(lake: Lake) -> None:
    source = artifact.read(Registry(lake).path(keep(lake))).source
    assert lost(source.people, EVERYBODY, source.salt, lake.key("suppression")) == 0
    assert lost(source.people, EVERYBODY, source.salt, b"another key") == 2


def test_renewed_pseudonyms_make_stale_for_nobody_can_tell_any_more(lake: Lake) -> None:
    version = keep(lake)
    renewed = replace(lake, key_marks={**lake.key_marks, "pseudonym": "another"})
    assert Registry(renewed).mark_stale({EVA}) == 1
    assert states(lake)[version] == "stale_consent"


def test_metadata_that_cannot_be_read_makes_stale(lake: Lake) -> None:
    version = keep(lake)
    (Registry(lake).path(version) / "metadata.json").write_text("{")
    assert Registry(lake).mark_stale({EVA}) == 1
    assert states(lake)[version] == "stale_consent"


def test_a_replaced_model_leaves_its_name_alone(lake: Lake) -> None:
    old, new = keep(lake, b"1"), keep(lake, b"2", readings={BEN: 20})
    registry = Registry(lake)
    registry.mark_stale({ANA})
    (registry.folder / ".left.new").mkdir()
    registry.replaced([old], new)
    assert sorted(path.name for path in registry.folder.iterdir() if path.is_dir()) == [new]
    entry = registry.entry(old)
    assert (entry.state, entry.replaced_by) == (State.STALE_CONSENT, new)
    assert registry.stale() == []
    assert registry.mark_stale({ANA}) == 0


def test_a_damaged_registry_is_refused_and_not_begun_anew(lake: Lake) -> None:
    keep(lake)
    path = Registry(lake).folder / "registry.json"
    for broken in ("", "[]", '{"schema": "other", "models": []}', '{"schema": "stedi.models/1"}'):
        path.write_text(broken)
        with pytest.raises(UsageError, match="cannot be read"):
            Registry(lake).entries()
        with pytest.raises(UsageError):
            keep(lake, b"more")
        assert path.read_text() == broken


def test_a_graph_that_was_changed_is_noticed(lake: Lake) -> None:
    folder = Registry(lake).path(keep(lake))
    assert artifact.is_whole(folder, artifact.read(folder))
    (folder / "model.onnx").write_bytes(b"grapH")
    assert not artifact.is_whole(folder, artifact.read(folder))


def test_a_folder_that_holds_something_else_is_not_written_to(tmp_path: Path, lake: Lake) -> None:
    metadata = artifact.read(Registry(lake).path(keep(lake)))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="is no model's folder"):
        artifact.write(tmp_path / "mine", b"graph", metadata)
    assert (tmp_path / "mine/thesis.txt").read_text() == "years of work"
    artifact.write(tmp_path / "new/model", b"graph", metadata)
    artifact.write(tmp_path / "new/model", b"graph", metadata)


def _keep_some(root: str, first: int) -> None:
    lake = opened(Path(root))
    for number in range(first, first + 10):
        keep(lake, str(number).encode())


def test_two_who_keep_at_once_lose_nothing(lake: Lake) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_keep_some, args=(str(lake.root), n)) for n in (0, 100)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    entries = Registry(lake).entries()
    assert len({entry.version for entry in entries}) == len(entries) == 20
    assert [int(entry.version[:4]) for entry in entries] == list(range(1, 21))


def test_the_registry_is_json_with_a_schema(lake: Lake) -> None:
    keep(lake)
    told = json.loads((Registry(lake).folder / "registry.json").read_text())
    assert told["schema"] == "stedi.models/1" and len(told["models"]) == 1
