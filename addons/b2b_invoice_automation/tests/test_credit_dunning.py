"""Credit holds by dunning level: from the level on that the company chose, until what it names is paid."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from . import builders
from .credit_common import CreditCommon


@tagged("post_install", "-at_install")
class TestCreditDunning(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.levels = cls.env["b2b.dunning.level"].sudo().search([("company_id", "=", cls.company.id)])
        cls.customer.write({"credit_limit": 0.0, "email": "office@quark.example"})
        cls.company.b2b_credit_dunning_level_id = cls.levels[0]

    def dun(self):
        letter = self.env["b2b.dunning.letter"].sudo()._prepare(self.customer, self.company)
        letter._issue()
        return letter

    def test_orders_wait_from_the_level_on_until_it_is_paid(self):
        late = self.invoice(300.0, days_overdue=10)
        self.assertFalse(self.hold(self.plain(50.0)), "no letter was sent yet")
        self.dun()
        order = self.plain(50.0)
        hold = self.hold(order)
        self.assertIn("dunned with “Payment reminder”", hold.name)
        self.assertIn("“Payment reminder” was sent", hold.reason)
        self.assertIn("300.00 is overdue; orders wait from “Payment reminder” on.", hold.reason.replace("\xa0", ""))
        self.assertNotIn("days overdue", hold.name)
        self.pay(late)
        self.review()
        self.assertFalse(order.b2b_credit_hold)
        self.assertIn("the overdue invoices are paid", hold.outcome)

    def test_a_lower_level_holds_nothing(self):
        self.company.b2b_credit_dunning_level_id = self.levels[1]
        self.invoice(300.0, days_overdue=10)
        self.dun()
        self.assertFalse(self.hold(self.plain(50.0)))

    def test_a_higher_level_holds_too_and_prepared_letters_do_not(self):
        self.invoice(300.0, days_overdue=60)
        letter = self.env["b2b.dunning.letter"].sudo()._prepare(self.customer, self.company)
        self.assertFalse(self.hold(self.plain(50.0)))
        letter._issue()
        letter.line_ids.sudo()._write({"level_id": self.levels[2].id})
        self.assertIn("Final notice", self.hold(self.plain(50.0)).name)

    def test_a_release_covers_it_and_a_contract_may_say_never(self):
        self.invoice(300.0, days_overdue=10)
        self.dun()
        order = self.plain(50.0)
        self.release(self.hold(order))
        order._b2b_check_credit()
        self.assertFalse(order.b2b_credit_hold)
        builders.contract(
            self.env, self.customer, [builders.price_rule(self.goods, {1: 8})], credit_overdue="never", date_end=False
        )
        self.assertFalse(self.hold(self.plain(50.0)))

    def test_little_overdue_is_overlooked(self):
        self.company.b2b_credit_overdue_minimum = 300.01
        self.invoice(300.0, days_overdue=10)
        self.dun()
        self.assertFalse(self.hold(self.plain(50.0)))

    def test_a_level_of_another_company_cannot_be_chosen(self):
        other = self.env["res.company"].create({"name": "Second house"})
        theirs = self.env["b2b.dunning.level"].sudo().search([("company_id", "=", other.id)], limit=1)
        with self.assertRaises(UserError):
            self.company.b2b_credit_dunning_level_id = theirs
