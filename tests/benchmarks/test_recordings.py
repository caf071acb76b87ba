"""The scripts that make pages of public recordings run, on a little of them."""

from pathlib import Path

import pytest

from bench import detection, detector, handling, walks

pytestmark = pytest.mark.data


def first_seconds(data: Path, name: str, folder: Path) -> None:
    """Copy the first 75 seconds of a public recording."""
    for file in (data / "oxford" / "optimisation" / "data" / name).glob("*.csv"):
        lines = file.read_text().splitlines(keepends=True)
        began = int(lines[0].partition(",")[0])
        some = [line for line in lines if int(line.partition(",")[0]) - began < 75e9]
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / file.name).write_text("".join(some))


@pytest.fixture(scope="module")
def recordings(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little of each of two people."""
    folder = tmp_path_factory.mktemp("recordings")
    for name in ("Samsung_Carmelo_Hard_InHand_1", "Samsung_Dario_Hard_BackPocket_1"):
        first_seconds(data_folder, name, folder)
    return folder


def test_detecting(recordings: Path, tmp_path: Path) -> None:
    told = ["--recordings", str(recordings), "--phones", "2", "--times", "1"]
    detector.main([*told, "--page", str(tmp_path / "page.md")])
    assert "| one sample at a time, 400 Hz |" in (tmp_path / "page.md").read_text()


def test_the_pages_of_detection(recordings: Path, tmp_path: Path) -> None:
    told = ["--recordings", str(recordings), "--people", "1", "--keep", str(tmp_path / "model")]
    detection.main([*told, "--page", str(tmp_path / "detection.md")])
    assert "## The model of everybody" in (tmp_path / "detection.md").read_text()
    told = ["--model", str(tmp_path / "model"), "--phones", "7", "--minutes", "0.5"]
    handling.main([*told, "--page", str(tmp_path / "handling.md")])
    assert "| 400 Hz |" in (tmp_path / "handling.md").read_text()


def test_the_page_of_walks(data_folder: Path, tmp_path: Path) -> None:
    """One recording of each position."""
    positions = ("Armband", "BackPocket", "FrontPocket", "InHand", "NeckPouch", "Purse", "SwingingArm")
    for position in positions:
        name = f"Pixel_Jamie_Hard_{position}_1"
        first_seconds(data_folder, name, tmp_path / "recordings")
    told = ["--recordings", str(tmp_path / "recordings"), "--people", "7", "--minutes", "0.5"]
    walks.main([*told, "--docs", str(tmp_path)])
    assert "{" not in (tmp_path / "walks.md").read_text()
    assert len(list((tmp_path / "walks").glob("*.svg"))) == 6
