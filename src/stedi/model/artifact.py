"""A model's folder: `model.onnx`, `metadata.json`, `card.md`; no pickle."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stedi import __version__
from stedi.ground import durable
from stedi.ground.errors import UsageError
from stedi.ground.places import Place, lies_in
from stedi.model.card import card

if TYPE_CHECKING:
    from stedi.model.training import Trained

SCHEMA = "stedi.model/1"
ONNX, METADATA, CARD = "model.onnx", "metadata.json", "card.md"


@dataclass(frozen=True)
class Source:
    """What a model learnt from.

    Attributes:
        provenance: Whose data the lake holds.
        release: The lake's release.
        snapshots: Of the tables that were read.
        pseudonym_key_mark: Names the key of the pseudonyms by which its people are known.
        salt: Of the digests.
        people: By salted digest under the suppression key, phone readings in the lake.
    """

    provenance: str
    release: int
    snapshots: dict[str, int | None]
    pseudonym_key_mark: str
    salt: str
    people: dict[str, int]


@dataclass(frozen=True)
class Metadata:
    """What `metadata.json` tells of a model.

    Attributes:
        version: Its name in the registry.
        sha256: Of `model.onnx`.
        size_bytes: Of `model.onnx`.
        code_version: Of this package.
        seed: Of everything random.
        source: What it learnt from.
        detector: What the detector needs: features and operating points.
        training: Counts, label lag and rate, refused sessions, parameters, parity.
        scores: What `stedi evaluate` found, or None.
    """

    version: str
    sha256: str
    size_bytes: int
    code_version: str
    seed: int
    source: Source
    detector: dict[str, Any]
    training: dict[str, Any]
    scores: dict[str, Any] | None = field(default=None)


def metadata_of(version: str, trained: "Trained", source: Source, seed: int) -> Metadata:
    """What is to be kept of a model that was just trained."""
    training = {name: value for name, value in asdict(trained).items() if name not in ("onnx", "detector")}
    return Metadata(
        version=version,
        sha256=hashlib.sha256(trained.onnx).hexdigest(),
        size_bytes=len(trained.onnx),
        code_version=__version__,
        seed=seed,
        source=source,
        detector=dict(trained.detector),
        training=training,
    )


def require_place(folder: Path, lake: Place) -> None:
    """Make sure, before work is done, that a copy of a model may be written to a folder.

    Raises:
        UsageError: It lies inside the lake, holds something else, or cannot be written.
    """
    if lies_in(folder.absolute(), lake):
        raise UsageError(
            "A copy of the model would lie inside the lake; nothing was trained.\nName another: --out DIR"
        )
    _require_model_or_nothing(folder)
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.absolute().parent):
            pass
    except OSError as refused:
        raise UsageError(
            f"{folder} cannot be written ({refused.strerror}); nothing was trained.\nName another: --out DIR"
        ) from refused


def _require_model_or_nothing(folder: Path) -> None:
    if folder.exists() and (
        not folder.is_dir() or {p.name for p in folder.iterdir()} - {ONNX, METADATA, CARD}
    ):
        raise UsageError(
            f"{folder} is no model's folder; nothing was written there.\nName another: --out DIR"
        )


def write(folder: Path, onnx: bytes, metadata: Metadata) -> None:
    """Make a model's folder, whole or not at all.

    Raises:
        UsageError: The folder is there and holds something else than a model.
    """
    _require_model_or_nothing(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    durable.replace(aside / ONNX, onnx)
    describe(aside, metadata)
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)
    durable.settle(folder.parent)


def describe(folder: Path, metadata: Metadata) -> None:
    """Put what is told of a model in the place of what was told before."""
    told = json.dumps({"schema": SCHEMA, **asdict(metadata)}, indent=1, sort_keys=True) + "\n"
    durable.replace(folder / METADATA, told.encode())
    durable.replace(folder / CARD, card(json.loads(told)).encode())


def read(folder: Path) -> Metadata:
    """What a model's folder tells of it.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        told: dict[str, Any] = json.loads((folder / METADATA).read_text())
        if told.pop("schema") != SCHEMA:
            raise ValueError
        return Metadata(**{**told, "source": Source(**told["source"])})
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise UsageError(
            f"{folder / METADATA} cannot be read ({type(broken).__name__}); nothing was done.\n"
            "Name a model's folder, or train it anew: stedi train"
        ) from broken


def is_whole(folder: Path, metadata: Metadata) -> bool:
    """Whether `model.onnx` is the one that was trained."""
    try:
        return hashlib.sha256((folder / ONNX).read_bytes()).hexdigest() == metadata.sha256
    except OSError:
        return False


def with_scores(metadata: Metadata, scores: Mapping[str, Any]) -> Metadata:
    """The same model, judged."""
    return replace(metadata, scores=dict(scores))
