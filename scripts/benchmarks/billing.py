"""Orders confirmed, invoiced and posted: orders an hour beside OCA's workflow, Odoo in batches, and plain SQL.

All ways meet the same five-line quotations, each in a database and a process of its own, one after the other in each
round. What they booked is compared, by account and kind of line, before a time counts. Then one lane and two lanes of
the scheduler bill the same run, and a run with one poisoned order in a hundred.
"""

import argparse
import json
import statistics
import subprocess
import sys

from setup import databases, odoo_config, peers, postgres
from setup.paths import ADDONS, SCRIPTS

DATABASE = "otc_bench_billing"
PEERS = {"workflow": "sale_automatic_workflow", "contract": "contract"}


def run(arguments):
    """Measure, print the table, return the figures.

    :param arguments: the benchmark's own words of the command line
    """
    options = _options(arguments)
    bench = Bench(options, postgres.ensure())
    try:
        figures = bench.ways() | bench.lanes() | bench.poisoned() | bench.charges()
    finally:
        bench.remove()
    for name, value in figures.items():
        print(f"{name:38} {value:>12,}")
    return figures


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
        names = ("ours", "core_batch", "workflow")
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
        """How much faster two lanes are than one, on the same run; and would be, if each had a processor to itself."""
        self._world("lane", ["lane", self.options.lane_orders])
        rounds = []
        for number in range(self.options.rounds):
            lanes = {"one": self._together("lane", 1), "two": self._together("lane", 2)}
            times = {name: max(one["seconds"] for one in found) for name, found in lanes.items()}
            busy = {f"{name}_cpu": sum(one["cpu"] for one in found) for name, found in lanes.items()}
            rounds.append({**times, **busy})
            print(f"lanes {number + 1}: " + self._line(rounds[-1]), flush=True)
        by_work = statistics.median(2 * times["one_cpu"] / times["two_cpu"] for times in rounds)
        return {
            **_ratio(rounds, "one", "two", "billing.two_lanes_ratio"),
            "billing.two_lanes_ratio_by_processor_time": round(by_work, 2),
        }

    def poisoned(self):
        """What one poisoned order in a hundred costs the rest, in percent of the time."""
        self._world("poisoned", ["lane", self.options.lane_orders, 100])
        rounds = []
        for number in range(self.options.rounds):
            rounds.append(
                {
                    "poisoned": self._together("poisoned", 1)[0]["seconds"],
                    "healthy": self._together("lane", 1)[0]["seconds"],
                }
            )
            print(f"poisoned {number + 1}: " + self._line(rounds[-1]), flush=True)
        losses = [100 * (times["poisoned"] / times["healthy"] - 1) for times in rounds]
        return {"billing.loss_percent_with_1_percent_poisoned": round(statistics.median(losses), 1)}

    def charges(self):
        """Invoices an hour of recurring charges, beside OCA's contracts."""
        for name in ("charges", "contract"):
            self._world(name, [name, self.options.contracts])
        rounds = []
        for number in range(self.options.rounds):
            results = {name: self._once(name, name) for name in ("charges", "contract")}
            if results["charges"]["state"][0] != results["contract"]["state"][0]:
                raise SystemExit(f"Charges and contracts booked otherwise; the times do not count: {results}")
            rounds.append({name: result["seconds"] for name, result in results.items()})
            print(f"charges {number + 1}: " + self._line(rounds[-1]), flush=True)
        return _ratio(rounds, "contract", "charges", "billing.ratio_to_oca_contract")

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
        return self._finish([self._ready(what, "run")])[0]

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

    @staticmethod
    def _finish(workers):
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        answers = [worker.communicate()[0] for worker in workers]
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
    parser.add_argument("--orders", type=int, default=300, help="quotations for each way")
    parser.add_argument("--lane-orders", type=int, default=600, help="confirmed orders for one lane and two")
    parser.add_argument("--contracts", type=int, default=200, help="contracts of five charges each")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args(arguments)
