"""What a billing batch asks of the database does not grow with its orders: verdicts, drafts, the whole run."""

from odoo import fields

from .billing_common import BillingCommon

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
