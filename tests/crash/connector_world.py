"""A database of its own, a sandbox shop of its own, and Odoo workers that may be killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

from odoo_world import OdooWorld

from setup import odoo_config, postgres
from setup.paths import SCRIPTS

REPOSITORY = Path(__file__).resolve().parents[2]

SET_UP = """
germany, euro = env.ref("base.de"), env.ref("base.EUR")
euro.active = True
company = env.company
company.write({"country_id": germany.id, "currency_id": euro.id})
company.account_fiscal_country_id = germany
env["res.currency.rate"].create({
    "currency_id": env.ref("base.USD").id, "company_id": company.id, "name": "2020-01-01", "rate": 1.0837})
group = env["account.tax.group"].create({"name": "VAT", "company_id": company.id, "country_id": germany.id})
for rate in (19, 7, 5, 9.975):
    env["account.tax"].create({
        "name": f"{rate} % test", "amount": rate, "type_tax_use": "sale", "company_id": company.id,
        "country_id": germany.id, "tax_group_id": group.id, "price_include_override": "tax_excluded"})
backend = env["magento.backend"].create({"name": "Sandbox", "allowed_host": "127.0.0.1", "page_size": 7,
    "started_at": "2020-01-01", **SHOP})
env["ir.cron"].search([]).active = False
env.cr.commit()
"""
DUE_AGAIN = """
env["magento.stream"].search([]).write({"next_fetch": False, "state": "running", "failures": 0})
env["magento.backend"].search([]).breaker = False
env.cr.commit()
"""
FETCH = 'env["magento.stream"]._cron_fetch()\n'
PROCESS = 'env["magento.record"]._cron_process(limit=5)\n'
COUNT = """
import json
def rows(query):
    env.cr.execute(query)
    return env.cr.fetchall()
print("RESULT " + json.dumps({
    "staged": rows("SELECT external_id, state FROM magento_record WHERE entity = 'orders' ORDER BY external_id"),
    "bound": rows("SELECT external_id FROM magento_binding WHERE entity = 'orders' ORDER BY external_id"),
    "orders": rows("SELECT origin, amount_total::float FROM sale_order WHERE magento_backend_id IS NOT NULL"),
    "companies": rows("SELECT count(*) FROM res_partner WHERE vat LIKE 'DE9%' AND parent_id IS NULL GROUP BY vat"),
    "addresses": rows('''
        SELECT count(*) FROM res_partner WHERE magento_address_key IS NOT NULL AND parent_id IS NOT NULL
         GROUP BY parent_id, magento_address_key'''),
    "products": rows("SELECT count(*) FROM product_product WHERE default_code IS NOT NULL GROUP BY default_code"),
    "moves": rows('''
        SELECT count(*) FROM stock_move m JOIN sale_order_line l ON l.id = m.sale_line_id
         WHERE m.state <> 'cancel' AND l.state <> 'cancel'
         GROUP BY l.id HAVING sum(m.product_uom_qty) <> min(l.product_uom_qty)'''),
}))
"""


class ConnectorWorld(OdooWorld):
    """Made in a `with` block; everything is gone afterwards.

    :param str name: of the database
    :param int orders: how many the shop has
    :param int seed: of the shop's world
    """

    def __init__(self, name, orders=40, seed=1):
        super().__init__(name)
        self.orders, self.seed = orders, seed

    def __enter__(self):
        super().__enter__()
        self._shop, told = start_sandbox(self.orders, self.seed)
        keys = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        shop = {"url": told["address"], **{key: told[key] for key in keys}}
        self.run(SET_UP.replace("**SHOP", f"**{shop!r}"))
        return self

    def __exit__(self, *_error):
        self._shop.terminate()
        self._shop.wait(10)
        super().__exit__(*_error)

    def orders_done(self):
        """How many orders were processed so far."""
        done = "SELECT count(*) FROM magento_record WHERE entity = 'orders' AND state = 'done'"
        return int(postgres.query(self._connection, done, self.database))

    def restart_postgres(self):
        """Restart the database server, as an administrator does, with all connections cut."""
        self._forks.stop()  # it knows the port from before
        postgres.stop()
        self._connection = postgres.ensure()
        odoo_config.ensure(self._connection)

    def counted(self):
        """What the database holds."""
        line = next(line for line in self.run(COUNT).splitlines() if line.startswith("RESULT "))
        return json.loads(line.removeprefix("RESULT "))


def assert_exactly_once(found, orders):
    staged = dict(found["staged"])
    assert len(staged) == orders
    assert "staged" not in staged.values(), "nothing waits any more"
    done = sorted(number for number, state in staged.items() if state == "done")
    assert sorted(number for (number,) in found["bound"]) == done
    assert len(found["orders"]) == len(done)
    assert len({origin for origin, _total in found["orders"]}) == len(done), "no order twice"
    for what in ("companies", "addresses", "products"):
        assert {count for (count,) in found[what]} <= {1}, f"{what} multiplied"
    assert not found["moves"], "goods are shipped once"


def start_sandbox(orders, seed):
    """Start a sandbox shop as a process; returns it and what it told."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "magento_sandbox",
            "--orders",
            str(orders),
            "--seed",
            str(seed),
            "--today",
            "2026-11-23",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    )
    return process, json.loads(process.stdout.readline())
