"""Commands that make, fill and run a lake."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Stedi = Callable[..., Any]


def test_init_says_where_the_keys_are_and_keeps_the_window(stedi: Stedi, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    made = stedi("--lake", lake, "init", "--window", "whole_history")
    assert made.code == 0
    assert "keys" in made.out
    assert stedi("--lake", lake, "init").code == 0
    other = stedi("--lake", lake, "run", "--window", "from_consent")
    assert other.code == 2
    assert "keeps the consent window `whole_history`" in other.err
    assert "Traceback" not in other.err


def test_init_leaves_somebody_elses_folder_alone(stedi: Stedi, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    refused = stedi("--lake", tmp_path, "init")
    assert refused.code == 2
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_empty_landing_zone_makes_no_lake_and_no_keys(stedi: Stedi, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    keys = tmp_path / "keys"
    refused = stedi("--lake", tmp_path / "lake", "run", "--landing", tmp_path / "empty", STEDI_KEYS=str(keys))
    assert refused.code == 2
    assert "holds no landed files" in refused.err and "run --landing DIR" in refused.err
    assert not (tmp_path / "lake").exists() and not keys.exists()


@pytest.mark.parametrize("name", ["a#b", "c%20d", "e?f", "i*j", "k{l}", "m[1]", "n\\o"])
def test_a_folder_that_no_table_can_lie_in(stedi: Stedi, tmp_path: Path, name: str) -> None:
    refused = stedi("--lake", tmp_path / name, "init")
    assert refused.code == 2
    assert "cannot lie in a folder" in refused.err
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["my lake, ü é", 'g\'h "q"'])
def test_a_folder_with_an_unusual_name(stedi: Stedi, fleet: Path, tmp_path: Path, name: str) -> None:
    assert stedi("--lake", tmp_path / name, "run", "--landing", fleet).code == 0
    assert (
        stedi("--lake", tmp_path / name, "query", "select count(*) from machine_learning_curated").code == 0
    )


def test_run_twice(stedi: Stedi, fleet: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    first = stedi("--lake", lake, "run", "--landing", fleet, "--json")
    assert first.code == 0
    told = first.json
    assert told["schema"] == "stedi.run/1"
    assert told["changed"]
    expected = json.loads((fleet / "truth/expected.json").read_text())["lake"]["from_consent"]
    rows = {name: table["rows"] for name, table in told["tables"].items()}
    assert {name: rows[name] for name in expected if name in rows} == {
        name: number for name, number in expected.items() if name in rows
    }
    second = stedi("--lake", lake, "run", "--landing", fleet)
    assert second.code == 0
    assert "no row changed" in second.out


def test_run_prints_a_line_a_table_and_the_next_command(stedi: Stedi, built: Path) -> None:
    shown = stedi("--lake", built, "run", "--full")
    lines = [line for line in shown.out.splitlines() if line.startswith("[")]
    assert [line.split()[1] for line in lines][-1] == "machine_learning_curated"
    assert len(lines) == 8
    assert "every line accounted for" in shown.out
    assert f'stedi --lake {built} query "select count(*) from machine_learning_curated"' in shown.err


def test_quiet_prints_results_alone(stedi: Stedi, built: Path) -> None:
    assert stedi("--lake", built, "-q", "run").err == ""


@pytest.mark.parametrize("window", ["sometimes", "FROM_CONSENT"])
def test_an_unknown_window_is_a_usage_error(stedi: Stedi, tmp_path: Path, window: str) -> None:
    refused = stedi("--lake", tmp_path / "lake", "run", "--window", window)
    assert refused.code == 2
    assert "from_consent" in refused.err
    assert not (tmp_path / "lake").exists()


def test_a_landing_zone_that_is_not_there(stedi: Stedi, tmp_path: Path) -> None:
    refused = stedi("--lake", tmp_path / "lake", "run", "--landing", tmp_path / "nowhere")
    assert refused.code == 2
    assert "nowhere" in refused.err


def test_an_empty_landing_zone_gives_empty_tables(stedi: Stedi, tmp_path: Path) -> None:
    (tmp_path / "in/customer").mkdir(parents=True)
    done = stedi("--lake", tmp_path / "lake", "run", "--landing", tmp_path / "in", "--json")
    assert done.code == 0
    assert {table["rows"] for table in done.json["tables"].values()} == {0}
    counted = stedi("--lake", tmp_path / "lake", "query", "select count(*) from customer_trusted", "--json")
    assert counted.json["rows"] == [[0]]


def test_without_its_keys_nothing_runs(stedi: Stedi, fleet: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    keys = tmp_path / "keys"
    assert stedi("--lake", lake, "init", STEDI_KEYS=str(keys)).code == 0
    shutil.rmtree(keys)
    refused = stedi("--lake", lake, "run", "--landing", fleet, STEDI_KEYS=str(keys))
    assert refused.code == 5
    assert "nothing was written" in refused.err
    assert not (lake / "catalog.db").exists()


def test_keys_may_not_lie_inside_the_lake(stedi: Stedi, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    refused = stedi("--lake", lake, "init", STEDI_KEYS=str(lake / "keys"))
    assert refused.code == 2
    assert not lake.exists()


def test_a_link_is_refused_and_counted(stedi: Stedi, tmp_path: Path, fleet: Path) -> None:
    landing = tmp_path / "in"
    shutil.copytree(fleet, landing)
    (landing / "accelerometer/not-a-file.json").symlink_to("/etc/hostname")
    done = stedi("--lake", tmp_path / "lake", "run", "--landing", landing, "--json")
    assert done.code == 0
    assert done.json["files"]["accelerometer"]["refused"] == 1


def test_land_twice(stedi: Stedi, fleet: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    first = stedi("--lake", lake, "land", fleet, "--json").json
    second = stedi("--lake", lake, "land", fleet, "--json").json
    assert first["copied"] == second["skipped"] > 0
    assert second["copied"] == 0


def test_simulate_twice(stedi: Stedi, tmp_path: Path) -> None:
    arguments = ("simulate", tmp_path / "fleet", "--customers", "5", "--minutes", "0.5", "--json")
    first, second = stedi(*arguments).json, stedi(*arguments).json
    assert first["written"] == first["files"] == second["files"]
    assert second["written"] == 0


def test_a_typo_in_the_settings_is_an_error(stedi: Stedi, tmp_path: Path) -> None:
    (tmp_path / "stedi.toml").write_text('lakee = "somewhere"\n')
    refused = stedi("status", folder=tmp_path)
    assert refused.code == 2
    assert "lakee" in refused.err
    assert "Known: lake" in refused.err


@pytest.mark.parametrize("reason", ["", "  "])
def test_revealing_takes_a_reason(stedi: Stedi, built: Path, reason: str) -> None:
    refused = stedi("--lake", built, "query", "select email from customer_trusted", "--reveal", reason)
    assert refused.code == 2
    assert refused.out == ""


def test_where_an_error_arose_is_shown_on_demand_alone(stedi: Stedi, tmp_path: Path) -> None:
    for flags, shown in (([], False), (["-v"], False), (["-v", "-v"], True), (["-vv"], True)):
        refused = stedi("--lake", tmp_path / "none", *flags, "status")
        assert refused.code == 2
        assert ("Traceback" in refused.err) is shown


def test_settings_name_the_lake(stedi: Stedi, built: Path, tmp_path: Path) -> None:
    (tmp_path / "stedi.toml").write_text(f'lake = "{built}"\n')
    assert stedi("status", folder=tmp_path).code == 0
    assert stedi("status", folder=tmp_path, STEDI_LAKE=str(tmp_path / "none")).code == 2


def test_an_interrupt_ends_a_run_at_once(stedi: Stedi, home: Path, fleet: Path, tmp_path: Path) -> None:
    for after_s in (2.0, 3.5):
        command = [
            Path(sys.executable).with_name("stedi"),
            "--lake",
            tmp_path / "lake",
            "run",
            "--landing",
            fleet,
        ]
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "STEDI_KEYS": str(home / "keys")}
        process = subprocess.Popen([*command, "--full"], env=environment, stderr=subprocess.PIPE, text=True)
        time.sleep(after_s)
        process.send_signal(signal.SIGINT)
        try:
            _, err = process.communicate(timeout=20)
        finally:
            process.kill()
        if process.returncode:  # A quick machine may have been done.
            assert process.returncode == 130
            assert "Interrupted" in err
    assert stedi("--lake", tmp_path / "lake", "run", "--landing", fleet).code == 0
    assert stedi("--lake", tmp_path / "lake", "check").code == 0


def test_a_proxy_is_kept_out(stedi: Stedi, built: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    assert stedi("--lake", built, "check", http_proxy=nowhere, https_proxy=nowhere).code == 0


def test_whoever_stops_reading_the_output_is_no_error(built: Path, home: Path) -> None:
    stedi = Path(sys.executable).with_name("stedi")
    query = f"{stedi} --lake {built} query 'select * from accelerometer_landing' --limit 30000 | head -1"
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "STEDI_KEYS": str(home / "keys")}
    script = f"{query}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.splitlines()[-1] == "0"
    assert "Broken" not in done.stderr


def test_a_lake_that_was_copied_is_not_touched(stedi: Stedi, built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "copy")
    for arguments in (("run",), ("status",)):
        refused = stedi("--lake", tmp_path / "copy", *arguments)
        assert refused.code == 2
        assert "moved or copied" in refused.err


def test_a_lake_without_its_catalog_is_not_begun_anew(stedi: Stedi, fleet: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    assert stedi("--lake", lake, "run", "--landing", fleet).code == 0
    (lake / "catalog.db").unlink()
    for arguments in (("run", "--landing", fleet), ("status",)):
        refused = stedi("--lake", lake, *arguments)
        assert refused.code == 1
        assert "catalog.db back from your backup" in refused.err


def test_keys_of_another_lake(stedi: Stedi, fleet: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    for name in ("one", "two"):
        assert stedi("--lake", tmp_path / name, "init", STEDI_KEYS=str(keys)).code == 0
    one, two = (json.loads((tmp_path / n / "lake.json").read_text())["lake_id"] for n in ("one", "two"))
    shutil.copy(keys / two / "pseudonym.key", keys / one / "pseudonym.key")
    refused = stedi("--lake", tmp_path / "one", "run", "--landing", fleet, STEDI_KEYS=str(keys))
    assert refused.code == 5
    assert "key of another lake" in refused.err


@pytest.mark.parametrize("arguments", [("run",), ("run", "--landing", ".")])
def test_nothing_to_read_is_a_usage_error(stedi: Stedi, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    refused = stedi("--lake", tmp_path / "lake", *arguments, folder=tmp_path)
    assert refused.code == 2
    assert "accelerometer" in refused.err
    again = stedi("--lake", tmp_path / "lake", *arguments, folder=tmp_path)
    assert "did not end" not in again.err
