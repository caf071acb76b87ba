"""The page of walks shows its pictures, each small, and says whose the recordings are."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
LARGEST_BYTES = 100_000


def test_the_page_and_its_pictures_belong_together() -> None:
    page = (DOCS / "walks.md").read_text()
    shown = set(re.findall(r"\]\((walks/[\w-]+\.svg)\)", page))
    assert shown == {str(path.relative_to(DOCS)) for path in (DOCS / "walks").iterdir()}
    assert "{" not in page
    for path in (DOCS / "walks").iterdir():
        assert path.stat().st_size < LARGEST_BYTES, path.name
        assert "<script" not in path.read_text()
        assert "<text" in path.read_text()


def test_the_recordings_are_attributed() -> None:
    page = (DOCS / "walks.md").read_text()
    assert "Oxford Step Counter DataSet" in page
    assert "https://creativecommons.org/licenses/by/4.0/" in page
