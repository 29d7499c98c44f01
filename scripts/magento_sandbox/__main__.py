"""Start the sandbox shop as a process of its own, until it is interrupted.

It prints one line of JSON (address, credentials of the integration, control secret) and, with ``--ready-file``, writes
the same line there once it answers.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from . import __doc__ as about
from . import world
from .faults import KINDS, FaultError
from .server import SandboxServer


def main(words=None):
    """Run until interrupted; return the exit status."""
    options = _options(words)
    try:
        plan = json.loads(Path(options.faults).read_text()) if options.faults else []
    except (OSError, ValueError) as error:
        print(f"The fault plan {options.faults} cannot be read: {error}", file=sys.stderr)
        return 2
    shop = world.build(options.today, options.seed, options.orders)
    shop.settings = replace(
        shop.settings,
        latency_ms=options.latency_ms,
        page_size_cap=options.page_size_cap,
        past_end=options.past_end,
        allow_bearer=options.allow_bearer,
        two_factor=options.two_factor,
        commerce=options.commerce,
        async_bulk=options.async_bulk,
        multi_source=not options.one_stock,
    )
    try:
        server = SandboxServer(shop, options.port, plan)
    except FaultError as error:
        print(f"The fault plan {options.faults} is wrong: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Port {options.port} cannot be used: {error.strerror}. Take another, or 0.", file=sys.stderr)
        return 1
    return _serve(server, options)


def _serve(server, options):
    told = {
        "seed": options.seed,
        "today": options.today.isoformat(),
        "orders": len(server.shop.orders),
        "pid": os.getpid(),
    }
    start_line = json.dumps(server.credentials() | told)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_signal: server.stop())
    print(start_line, flush=True)
    if options.ready_file:
        ready = Path(options.ready_file)
        unfinished = ready.with_name(ready.name + ".part")
        unfinished.touch(mode=0o600)
        unfinished.write_text(start_line + "\n")
        unfinished.replace(ready)
    server.serve_forever()
    return 0


def _options(words):
    kinds = "\n".join(f"  {name:<18} {text}" for name, (_phase, text) in sorted(KINDS.items()))
    parser = argparse.ArgumentParser(
        prog="python -m magento_sandbox",
        description=about,
        epilog=f"kinds of faults:\n{kinds}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 (default) for any free one")
    parser.add_argument("--seed", type=int, default=1, help="which world, and which credentials (default 1)")
    parser.add_argument("--today", type=date.fromisoformat, default=None, help="the world's date, as 2026-11-23")
    parser.add_argument("--orders", type=int, default=120, help="how many orders (default 120)")
    parser.add_argument("--faults", metavar="PLAN.json", help="a fault plan: a JSON list")
    parser.add_argument("--latency-ms", type=int, default=0, help="pause before each answer")
    parser.add_argument("--page-size-cap", type=int, default=None, help="largest page size allowed")
    parser.add_argument(
        "--past-end", choices=("empty", "null", "repeat"), default="empty", help="a page beyond the last"
    )
    parser.add_argument("--allow-bearer", action="store_true", help="take the access token as plain Bearer")
    parser.add_argument("--two-factor", action="store_true", help="refuse admin tokens, as two-factor sign-in does")
    parser.add_argument("--commerce", action="store_true", help="Adobe Commerce: companies, credit, shared catalogs")
    parser.add_argument("--async-bulk", action="store_true", help="take requests for later (/async/bulk/…)")
    parser.add_argument("--one-stock", action="store_true", help="one stock for the shop, no sources")
    parser.add_argument("--ready-file", metavar="PATH", help="write the start line here once it answers")
    options = parser.parse_args(words)
    options.today = options.today or date.today()  # noqa: DTZ011
    return options


if __name__ == "__main__":
    sys.exit(main())
