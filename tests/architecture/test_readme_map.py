"""The map in the README is the tree."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "src/stedi"


def named() -> list[str]:
    """The paths in the fenced block under the heading "Map", as seen from `src/stedi`."""
    block = re.search(r"^## Map$.*?^```\w*\n(.*?)^```", (REPOSITORY / "README.md").read_text(), re.M | re.S)
    assert block, "the README has no fenced block under the heading `## Map`"
    first = [line.split()[0] for line in block[1].splitlines() if line.strip()]
    return [path.removeprefix("src/stedi/") for path in first if path != "src/stedi/"]


def tree() -> set[str]:
    packages = {f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    return packages | {path.name for path in PACKAGE.glob("*.py") if path.name != "__init__.py"}


def test_the_map_is_the_tree() -> None:
    paths = named()
    assert sorted(path for path in paths if path.count("/") == path.endswith("/")) == sorted(tree())
    assert [path for path in paths if not (PACKAGE / path).exists()] == []
