"""`stedi detect` as a stranger runs it: formats, units, faults, pipes that break and interrupts."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

STEDI = Path(sys.executable).with_name("stedi")
BEGINS_NS = 1_700_000_000_000_000_000


def walking(seconds: float = 30.0, rate: float = 50.0) -> list[tuple[int, float, float, float]]:
    """Times in ns and acceleration in m/s2 of somebody who walks at 1.9 steps a second."""
    t = np.arange(int(seconds * rate)) / rate
    phase = 2 * np.pi * 1.9 * t
    up = 9.81 + 3 * np.sin(phase) + 1.2 * np.sin(2 * phase)
    return [
        (BEGINS_NS + int(s * 1e9), 0.8 * float(np.sin(p / 2)), 0.5, float(z))
        for s, p, z in zip(t, phase, up, strict=True)
    ]


def as_csv(path: Path, rows: list[tuple[int, float, float, float]], header: str = "t,x,y,z\n") -> Path:
    path.write_text(header + "".join(",".join(map(repr, row)) + "\n" for row in rows))
    return path


def told(text: str) -> list[tuple[float, float]]:
    return [(step["step_ms"], step["emitted_ms"]) for step in map(json.loads, text.splitlines())]


def test_steps_are_the_same_in_any_format_and_unit(
    stedi: Callable[..., Any], model: Path, tmp_path: Path
) -> None:
    rows = walking()
    plain = as_csv(tmp_path / "plain.csv", rows)
    first = stedi("detect", "--model", model, "--input", plain, "--time-unit", "ns")
    assert first.code == 0, first.err
    steps = told(first.out)
    assert 45 <= len(steps) <= 60
    assert all(BEGINS_NS / 1e6 <= step <= emitted for step, emitted in steps)
    assert "steps in 30.0 s" in first.err
    other = tmp_path / "other.csv"
    other.write_text("".join(f"{z!r};{y!r};0;{x!r};{t / 1e6!r}\n" for t, x, y, z in rows))
    again = stedi("detect", "--model", model, "--input", other, "--columns", "5,4,2,1")
    assert (
        told(again.out) == pytest.approx(steps, abs=1e-2)
        if len(steps) < 2
        else len(told(again.out)) == len(steps)
    )
    lines = "".join(json.dumps({"at": t / 1e9, "a": x, "b": y, "c": z}) + "\n" for t, x, y, z in rows)
    (tmp_path / "some.ndjson").write_text(lines)
    third = stedi(
        "detect", "--model", model, "--input", tmp_path / "some.ndjson", "--columns", "at,a,b,c",
        "--time-unit", "s", "--json",
    )  # fmt: skip
    assert np.array(told(third.out)) == pytest.approx(np.array(steps), abs=25)
    assert json.loads(third.out.splitlines()[0])["schema"] == "stedi.step/1"


@pytest.mark.parametrize(
    "spoilt, told_of",
    [
        (lambda rows: [(t, x / 9.81, y / 9.81, z / 9.81) for t, x, y, z in rows], "as if the axes were in g"),
        (lambda rows: rows[::5], "10 readings a second, and 20 to 1000 are needed"),
        (lambda rows: rows[::-1], "they are not in order"),
        (lambda rows: [(t // 1_000_000, x, y, z) for t, x, y, z in rows], "if times were in ms"),
        (lambda rows: [], "there is no reading"),
    ],
    ids=["unit", "rate", "order", "time unit", "empty"],
)
def test_what_is_not_as_it_is_said_is_named_and_not_scored(
    stedi: Callable[..., Any], model: Path, tmp_path: Path, spoilt: Callable[..., Any], told_of: str
) -> None:
    path = as_csv(tmp_path / "spoilt.csv", spoilt(walking()))
    done = stedi("detect", "--model", model, "--input", path, "--time-unit", "ns", "--json")
    assert (done.code, done.out) == (3, "")
    error = json.loads(done.err)
    assert error["schema"] == "stedi.error/1" and told_of in error["error"]


def test_a_step_is_written_when_it_happens(model: Path, tmp_path: Path) -> None:
    rows = walking()
    command = [str(STEDI), "detect", "--model", str(model), "--input", "-", "--time-unit", "ns"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        for row in rows[:500]:
            process.stdin.write(",".join(map(repr, row)) + "\n")
        process.stdin.flush()
        # The input goes on, and the steps up to here are there.
        step = json.loads(process.stdout.readline())
        assert step["emitted_ms"] <= rows[499][0] / 1e6
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


def test_whoever_reads_may_go(model: Path, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "long.csv", walking(seconds=300))
    command = (
        f"{STEDI} detect --model {model} --input {path} --time-unit ns | head -1; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    step, code = done.stdout.splitlines()
    assert json.loads(step) and code == "0"
    assert "Traceback" not in done.stderr and "Error" not in done.stderr


def test_a_live_replay_takes_as_long_as_life(model: Path, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "short.csv", walking(seconds=4))
    command = [
        str(STEDI),
        "detect",
        "--model",
        str(model),
        "--input",
        str(path),
        "--time-unit",
        "ns",
        "--live",
    ]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert time.monotonic() - began >= 3.9
    assert len(told(done.stdout)) >= 4


def test_only_what_a_phone_needs_is_loaded(model: Path, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "short.csv", walking(seconds=4))
    command = ["detect", "--model", str(model), "--input", str(path), "--time-unit", "ns"]
    heavy = {"pyarrow", "pandas", "pyspark", "pysail", "pyiceberg", "duckdb", "lightgbm", "onnx", "rich"}
    script = (
        f"import sys; from stedi.cli.main import _ended\nassert _ended({command!r}) == 0\n"
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments, told_of",
    [
        (["--columns", "t,x,y"], "--columns takes four different names"),
        (["--columns", "t,x,x,z"], "--columns takes four different names"),
        (["--columns", "time,x,y,z"], "has no column time"),
        (["--input", "absent.csv"], "No such file or directory"),
        (["--input", "."], "Is a directory"),
        (["--unit", "furlong"], "furlong"),
        (["--operating-point", "psychic"], "psychic"),
        (["--model", "absent"], "absent holds no model"),
    ],
)
def test_what_cannot_be_followed(
    stedi: Callable[..., Any], model: Path, tmp_path: Path, arguments: list[str], told_of: str
) -> None:
    path = as_csv(tmp_path / "plain.csv", walking(seconds=4))
    done = stedi(
        "detect", "--model", model, "--input", path, "--time-unit", "ns", *arguments, folder=tmp_path
    )
    assert (done.code, done.out) == (2, "") and told_of in done.err


def test_a_graph_that_was_changed_is_refused(stedi: Callable[..., Any], model: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    changed.mkdir()
    for path in model.iterdir():
        (changed / path.name).write_bytes(path.read_bytes())
    (changed / "model.onnx").write_bytes(b"something else")
    done = stedi("detect", "--model", changed, "--input", as_csv(tmp_path / "1.csv", walking()))
    assert done.code == 2 and "is not the graph that metadata.json tells of" in done.err
