"""Seeded plans: a shop with faults, workers that are killed at each stage, and then the invariants 7 to 11.

Run by its test as a process of its own, which loads Odoo once; each worker is forked off it. All plans share a database
and a company, each has a shop and a backend of its own; what the former plans left is put away, so that customers and
products are made anew.
"""

import argparse
import random
import sys
import time
from collections import Counter
from datetime import date

import plan_setting
import psycopg2
from plan_checks import REFUSED_BY_THE_SHOP, TABLES
from shop_world import connect, open_books
from shop_world.process import TODAY

from setup import databases, postgres

TRIGGERS = ("ordered", "shipped", "completed")
IN_STOCK = 20_000
"""How much of each product a shop whose stock is told has here."""
LONGEST = {"fetch": 0.3, "process": 0.7, "bill": 0.4, "push": 0.1, "compare": 0.1, "deliver": 0.3}
"""Seconds within which a stage is killed at random."""
PATIENCE, HEALED_AFTER = 20, 4
"""How often all stages are run until nothing waits, and after how often no fault strikes any more."""
DUE_AGAIN = """
    UPDATE magento_stream SET next_fetch = NULL, state = 'running', failures = 0 WHERE backend_id = %(backend)s;
    UPDATE magento_backend SET breaker = NULL, push_next = NULL, push_state = 'running', push_failures = 0
     WHERE id = %(backend)s;
    UPDATE magento_record SET next_retry = NULL WHERE backend_id = %(backend)s AND state = 'staged'
       AND next_retry < now() AT TIME ZONE 'UTC' + interval '15 hours';
    UPDATE magento_outbox SET next_try = NULL WHERE backend_id = %(backend)s
"""
PROCESS_AGAIN = """
    UPDATE magento_record SET state = 'staged' WHERE backend_id = %(backend)s AND state IN ('done', 'set_aside')
"""
PUT_AWAY = """
    UPDATE magento_backend SET active = false WHERE id = %(backend)s;
    UPDATE sale_order SET b2b_billing_open = false WHERE magento_backend_id = %(backend)s;
    UPDATE res_partner SET active = false WHERE id > %(partner)s;
    UPDATE product_product SET active = false WHERE id > %(product)s;
    UPDATE product_template SET active = false WHERE id > %(template)s
"""
SETTLED = """
    SELECT (SELECT count(*) FROM magento_record WHERE backend_id = %(backend)s AND state = 'staged'
               AND (cause IS DISTINCT FROM 'waiting' OR next_retry IS NULL)),
           (SELECT count(*) FROM magento_stream WHERE backend_id = %(backend)s
               AND (last_success IS NULL OR state <> 'running' OR error IS NOT NULL)),
           (SELECT count(*) FROM magento_outbox message WHERE backend_id = %(backend)s AND state <> 'sent'
               AND NOT (REFUSED)),
           (SELECT count(*) FROM b2b_billing_run WHERE state = 'running')
""".replace("REFUSED", REFUSED_BY_THE_SHOP)
"""How much still waits; what waits for something that may never happen, and says so, is none of it."""
FAILED = """
    SELECT id FROM magento_outbox message WHERE backend_id = %(backend)s AND state = 'failed' AND NOT (REFUSED)
""".replace("REFUSED", REFUSED_BY_THE_SHOP)


class Plans:
    """Runs plans against one database, which is made anew.

    :param str database: its name
    """

    def __init__(self, database):
        self.database = database

    def __enter__(self):
        self._connection = postgres.ensure()
        databases.ensure_test(self._connection)
        databases.copy(self._connection, databases.TEST, self.database)
        import odoo
        from odoo.modules.registry import Registry

        odoo.tools.config.parse_config(["--log-level=critical"])
        registry = Registry(self.database)
        with registry.cursor() as cursor:
            env = odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})
            company = open_books(env, date.fromisoformat(TODAY))
            self.policies = {
                trigger: env["b2b.billing.policy"]
                .create({"name": f"Plan {trigger}", "company_id": company.id, "trigger": trigger})
                .id
                for trigger in TRIGGERS
            }
            env["magento.backend"].search([]).active = False
            cursor.commit()
        self._warm_up(registry)
        from plan_workers import Workers

        self.workers = Workers(registry)
        return self

    def _warm_up(self, registry):
        """Go through all stages once in this process: what Odoo works out once need not be worked out by each fork.

        What it did is undone by the plans' own way of putting things away.
        """
        from plan_shop import PlanShop
        from plan_workers import go_through

        import odoo

        with PlanShop(0) as shop, registry.cursor() as cursor:
            env = odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})
            former = {
                name: max(env[model].with_context(active_test=False).search([]).ids, default=0)
                for name, model in (
                    ("partner", "res.partner"),
                    ("product", "product.product"),
                    ("template", "product.template"),
                )
            }
            backend = connect(env, shop.told, tell_invoices=True)
            go_through(env, lambda _env: None)
            names = {"backend": backend.id, **former}
            cursor.commit()
        self.sql(PUT_AWAY, names)

    def __exit__(self, *_error):
        databases.remove(self._connection, self.database)

    def sql(self, query, values=None):
        """Run statements over a connection of its own, so that no fork inherits one; returns the rows."""
        connection = psycopg2.connect(
            dbname=self.database, **{name: self._connection[name] for name in ("host", "port", "user", "password")}
        )
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def run(self, seed):
        """One plan.

        :returns: `Plan`, with what is wrong in ``problems``
        """
        from plan_shop import PlanShop

        with PlanShop(seed) as shop:
            plan = Plan(self, shop, seed)
            try:
                plan.run()
            except Exception as error:
                plan.problems.append(f"{type(error).__name__}: {error}")
            self.sql(PUT_AWAY, plan.names)
            return plan


class Plan:
    """One shop's life with kills and faults.

    :ivar problems: what is wrong, in words
    :ivar story: what was done, a line each
    :ivar kills: Counter of (stage, where)
    """

    def __init__(self, plans, shop, seed):
        self.plans, self.shop, self.workers, self.sql = plans, shop, plans.workers, plans.sql
        self.chance = random.Random(f"plan:{seed}")
        self.problems, self.story, self.kills = [], [], Counter()
        self.struck = []
        self.names = self._connect()

    def _connect(self):
        policy = self.plans.policies[self.chance.choice(TRIGGERS)]
        self.sql("UPDATE res_company SET b2b_billing_policy_id = %s WHERE id = 1", [policy])
        bases = {table: self.sql(f"SELECT coalesce(max(id), 0) FROM {table}")[0][0] for table in TABLES}
        setting = plan_setting.choose(self.chance)
        self.story.append(f"setting: {setting}")
        backend = self.workers.ask(plan_setting.making(self.shop.told, setting))
        return {
            "backend": backend,
            "bases": bases,
            "partner": bases["res_partner"],
            "product": bases["product_product"],
            "template": bases["product_template"],
        }

    def run(self):
        self.shop.strike()
        for stage in self._stages():
            self._round(stage)
            self._check_watermark()
        self._settle()
        self._check_everything()
        self._run_again()

    # -- one round -----------------------------------------------------------------------------------------------------

    def _stages(self):
        """Each stage at least once and in its order at first, then in any."""
        chance = self.chance
        first = ["fetch", *(["fetch"] * chance.randint(0, 2)), "process", "process", "bill", "push", "compare"]
        return first + [chance.choice([*LONGEST, "deliver"]) for _more in range(chance.randint(1, 5))]

    def _round(self, stage):
        chance = self.chance
        if chance.random() < 0.4:
            self.shop.live_on()
        self.sql(DUE_AGAIN, self.names)
        workers = [self._start(stage)]
        if chance.random() < 0.35:
            workers.append(self._start(chance.choice((stage, stage, "process", "bill"))))
        for worker in workers:
            self._finish(*worker)
        if chance.random() < 0.3:
            self._look_after()

    def _start(self, stage):
        from plan_workers import BOUNDARIES, EVERYWHERE

        chance = self.chance
        limit, nth, where, seconds = chance.choice([2, 3, 50]), 1, None, None
        luck = chance.random()
        if luck < 0.5:
            where = chance.choice([*BOUNDARIES[stage], *EVERYWHERE])
            nth = chance.choice([1, 1, 1, 2, 3, 6])
        elif luck < 0.85:
            seconds = chance.uniform(0.02, LONGEST[stage])
        return self.workers.start(stage, limit, where, nth), stage, where, nth, seconds

    def _finish(self, worker, stage, where, nth, seconds):
        killed = self.workers.finish(worker, seconds)
        at = f"{where} ({nth})" if where else f"after {seconds:.2f} s" if seconds else "not at all"
        self.story.append(f"{stage}, to be killed {at}{': killed' if killed else ''}")
        if killed:
            self.kills[stage, where or "at random"] += 1

    def _look_after(self):
        """What a person does: choose a tax where none fits, send again what failed, count new products.

        What the shop refuses because it stopped or ended the order is not sent again and again.
        """
        backend = self.names["backend"]
        failed = [number for (number,) in self.sql(FAILED, self.names)]

        from plan_workers import count_stock

        def look_after(env):
            env["magento.outbox"].browse(failed).action_retry()
            for line in env["magento.tax"].search([("backend_id", "=", backend), ("tax_id", "=", False)]):
                line.tax_id = env["account.tax"].search(
                    [("type_tax_use", "=", "sale"), ("amount", "=", line.percent), ("company_id", "=", 1)], limit=1
                )
            count_stock(env, env["magento.backend"].browse(backend), IN_STOCK)
            env.cr.commit()

        self.workers.ask(look_after)

    # -- to the end ----------------------------------------------------------------------------------------------------

    def _all_stages(self):
        self.workers.finish(self.workers.start_all(lambda env: env.cr.execute(DUE_AGAIN, self.names)))

    def _settle(self):
        """Run all stages until nothing waits any more; the faults that are left strike meanwhile.

        In the end everything is read once more from the beginning: what a fault spoiled is then as the shop has it.
        """
        self._work_off()
        self.struck += self.shop.struck()
        self.shop.heal()
        self.sql("UPDATE magento_stream SET cursor = NULL WHERE backend_id = %(backend)s", self.names)
        self._work_off()

    def _work_off(self):
        for attempt in range(PATIENCE):
            if attempt == HEALED_AFTER:
                self.struck = self.shop.struck()
                self.shop.heal()
            self.shop.pass_time(400)
            self._all_stages()
            self._look_after()
            waiting = self.sql(SETTLED, self.names)[0]
            if not any(waiting) and not list(self._missing()):
                self.story.append(f"settled after {attempt + 1} times all stages")
                return
        rows = self.sql(
            "SELECT entity, state, error FROM magento_stream WHERE backend_id = %(backend)s AND error IS NOT NULL",
            self.names,
        )
        staged = self.sql(
            "SELECT entity, external_id, reason FROM magento_record WHERE backend_id = %(backend)s "
            "AND state = 'staged'",
            self.names,
        )
        raise RuntimeError(
            f"still waiting (staged, streams, messages, runs): {waiting} {staged} {rows}, {list(self._missing())}"
        )

    def _missing(self):
        """Orders of the shop that are not staged as they are."""
        staged = dict(
            self.sql(
                "SELECT external_id, payload::json->>'updated_at' FROM magento_record WHERE backend_id = %(backend)s "
                "AND entity = 'orders'",
                self.names,
            )
        )
        return (one for one in self.shop.orders() if staged.get(str(one["entity_id"])) != one["updated_at"])

    # -- checks --------------------------------------------------------------------------------------------------------

    def _check_watermark(self):
        from plan_checks import watermark

        self.problems += watermark(self.sql, self.names["backend"], self.shop.orders())

    def _check_everything(self):
        import plan_checks
        import plan_documents

        shop_orders, backend = self.shop.orders(), self.names["backend"]
        report = self.workers.ask(plan_checks.report_of(backend))
        documents = self.workers.ask(plan_documents.report_of(backend))
        self.problems += plan_checks.watermark(self.sql, backend, shop_orders)
        self.problems += plan_checks.state_of_books(self.sql, self.names)
        self.problems += plan_checks.amounts(shop_orders, report, plan_documents.lowered(documents))
        self.problems += plan_checks.comments(report)
        self.problems += plan_documents.problems(documents)
        self.orders, self.refused = len(report["orders"]), len(report["refused"])
        self.invoices = sum(len(order["invoices"]) for order in report["orders"].values())
        self.documents = len(documents["documents"])
        self.told = sum(bool(reference) for _key, _effect, _state, reference, _order in documents["messages"])

    def _run_again(self):
        """10: each stage once more, and everything read and processed from the beginning, changes nothing."""
        from plan_checks import changes, contents, outcomes

        before, became = contents(self.sql, self.names), outcomes(self.sql, self.names)
        self.sql("UPDATE magento_stream SET cursor = NULL WHERE backend_id = %(backend)s", self.names)
        self._all_stages()
        after = contents(self.sql, self.names)
        self.problems += [f"10: running again changed {change}" for change in changes(before, after)]
        self.sql(PROCESS_AGAIN, self.names)
        self._all_stages()
        after = contents(self.sql, self.names)
        self.problems += [
            f"10: processing again changed {change}" for change in changes(before, after, ignored=("magento_record",))
        ]
        self.problems += [
            f"10: processing again made of {record} {outcome}, before {became.get(record)}"
            for record, outcome in outcomes(self.sql, self.names).items()
            if outcome != became.get(record)
        ]


def main(words=None):
    """Run plans; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1, help="first seed")
    parser.add_argument("--count", type=int, default=200, help="how many plans")
    parser.add_argument("--database", default="otc_plans", help="made anew, and dropped at the end")
    parser.add_argument("--verbose", action="store_true", help="tell what each plan did")
    options = parser.parse_args(words)
    failed, kills, struck, started = [], Counter(), Counter(), time.monotonic()
    with Plans(options.database) as plans:
        for seed in range(options.first, options.first + options.count):
            begun = time.monotonic()
            plan = plans.run(seed)
            kills += plan.kills
            struck.update(plan.struck)
            _tell(seed, plan, time.monotonic() - begun, options.verbose)
            if plan.problems:
                failed.append(seed)
    seconds = time.monotonic() - started
    print(
        f"{options.count} plans in {seconds:.0f} s, {sum(kills.values())} kills, {sum(struck.values())} faults struck"
    )
    for (stage, where), count in sorted(kills.items()):
        print(f"  killed {count:>3} × {stage:8} {where}")
    print("  faults: " + ", ".join(f"{kind} {count}" for kind, count in sorted(struck.items())))
    for seed in failed:
        print(
            f"failed: seed {seed}; again: "
            f"SEEDED_FIRST={seed} SEEDED_PLANS=1 scripts/test tests/crash/test_seeded_plans.py"
        )
    return 1 if failed else 0


def _tell(seed, plan, seconds, verbose):
    outcome = "WRONG" if plan.problems else "good"
    print(
        f"seed {seed:>4} {outcome:5} {seconds:5.1f} s, {sum(plan.kills.values())} kills, {len(plan.struck)} faults, "
        f"{getattr(plan, 'orders', 0)} orders, {getattr(plan, 'refused', 0)} refused, "
        f"{getattr(plan, 'invoices', 0)} invoices, {getattr(plan, 'documents', 0)} shop documents, "
        f"{getattr(plan, 'told', 0)} told",
        flush=True,
    )
    for line in [*(plan.story if verbose or plan.problems else ()), *plan.problems]:
        print(f"       {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
