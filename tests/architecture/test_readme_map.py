"""The map in the README, and what docs/code.md names, is the tree."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "src/stedi"


def named() -> list[str]:
    """The paths in the fenced block under the heading "Map", as seen from `src/stedi`."""
    block = re.search(r"^## Map$.*?^```\w*\n(.*?)^```", (REPOSITORY / "README.md").read_text(), re.M | re.S)
    assert block, "the README has no fenced block under the heading `## Map`"
    first = [line.split()[0] for line in block[1].splitlines() if line.strip()]
    assert [path for path in first if path.startswith("src/")] == ["src/stedi/", "src/stedi_fleet/"]
    return [path for path in first if not path.startswith("src/")]


def tree() -> set[str]:
    packages = {f"{path.name}/" for path in PACKAGE.iterdir() if any(path.glob("*.py"))}
    return packages | {path.name for path in PACKAGE.glob("*.py") if path.name != "__init__.py"}


def test_the_map_is_the_tree() -> None:
    paths = named()
    assert sorted(path for path in paths if path.count("/") == path.endswith("/")) == sorted(tree())
    assert [path for path in paths if not (PACKAGE / path).exists()] == []


def test_nothing_lies_loose_but_what_a_user_imports() -> None:
    assert {path for path in tree() if not path.endswith("/")} == {"api.py", "tables.py"}


def test_every_file_that_the_page_of_code_names_is_there() -> None:
    page = (REPOSITORY / "docs/code.md").read_text()
    named = set(re.findall(r"`([a-z_]+/[a-z_0-9]+\.py|tables\.py)`", page))
    assert len(named) > 40
    assert sorted(name for name in named if not (PACKAGE / name).is_file()) == []
