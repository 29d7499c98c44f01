"""The main job on the demo company: connect, sync, price, bill, print, bank, match, and the checks on all of it.

Run by `scripts/demo` inside the project's Python: `python -m demo_world.job DATABASE SANDBOX.json TODAY`. Every step
looks at what is there first, so a second run finds nothing to do and says so.
"""

import json
import logging
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from setup.paths import ADDONS
from setup.progress import say, step

sys.path.insert(0, str(ADDONS / "b2b_invoice_automation"))

import odoo.tools
from odoo.api import Environment
from odoo.modules.registry import Registry

from . import (
    bank,
    bank_files,
    billing,
    charges,
    company,
    contracts,
    credit,
    delivery,
    dunning,
    outcome,
    rebates,
    rules,
    yearly_tiers,
)

BACKEND = "Nordwind shop (sandbox)"
DOCUMENTS = ("orders", "shipments", "invoices", "credit_memos")
TOLD = ("tell_invoices", "push_order_numbers", "push_contract_prices")
PORTAL_COMPANY = "Hansen Anlagenbau GmbH"
CLOSING_WEEKDAY = 4  # Thursday, as the weekly policy has it


class Job:
    """The demo's database and date, and one transaction a step.

    :param database: name of the database
    :param sandbox: what the sandbox shop printed when it started
    :param today: the demo's date
    """

    def __init__(self, database, sandbox, today):
        self.registry = Registry(database)
        self.sandbox = sandbox
        self.today = today

    @contextmanager
    def env(self):
        """An environment of the administrator in the demo company; committed at the end."""
        with self.registry.cursor() as cr:
            env = Environment(cr, odoo.api.SUPERUSER_ID, {"lang": "en_US", "tz": "UTC"})
            admin = env.ref("base.user_admin")
            yield Environment(cr, admin.id, {"lang": "en_US", "tz": "UTC", "tracking_disable": True})
            cr.commit()

    def run(self):
        """All steps.

        :returns: whether every check holds
        """
        self.sell()
        self.invoice()
        self.collect()
        self.look_after()
        with step("Sealing the decision log"), self.env() as env:
            env["b2b.decision"].sudo()._seal()
        with self.env() as env:
            return outcome.report(env, env.company, self.today)

    def sell(self):
        """The company, its shop and contracts, and the orders."""
        with step("Company, chart of accounts, bank accounts, users"), self.env() as env:
            company.ensure(env, self.today)
        with step("Connecting the shop and reading its structure"):
            self.connect()
        with step("Customers and products"):
            self.sync(lambda stream: stream.entity not in DOCUMENTS)
        with step("Contracts"), self.env() as env:
            made = contracts.ensure(env, env.company, self.today)
            contracts.ensure_payment_terms(env)
            self.invite(env)
            say(f"  {len(made)} new, {env['b2b.contract'].search_count([('state', '=', 'active')])} active")
        with step("Orders and the shop's documents: fetch, stage, map, upsert, compare with the contracts"):
            self.sync(lambda stream: stream.entity in DOCUMENTS)

    def invoice(self):
        """What is due is billed, told, printed and delivered."""
        with step("Billing by each contract's policy"):
            self.bill()
            self.process()
        with step("Recurring charges"), self.env() as env:
            made = charges.ensure(env, env.company, self.today)
            say(f"  {len(made)} new invoices")
        with step("Rebates: accrue what was invoiced, settle a month that is over"), self.env() as env:
            rebates.run(env, env.company)
        with step("Tiers that count a year, and a quotation"), self.env() as env:
            quotation = yearly_tiers.ensure(env, env.company, self.today)
            slices = " + ".join(f"{line.product_uom_qty:g} × {line.price_unit:.2f}" for line in quotation.order_line)
            say(f"  {quotation.name}: {slices}" if quotation else "  nothing new")
        with step("Billing: holidays, a down payment, a preview of what is left"), self.env() as env:
            run = billing.ensure(env, env.company, self.today)
            say(f"  {run.name}: {run.planned_count} to bill, {run.waiting_count} wait")
        with step("Telling the shop: invoices and contract prices"):
            self.tell()
        with step("Invoices as PDF"):
            self.print_invoices()
        with step("Delivery: by email, portal and post, to a mail server of this machine"):
            say(f"  {delivery.run(self.env) or 'nothing new'}")

    def collect(self):
        """Bank files and advices come in, and are applied."""
        with step("Bank file: import and match"):
            self.match()
        with step("Other bank files and remittance advices"):
            with self.env() as env:
                say(f"  {bank_files.ensure(env, env.company, self.today) or 'nothing new'}")
            self.apply()

    def look_after(self):
        """What people see to: credit, dunning, what waits, contracts."""
        with step("Credit limits: one order waits, one customer is warned about"), self.env() as env:
            if found := credit.ensure(env, env.company, self.today):
                held, near = found
                say(f"  {held.name} waits, {near.name} has used {near.b2b_credit_percent:.0f} % of its limit")
            else:
                say("  nothing new")
        with step("Dunning: one letter issued, others prepared"), self.env() as env:
            if found := dunning.ensure(env, env.company, self.today):
                say(f"  {len(found[0])} issued, {len(found[1])} prepared")
            else:
                say("  nothing new")
        with step("Contracts: a template, new versions, a reminder of notice"), self.env() as env:
            say(f"  {contracts.ensure_life(env, self.today) or 'nothing'} new")

    # -- shop ----------------------------------------------------------------------------------------------------------

    def connect(self):
        with self.env() as env:
            backend = self.backend(env)
            keys = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
            values = {"url": self.sandbox["address"], **{key: self.sandbox[key] for key in keys}}
            if not backend:
                backend = env["magento.backend"].create({"name": BACKEND, "allowed_host": "127.0.0.1", **values})
            elif backend.url != values["url"]:
                backend.write(values)
            backend.action_check()
            errors = [finding for finding in backend.check_findings if finding["level"] == "error"]
            problems = [f"{finding['title']} {finding['text']}" for finding in errors]
            if problems:
                raise SystemExit("The connection check failed: " + " ".join(problems))
            self.map_taxes(env, backend)
            if not backend.started_at:
                backend.write(dict.fromkeys(TOLD, True))
                backend.action_start()

    def backend(self, env):
        return env["magento.backend"].search([("name", "=", BACKEND)], limit=1)

    def map_taxes(self, env, backend):
        """Make the taxes that the chart of accounts does not have (the shop sells to Canada as well)."""
        for line in backend.tax_ids.filtered(lambda line: not line.tax_id):
            name = line.code or "No tax"
            line.tax_id = env["account.tax"].create(
                {"name": name, "amount": line.percent, "type_tax_use": "sale", "invoice_label": name}
            )
            say(f"  made the tax {name}")

    def sync(self, wanted):
        """Fetch some streams and process everything that is staged, as the scheduler's lanes do.

        :param wanted: tells of a stream whether it is fetched
        """
        with self.env() as env:
            streams = self.backend(env).stream_ids.filtered(wanted)
            before = {stream.entity: stream.done_count for stream in streams}
            for stream in streams:
                stream._fetch_in_lane()
                if stream.error:
                    raise SystemExit(f"{stream.entity}: {stream.error}")
            env["magento.record"].sudo()._cron_process()
            env.invalidate_all()
            for stream in streams:
                new = stream.done_count - before[stream.entity]
                aside = f", {stream.set_aside_count} set aside" if stream.set_aside_count else ""
                waiting = f", {stream.waiting_count} wait for others" if stream.waiting_count else ""
                if new or aside or waiting:
                    say(f"  {stream.display_name}: {new} new, {stream.done_count} in all{aside}{waiting}")

    def process(self):
        """What waited for an invoice (credit memos do) goes on."""
        with self.env() as env:
            records = env["magento.record"].sudo()
            before = records.search_count([("state", "=", "done")])
            records._cron_process()
            env.invalidate_all()
            after = records.search_count([("state", "=", "done")])
            if after > before:
                say(f"  {after - before} shop documents that waited for an invoice")

    def invite(self, env):
        """A portal login for a buyer of one company."""
        entity = env["res.partner"].search([("name", "=", PORTAL_COMPANY), ("parent_id", "=", False)], limit=1)
        buyer = entity.child_ids.filtered(lambda contact: contact.type == "contact" and contact.email)[:1]
        company.ensure_portal_user(env, buyer, "buyer")

    # -- billing -------------------------------------------------------------------------------------------------------

    def bill(self):
        """Bill week by week, as the scheduler would have done, so that the invoices bear the dates they would have."""
        posted = [("move_type", "=", "out_invoice"), ("state", "=", "posted")]
        waiting = [("b2b_billing_open", "=", True), ("state", "=", "sale")]
        with self.env() as env:
            before = env["account.move"].search_count(posted)
            first = env["sale.order"].search(waiting, order="date_order", limit=1).date_order
            begun = bool(env["b2b.billing.run"].search_count([]))
        for day in [self.today] if begun or not first else self.closing_days(first.date()):
            with self.env() as env:
                orders = env["sale.order"].search([*waiting, ("date_order", "<=", f"{day} 23:59:59")])
                if any(verdict["group"] for verdict in orders._b2b_billing_verdicts(day).values()):
                    env["b2b.billing.run"]._bill(orders, date=day)
        with self.env() as env:
            after = env["account.move"].search_count(posted)
            say(f"  {after - before} new invoices, {after} in all")

    def closing_days(self, first):
        """The closing weekdays from a date on, and today."""
        day = first + timedelta(days=(CLOSING_WEEKDAY - first.isoweekday()) % 7)
        while day < self.today:
            yield day
            day += timedelta(days=7)
        yield self.today

    def print_invoices(self):
        with self.env() as env:
            posted = [("move_type", "in", ("out_invoice", "out_refund")), ("state", "=", "posted")]
            moves = env["account.move"].search(posted).filtered(lambda move: not move.invoice_pdf_report_id)
            ids = moves.ids
        started = time.monotonic()
        for start in range(0, len(ids), 20):
            with self.env() as env:
                batch = env["account.move"].browse(ids[start : start + 20])
                env["account.move.send"]._generate_and_send_invoices(batch, sending_methods=[])
            if len(ids) > 20:
                say(f"  {min(start + 20, len(ids))} of {len(ids)}")
        if ids:
            say(f"  {len(ids)} PDFs, {(time.monotonic() - started) / len(ids):.2f} s each, Factur-X inside")
        else:
            say("  nothing new")

    # -- messages to the shop ------------------------------------------------------------------------------------------

    def tell(self):
        """Send what waits for the shop as the scheduler does: order numbers, comments on invoices, contract prices."""
        with self.env() as env:
            messages = env["magento.outbox"].sudo()
            before = messages.search([("state", "=", "sent")])
            env["magento.price"].sudo()._cron_compare()
            messages._cron_push()
            env.invalidate_all()
            told = messages.search([("state", "=", "sent")]) - before
            kinds = dict(messages._fields["effect"]._description_selection(env))
            counts = Counter(kinds[message.effect] for message in told)
            say(f"  {', '.join(f'{count} × {kind}' for kind, count in counts.most_common()) or 'nothing new'}")
            refused = messages.search([("state", "=", "failed")], limit=1)
            if refused:
                raise SystemExit(f"The shop refused a message: {refused.reason}")

    # -- bank ----------------------------------------------------------------------------------------------------------

    def match(self):
        with self.env() as env:
            invoices = env["account.move"].search([("move_type", "=", "out_invoice"), ("state", "=", "posted")])
            name, content = bank.statement_file(invoices, self.today)
            if not env["b2b.statement.import"].search_count([("company_id", "=", env.company.id)]):
                found = env["b2b.statement.import"]._import_file(name, content)
                say(f"  {name}: {found.display_name}")
            else:
                say("  the file is there already")
            bank_files.ensure_advice(env, env.company)
            rules.ensure(env, env.company)
        self.apply()

    def apply(self):
        with self.env() as env:
            while True:
                done, remaining = env["account.bank.statement.line"]._b2b_process_batch(200)
                env.cr.commit()
                if not done or not remaining:
                    break


def main():
    """Read the arguments, run the job, end with 1 when a check fails."""
    database, sandbox_file, today = sys.argv[1:]
    odoo.tools.config.parse_config(["-d", database, "--log-level=warn", "--max-cron-threads=0"])
    logging.getLogger("odoo.addons.base.models.ir_attachment").setLevel(logging.ERROR)
    sandbox = json.loads(Path(sandbox_file).read_text())
    started = time.monotonic()
    passed = Job(database, sandbox, date.fromisoformat(today)).run()
    say(f"\nThe job took {time.monotonic() - started:.0f} s.")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
