"""Where the command `stedi` starts: without what it is made of, it says what to install."""

import json
import sys


def main() -> None:
    """Run the command line, or say what is missing, with exit code 5."""
    try:
        from stedi.cli.main import main as run
    except ModuleNotFoundError as missing:
        if not missing.name or missing.name.partition(".")[0] == "stedi":
            raise
        from stedi.ground.errors import install_hint

        message = f"{missing.name} is not installed; nothing was done.\n{install_hint('local')}"
        if "--json" in sys.argv:
            message = json.dumps({"schema": "stedi.error/1", "exit_code": 5, "error": message})
        else:
            message = f"stedi: {message}"
        print(message, file=sys.stderr)
        sys.exit(5)
    run()
