"""Where the command `stedi` starts, and ends when it is interrupted before it has begun.

Without what it is made of, it says what to install.
"""

import json
import sys
from typing import NoReturn


def main() -> None:
    """Run the command line, or say what is missing, with exit code 5."""
    try:
        from stedi.cli.main import main as run
    except ModuleNotFoundError as missing:
        if not missing.name or missing.name.partition(".")[0] == "stedi":
            raise
        from stedi.ground.errors import install_hint

        _end(5, f"{missing.name} is not installed; nothing was done.\n{install_hint('local')}")
    except KeyboardInterrupt:
        _end(130, "Interrupted; nothing was done.")
    try:
        run()
    except KeyboardInterrupt:
        # While a command is made ready, or while an error is told.
        _end(130, "Interrupted. What is published is whole.")


def _end(code: int, message: str) -> NoReturn:
    if "--json" in sys.argv:
        message = json.dumps({"schema": "stedi.error/1", "exit_code": code, "error": message})
    else:
        message = f"stedi: {message}"
    print(message, file=sys.stderr)
    sys.exit(code)
