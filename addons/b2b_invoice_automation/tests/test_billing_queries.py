"""What a billing batch asks of the database does not grow with its orders: verdicts, drafts, the whole run."""

import re
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

from .billing_common import BillingCommon

TABLE = re.compile(r'(?:INSERT INTO|UPDATE) "?(\w+)')
FEW, MANY = 5, 40
SLACK = 6
"""Statements that one batch may need more than the other: large updates and prefetches come in portions."""


class TestBillingQueries(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counted(lambda orders: cls.bill(orders), 2)

    def test_verdicts(self):
        self.assertFlat(lambda orders: orders._b2b_billing_verdicts(fields.Date.today()))

    def test_drafts(self):
        self.policy.auto_post = False
        self.assertFlat(lambda orders: self.invoices(orders))

    def test_whole_run(self):
        self.assertFlat(lambda orders: self.bill(orders))

    def test_numbers_are_taken_when_all_that_needs_none_is_written(self):
        """Another lane waits for the number from its statement to the commit; so little may follow it."""
        orders = self.order(po="PO-1") + self.order([(1, 3.0)], po="PO-2")
        run = self.env["b2b.billing.run"].sudo().create({"order_ids": [Command.set(orders.ids)]})
        run._plan()
        run._start()
        statements = self.statements(lambda: self.env["b2b.billing.run"]._process(2))
        number = next(
            at for at, text in enumerate(statements) if text.startswith('UPDATE "account_move" SET "name" = ')
        )
        after = {TABLE.match(text)[1] for text in statements[number + 1 :] if TABLE.match(text)}
        before = {TABLE.match(text)[1] for text in statements[:number] if TABLE.match(text)}
        self.assertLessEqual(after, {"account_move", "account_move_line", "b2b_decision", "ir_cron_trigger"})
        self.assertLessEqual({"b2b_billing_run_line", "sale_order", "sale_order_line", "account_move_line"}, before)
        self.assertLessEqual(sum('UPDATE "account_move" SET' in text for text in statements[number + 1 :]), 1)
        self.assertEqual(set(orders.invoice_ids.mapped("state")), {"posted"})

    def statements(self, work):
        """What some work, and the commit after it, tells the database."""
        found = []
        execute = type(self.env.cr).execute

        def noted(cursor, query, params=None, log_exceptions=True):
            found.append(" ".join((query.code if isinstance(query, SQL) else str(query)).split()))
            return execute(cursor, query, params, log_exceptions)

        self.env.flush_all()
        with patch.object(type(self.env.cr), "execute", noted):
            work()
            self.env.flush_all()
        return found

    def invoices(self, orders):
        verdicts = orders._b2b_billing_verdicts(fields.Date.today())
        values = [order._b2b_invoice_values(verdicts[order]["quantities"], fields.Date.today()) for order in orders]
        moves = self.env["account.move"]._b2b_create_invoices(values, list(orders))
        self.assertEqual(len(moves), len(orders))

    @classmethod
    def bill(cls, orders):
        cls.env["b2b.billing.run"].sudo()._bill(orders)
        assert set(orders.invoice_ids.mapped("state")) == {"posted"}

    @classmethod
    def counted(cls, work, count):
        """How many statements some work takes on so many new orders of so many customers."""
        partners = cls.env["res.partner"].create(
            [{"name": f"Customer {number}", "is_company": True} for number in range(count)]
        )
        orders = cls.env["sale.order"].concat(
            *(cls.order([(1, 10.0 + number), (2, 3.0)], partner) for number, partner in enumerate(partners))
        )
        cls.env.flush_all()
        cls.env.invalidate_all()
        before = cls.env.cr.sql_log_count
        work(orders)
        cls.env.flush_all()
        return cls.env.cr.sql_log_count - before

    def assertFlat(self, work):
        few, many = self.counted(work, FEW), self.counted(work, MANY)
        self.assertGreater(few, 0)
        self.assertLessEqual(many, few + SLACK, f"{FEW} orders: {few} statements, {MANY} orders: {many}")
