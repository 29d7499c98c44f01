"""Orders confirmed, invoiced and posted: orders an hour beside OCA's workflow, Odoo in batches, and plain SQL.

All ways meet the same five-line quotations, each in a database and a process of its own, one after the other in each
round. What they booked is compared, by account and kind of line, before a time counts. Then one lane and two lanes of
the scheduler bill the same run, and a run with one poisoned order in a hundred; recurring charges are billed beside
OCA's contracts; and staged orders of a shop beside quotations that sell the same. A peer that takes too long is
stopped.
"""

import argparse
import json
import statistics
import subprocess
import sys

from billing_world import books, waits

from setup import databases, odoo_config, peers, postgres
from setup.paths import ADDONS, SCRIPTS

DATABASE = "otc_bench_billing"
PEERS = {"workflow": "sale_automatic_workflow", "contract": "contract"}
PARTS = ("ways", "lanes", "charges", "payloads")
GOALS = {
    "billing.ratio_to_oca_workflow": (True, 10),
    "billing.ratio_to_core_batch": (True, 3),
    "billing.two_lanes_ratio": (True, 1.9),
    "billing.poisoned_loss": (False, 20),
    "billing.ratio_to_oca_contract": (True, 3),
    "billing.payload_to_own": (False, 1.5),
}
"""Of each figure that has one: whether it is the least or the most, and the goal."""


def run(arguments):
    """Measure, print the table, return the figures.

    :param arguments: the benchmark's own words of the command line
    """
    options = _options(arguments)
    bench = Bench(options, postgres.ensure())
    try:
        figures = {}
        for part in options.parts:
            figures |= getattr(bench, part)()
    finally:
        bench.remove()
    _print_table(figures)
    return figures


def _print_table(figures):
    print(f"\n{'figure':44} {'measured':>12}   goal")
    for name, value in figures.items():
        line = f"{name:44} {value:>12,}"
        if name in GOALS:
            at_least, goal = GOALS[name]
            met = value >= goal if at_least else value <= goal
            line += f"   {'≥' if at_least else '≤'} {goal:g}, {'met' if met else 'missed'}"
        print(line)


class Bench:
    """Databases made once for each way, and copied for each round.

    :param options: of the command line
    :param dict connection: to PostgreSQL
    """

    def __init__(self, options, connection):
        self.options, self.connection = options, connection
        self.addons = f"{ADDONS},{peers.ensure()}"
        self.worlds = []

    def ways(self):
        """Orders an hour of each way; median over the rounds, and the ratios within each round."""
        names = ("workflow", "ours", "core_batch")  # the floor copies what the last one booked
        for name in names:
            self._world(name, [name, self.options.orders])
        rounds = []
        for number in range(self.options.rounds):
            results = {name: self._once(name, name) for name in names}
            results["floor"] = self._floor()
            self._compare(results)
            rounds.append({name: result["seconds"] for name, result in results.items()})
            print(f"round {number + 1}: " + self._line(rounds[-1]), flush=True)
        queries = {name: results[name]["queries"] / self.options.orders for name in names}
        figures = {f"billing.orders_per_hour_{name}": self._per_hour(rounds, name) for name in (*names, "floor")}
        figures |= {f"billing.queries_per_order_{name}": round(count, 1) for name, count in queries.items()}
        figures |= _ratio(rounds, "workflow", "ours", "billing.ratio_to_oca_workflow")
        figures |= _ratio(rounds, "core_batch", "ours", "billing.ratio_to_core_batch")
        return figures | _ratio(rounds, "ours", "floor", "billing.times_the_floor")

    def lanes(self):
        """How much faster two lanes are than one, on the same run; and what one poisoned order in a hundred costs."""
        self._world("lane", ["lane", self.options.lane_orders])
        self._world("poisoned", ["lane", self.options.lane_orders, 100])
        rounds = []
        for number in range(self.options.rounds):
            one, poisoned = self._together("lane", 1), self._together("poisoned", 1)
            with waits.watching(self.connection, self._database("run")) as waited:
                two = self._together("lane", 2)
            found = {"one": one, "two": two, "poisoned": poisoned}
            times = {name: max(lane["seconds"] for lane in lanes) for name, lanes in found.items()}
            times |= {f"{name}_cpu": sum(lane["cpu"] for lane in lanes) for name, lanes in found.items()}
            rounds.append({**times, "two_waited": sum(waited.values())})
            kinds = ", ".join(f"{kind} {seconds:.2f}" for kind, seconds in waited.most_common(3))
            print(f"lanes {number + 1}: {self._line(rounds[-1])} ({kinds})", flush=True)
        by_work = statistics.median(2 * times["one_cpu"] / times["two_cpu"] for times in rounds)
        losses = [100 * (times["poisoned"] / times["one"] - 1) for times in rounds]
        return {
            **_ratio(rounds, "one", "two", "billing.two_lanes_ratio"),
            "billing.two_lanes_ratio_by_processor_time": round(by_work, 2),
            "billing.two_lanes_seconds_waited": round(statistics.median(times["two_waited"] for times in rounds), 2),
            "billing.poisoned_loss": round(statistics.median(losses), 1),
        }

    def charges(self):
        """Invoices an hour of recurring charges, beside OCA's contracts."""
        for name in ("charges", "contract"):
            self._world(name, [name, self.options.contracts])
        rounds = []
        for number in range(self.options.rounds):
            results = {name: self._once(name, name) for name in ("charges", "contract")}
            theirs = results["contract"]["state"]
            if theirs and results["charges"]["state"][0] != theirs[0]:
                raise SystemExit(f"Charges and contracts booked otherwise; the times do not count: {results}")
            rounds.append({name: result["seconds"] for name, result in results.items()})
            print(f"charges {number + 1}: " + self._line(rounds[-1]), flush=True)
        return _ratio(rounds, "contract", "charges", "billing.ratio_to_oca_contract")

    def payloads(self):
        """Staged orders of a shop to posted invoices, beside quotations that sell the same."""
        names = ("payload", "equal")
        for name in names:
            self._world(name, [name, self.options.payloads])
        rounds = []
        for number in range(self.options.rounds):
            results = {name: self._once(name, name) for name in names}
            booked = {name: books.billed(result["state"]) for name, result in results.items()}
            if booked["payload"] != booked["equal"]:
                raise SystemExit(f"The shop's orders and equal ones were billed otherwise: {booked}")
            rounds.append({name: result["seconds"] for name, result in results.items()})
            print(f"payloads {number + 1}: " + self._line(rounds[-1]), flush=True)
        return _ratio(rounds, "payload", "equal", "billing.payload_to_own")

    def remove(self):
        """Drop all databases."""
        for name in (*self.worlds, "run"):
            databases.remove(self.connection, self._database(name))

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _world(self, name, words):
        database = self._database(name)
        template = databases.CORE if name in ("core_batch", *PEERS) else databases.TEST
        databases.copy(self.connection, template, database)
        self.worlds.append(name)
        if addon := PEERS.get(name):
            databases.run_odoo(
                ["server", "-d", database, "-i", addon, f"--addons-path={self.addons}", *databases.QUIETLY],
                what=f"Installing {addon}",
                log_name="bench-peer.log",
            )
        print(f"making {words[1]} quotations or contracts for {name}", flush=True)
        worker = self._worker("world", database, *words)
        if worker.wait():
            raise SystemExit(f"The orders for {name} could not be made; see above.")

    def _once(self, what, name):
        databases.copy(self.connection, self._database(name), self._database("run"))
        return self._finish([self._ready(what, "run")], what)[0]

    def _floor(self):
        """The rows of the last run once more, on top of them, by plain SQL."""
        return self._finish([self._ready("floor", "run")])[0]

    def _together(self, name, count):
        databases.copy(self.connection, self._database(name), self._database("run"))
        return self._finish([self._ready("lane", "run") for _lane in range(count)])

    def _ready(self, what, name):
        worker = self._worker(what, self._database(name))
        if worker.stdout.readline().strip() != "ready":
            raise SystemExit(f"The way “{what}” did not start; see above.")
        return worker

    def _finish(self, workers, what="ours"):
        """Let workers begin at once; what they took. A peer that takes too long is stopped, and took at least that."""
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        try:
            answers = [worker.communicate(timeout=self.options.cap)[0] for worker in workers]
        except subprocess.TimeoutExpired:
            for worker in workers:
                worker.kill()
                worker.wait()
            if what not in PEERS:
                raise SystemExit(f"A way took more than {self.options.cap} s.") from None
            print(f"{what} was stopped after {self.options.cap} s: the ratio to it is a lower bound", flush=True)
            return [{"seconds": self.options.cap, "cpu": 0.0, "queries": 0, "state": None}]
        if any(worker.returncode for worker in workers):
            raise SystemExit("A way failed; see above.")
        return [json.loads(answer.splitlines()[-1]) for answer in answers]

    def _worker(self, what, database, *words):
        return subprocess.Popen(
            [sys.executable, "-m", "billing_world.worker", what, database, self.addons, *map(str, words)],
            cwd=SCRIPTS,
            env={**odoo_config.environment(), "PYTHONPATH": str(SCRIPTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def _database(name):
        return f"{DATABASE}_{name}"

    @staticmethod
    def _compare(results):
        wanted = results["core_batch"]["state"]
        for name in ("ours", "workflow"):
            if results[name]["state"] is None:
                continue
            for mine, theirs in zip(results[name]["state"], wanted, strict=True):
                if mine != theirs:
                    raise SystemExit(f"{name} booked {mine}, Odoo itself {theirs}; the times do not count.")

    def _per_hour(self, rounds, name):
        return round(3600 * self.options.orders / statistics.median(times[name] for times in rounds))

    @staticmethod
    def _line(times):
        return ", ".join(f"{name} {seconds:.2f} s" for name, seconds in times.items())


def _ratio(rounds, slow, fast, name):
    ratios = [times[slow] / times[fast] for times in rounds]
    return {name: round(statistics.median(ratios), 2), f"{name}_spread": round(max(ratios) - min(ratios), 2)}


def _options(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench billing", description=__doc__)
    parser.add_argument("--orders", type=int, default=200, help="quotations for each way")
    parser.add_argument("--lane-orders", type=int, default=1200, help="confirmed orders for one lane and two")
    parser.add_argument("--contracts", type=int, default=100, help="contracts of five charges each")
    parser.add_argument("--payloads", type=int, default=60, help="staged orders of a shop")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="only some comparisons")
    parser.add_argument("--cap", type=int, default=600, help="seconds after which a peer is stopped")
    return parser.parse_args(arguments)
