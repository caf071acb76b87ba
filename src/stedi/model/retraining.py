"""Models when people leave: those who learnt from them go stale, and others take their place."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from stedi.ground.errors import DependencyError, PrivacyGateError, QualityGateError
from stedi.lake.config import Lake
from stedi.landing.releases import TABLE as RELEASES
from stedi.model import artifact, people
from stedi.model.card import CUSTOMERS
from stedi.model.lake import TABLES, Pinned, pinned
from stedi.model.registry import Entry, Registry
from stedi.model.training import Trained, TrainingProgress, train
from stedi.store.opening import store_of
from stedi.store.rows import rows_of

LEAST_PEOPLE = 10
"""A model of fewer customers would tell of each of them; public recordings and simulations are exempt."""


def learn(source: Pinned, *, seed: int, told: TrainingProgress | None = None) -> Trained:
    """Train on everybody in a release.

    Raises:
        PrivacyGateError: It has too few customers.
        QualityGateError: No session can show steps.
        DependencyError: The training library is not installed.
    """
    require_enough(source.provenance, len(source.reading_counts))
    trained = train(source.sessions, seed=seed, told=told)
    require_enough(source.provenance, trained.people)
    return trained


def require_enough(provenance: str, number: int) -> None:
    """Refuse to learn from too few customers."""
    if provenance == CUSTOMERS and number < LEAST_PEOPLE:
        raise PrivacyGateError(
            "No model was trained: it would tell too much of each of its people.",
            [f"{number} consenting customers can be learnt from, and {LEAST_PEOPLE} are needed"],
        )


def kept(lake: Lake, registry: Registry, source: Pinned, trained: Trained, seed: int) -> Entry:
    """Keep a trained model as a candidate."""
    salt = people.new_salt()
    digests = people.digests(source.reading_counts, salt, lake.key("suppression"))
    of = artifact.Source(
        source.provenance, source.release, source.snapshots, lake.key_marks["pseudonym"], salt, digests
    )
    return registry.add(trained.onnx, artifact.metadata_of("", trained, of, seed))


@dataclass(frozen=True)
class Replaced:
    """What became of stale models.

    Attributes:
        by: The version that took the place of each.
        deleted: Those whose place none can take, and why.
        waiting: Those that could not be replaced here, and why.
    """

    by: dict[str, str]
    deleted: dict[str, str]
    waiting: dict[str, str]


def replace_stale(
    lake: Lake, source: Callable[[], Pinned], *, told: TrainingProgress | None = None
) -> Replaced:
    """Train anew what is stale, from a release that holds nobody who left, and delete the old artefacts.

    Where nothing can be learnt any more the old artefacts go all the same; where the training
    library is missing they wait.

    Args:
        lake: The lake, in which nobody leaves meanwhile.
        source: What may be learnt from.
        told: Hears of progress.
    """
    registry = Registry(lake)
    found = Replaced({}, {}, {})
    by_seed: dict[int, list[Entry]] = {}
    for entry in registry.stale():
        by_seed.setdefault(entry.seed, []).append(entry)
    for seed, entries in by_seed.items():
        versions = [entry.version for entry in entries]
        try:
            at = source()
            new = kept(lake, registry, at, learn(at, seed=seed, told=told), seed)
        except DependencyError as missing:
            found.waiting.update(dict.fromkeys(versions, str(missing)))
            continue
        except (PrivacyGateError, QualityGateError) as refused:
            registry.replaced(versions, "")
            found.deleted.update(dict.fromkeys(versions, str(refused)))
            continue
        registry.replaced(versions, new.version)
        found.by.update(dict.fromkeys(versions, new.version))
    return found


class LakeModels:
    """The models of a lake, as a withdrawal or erasure asks of them."""

    def mark_stale(self, lake: Lake, subjects: Collection[str]) -> int:
        """Make the models stale that learnt from any of these subjects; return how many did."""
        return Registry(lake).mark_stale(subjects)

    def retrain(self, lake: Lake) -> Replaced:
        """Train stale models anew from the lake as it is; nobody else may change it meanwhile."""
        if not Registry(lake).stale():
            return Replaced({}, {}, {})
        return replace_stale(lake, lambda: as_it_is(lake))


def as_it_is(lake: Lake) -> Pinned:
    """The lake's tables as they are now, without asking whether somebody is about to leave."""
    store = store_of(lake)
    try:
        files = [[file.path for file in store.files(table)] for table in TABLES]
        number = max(row["number"] for row in rows_of(store, RELEASES))
        return pinned(lake, store, number, files)
    finally:
        store.close()
