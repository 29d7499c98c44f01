"""Customers that are merged: the merge goes through, and limits, contracts, figures and histories are of both."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from . import builders
from .credit_common import CreditCommon


@tagged("post_install", "-at_install")
class TestPartnerMerge(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.twin = cls.env["res.partner"].create(
            {"name": "Quark Trade", "is_company": True, "email": "twin@quark.example", "credit_limit": 500.0}
        )

    def merge(self, into, other):
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((into | other).ids, into, extra_checks=False)
        self.env.invalidate_all()

    def test_credit_is_counted_together_against_the_limit_of_the_one_that_stays(self):
        self.invoice(600.0)
        self.invoice(250.0, partner=self.twin)
        order = self.plain(200.0, partner=self.twin)
        self.assertFalse(self.hold(order))
        accounts = self.env["b2b.credit.account"].sudo()
        accounts._of(self.company, self.customer + self.twin)
        self.merge(self.customer, self.twin)
        account = accounts.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((len(account), account.limit, account.exposure), (1, 1000.0, 1050.0))
        self.assertEqual(account.level, "over")
        self.assertTrue(self.hold(self.plain(10.0)))

    def test_a_customer_without_an_account_gets_that_of_the_other(self):
        self.env["b2b.credit.account"].sudo()._of(self.company, self.twin)
        self.invoice(250.0, partner=self.twin)
        self.merge(self.customer, self.twin)
        account = self.env["b2b.credit.account"].sudo().search([("partner_id", "=", self.customer.id)])
        self.assertEqual((account.exposure, account.level), (250.0, "ok"))

    def test_contracts_aliases_meters_and_recipients_come_together(self):
        contract = builders.contract(self.env, self.twin, [builders.price_rule(self.goods, {1: 8})])
        lines = [{"document": "invoice", "role": "invoice"}, {"document": "contract", "role": "buyer"}]
        self.customer.b2b_delivery_recipient_ids = [Command.create(lines[0])]
        self.twin.b2b_delivery_recipient_ids = [Command.create(line) for line in lines]
        unit = self.env.ref("uom.product_uom_unit")
        for partner in self.customer + self.twin:
            alias = {"partner_id": partner.id, "company_id": self.company.id, "name": "QUARK HOLDING"}
            self.env["b2b.payer.alias"].create(alias)
            self.env["b2b.meter"].create({"name": "Hall 1", "partner_id": partner.id, "uom_id": unit.id})
        self.merge(self.customer, self.twin)
        self.assertEqual(contract.partner_id, self.customer)
        self.assertEqual(self.customer.b2b_delivery_recipient_ids.mapped("document"), ["contract", "invoice"])
        self.assertEqual(self.env["b2b.payer.alias"].search_count([("partner_id", "=", self.customer.id)]), 1)
        meters = self.env["b2b.meter"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(sorted(meters.mapped("name")), ["Hall 1", "Hall 1 (Quark Trade)"])
        order = self.order(confirm=False)
        self.assertEqual((order.b2b_contract_id, order.order_line.price_unit), (contract, 10.0))

    def test_statements_sent_before_stay_in_the_history(self):
        self.customer.email = "office@quark.example"
        for partner in self.customer + self.twin + self.twin:
            partner.action_b2b_send_statement()
        self.merge(self.customer, self.twin)
        rows = self.env["b2b.delivery"].search([("res_model", "=", "res.partner"), ("res_id", "=", self.customer.id)])
        self.assertEqual(sorted(rows.mapped("turn")), [1, 2, 3])
        self.assertEqual(set(rows.mapped("address")), {"office@quark.example", "twin@quark.example"})

    def test_a_contract_does_not_come_to_a_contact(self):
        self.twin.is_company = False
        builders.contract(self.env, self.twin, [builders.price_rule(self.goods, {1: 8})])
        buyer = builders.buyer(self.env, self.customer)
        with self.assertRaisesRegex(UserError, "Merge into the company instead"):
            self.merge(buyer, self.twin)
