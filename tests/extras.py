"""Install each extra from the wheel into an empty environment, as a stranger does, and run commands with it.

python tests/extras.py WHEEL     no versions but those that the wheel asks for; uv keeps what it fetched
"""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOM = Path(__file__).resolve().parents[1] / ".cache/extras"
RECORDS = (
    "import numpy, pandas, pyarrow, duckdb, pyspark; pyarrow.Table.from_pandas(pandas.DataFrame({'a': [1]}))"
)
BUILD = ("--config-settings=--build-option=--compression=stored",)
"""As in make/spark.mk: packing Spark's jars takes longer than installing them."""


@dataclass(frozen=True)
class Tried:
    """A command, the exit code it must leave, and what it must print."""

    command: tuple[str, ...]
    code: int = 0
    says: str = ""


INIT = Tried(("stedi", "--lake", "lake", "init"), says="Lake created")
DEMO = Tried(("stedi", "--lake", "demo", "demo", "--customers", "3"), says="every line accounted for")
COUNT = Tried(("stedi", "--lake", "demo", "query", "select count(*) from consent"), says="count_star")
EXTRAS: dict[str, tuple[Tried, ...]] = {
    "": (Tried(("stedi", "--lake", "lake", "status"), 5, "pip install '.[local]'"),),
    "local": (INIT, DEMO, COUNT),
    "spark": (
        INIT,
        Tried(("python", "-c", RECORDS)),
        Tried(("stedi", "simulate", "fleet", "--customers", "2", "--minutes", "0.5")),
        Tried(("stedi", "--lake", "lake", "run", "--engine", "spark", "--landing", "fleet"), 5, "Java 17"),
    ),
    "collect": (
        Tried(
            ("stedi", "--lake", "lake", "collect", "mqtt", "--broker", "127.0.0.1:9", "--for", "1"),
            says="0 readings",
        ),
    ),
    "aws": (Tried(("stedi", "--lake", "s3://bucket/lake", "status"), 5, "there are no credentials"),),
    "detect": (Tried(("stedi", "detect", "--model", "none", "--input", "none.csv"), 2, "none"),),
    "train": (Tried(("stedi", "--lake", "none", "train"), 2, "none"),),
    "local,train,detect": (
        Tried(
            ("python", "-c", "import lightgbm, onnx, onnxruntime, matplotlib.pyplot, stedi.model.training")
        ),
        Tried(("stedi", "--lake", "none", "train"), 2, "none"),
    ),
}


def main(wheel: Path) -> int:
    """Try all of them; the exit code."""
    shutil.rmtree(ROOM, ignore_errors=True)
    failed = 0
    for extras, tried in EXTRAS.items():
        began = time.monotonic()
        folder = ROOM / (extras.replace(",", "-") or "none")
        folder.mkdir(parents=True)
        told = install(wheel, extras, folder) or [fault for one in tried if (fault := run(one, folder))]
        failed += bool(told)
        print(f"[{extras}]   {time.monotonic() - began:.1f} s", *told, sep="\n  ", flush=True)
        shutil.rmtree(folder)
    return 1 if failed else 0


def install(wheel: Path, extras: str, folder: Path) -> list[str]:
    """What went wrong in installing."""
    uv = [sys.executable, "-m", "uv"]
    wanted = f"stedi-lakehouse{f'[{extras}]' if extras else ''} @ {wheel.resolve().as_uri()}"
    python = folder / "env/bin/python"
    for command in (
        [*uv, "venv", "-q", "--python", sys.executable, str(folder / "env")],
        [*uv, "pip", "install", "-q", "--python", str(python), *BUILD, wanted],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return [done.stderr[-2000:]]
    return []


def run(tried: Tried, folder: Path) -> str | None:
    """What is wrong with a command."""
    name, *arguments = tried.command
    # No Java, no keys and no settings of whoever calls.
    environment = {
        "PATH": str(folder / "env/bin"),
        "HOME": str(folder),
        "STEDI_KEYS": str(folder / "keys"),
        "AWS_EC2_METADATA_DISABLED": "true",
        **{key: os.environ[key] for key in ("LANG", "TMPDIR") if key in os.environ},
    }
    done = subprocess.run(
        [str(folder / "env/bin" / name), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = done.stdout + done.stderr
    if (done.returncode, tried.says in said, "Traceback" in said) == (tried.code, True, False):
        return None
    return f"{json.dumps(tried.command)} left {done.returncode} and said:\n{said[-1500:]}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
