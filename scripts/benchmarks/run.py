"""Run one benchmark inside the project's Python: `python -m benchmarks.run NAME [--json FILE] [its own options]`."""

import importlib
import json
import sys
import time
from pathlib import Path

ADDITIONS = 10_000_000


def main():
    """Import the module of that name, run it, and write its figures where asked."""
    name, *arguments = sys.argv[1:]
    target = None
    if "--json" in arguments:
        position = arguments.index("--json")
        target = Path(arguments[position + 1])
        del arguments[position : position + 2]
    before = _machine_seconds()
    figures = importlib.import_module(f"benchmarks.{name}").run(arguments)
    figures["machine.loop_seconds_before"], figures["machine.loop_seconds_after"] = before, _machine_seconds()
    print(
        f"This machine: ten million additions in Python took {before:.2f} s before and "
        f"{figures['machine.loop_seconds_after']:.2f} s after; compare times between machines by that."
    )
    if target:
        target.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")


def _machine_seconds():
    """How long a loop takes that is always the same: times of machines are told apart by it, and noise is seen."""
    begun, total = time.perf_counter(), 0
    for number in range(ADDITIONS):
        total += number
    return round(time.perf_counter() - begun, 2)


if __name__ == "__main__":
    main()
