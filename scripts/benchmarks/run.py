"""Run one benchmark inside the project's Python: `python -m benchmarks.run NAME [--json FILE] [its own options]`."""

import importlib
import json
import sys
from pathlib import Path


def main():
    """Import the module of that name, run it, and write its figures where asked."""
    name, *arguments = sys.argv[1:]
    target = None
    if "--json" in arguments:
        position = arguments.index("--json")
        target = Path(arguments[position + 1])
        del arguments[position : position + 2]
    figures = importlib.import_module(f"benchmarks.{name}").run(arguments)
    if target:
        target.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
