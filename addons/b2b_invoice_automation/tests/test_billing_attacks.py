"""Billing and paper under hard use: odd texts, amounts of zero and below, no rate, lock dates, archived customers."""

import io
import re

from pypdf import PdfReader

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .delivery_common import DeliveryCommon

LONG = "4711-Ω💶-" * 37
CONTROL = "PO\x0b-\x1f7\ufffe"


@tagged("post_install", "-at_install")
class TestBillingAttacks(DeliveryCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        germany = cls.env.ref("base.de")
        address = {"street": "Kai 1", "zip": "28195", "city": "Bremen", "country_id": germany.id}
        cls.company.partner_id.write({**address, "vat": "DE123456788", "phone": "+49 421 1"})
        cls.env["res.partner.bank"].create(
            {"acc_number": "DE89370400440532013000", "partner_id": cls.company.partner_id.id}
        )
        cls.customer.write({**address, "ref": "K-1"})

    def send(self, invoice, form):
        self.customer.with_company(self.company).invoice_edi_format = form
        with self.mock_mail_gateway():
            self.env["account.move"].with_context(force_report_rendering=True)._b2b_deliver_batch()
        self.env["account.move"]._b2b_follow_deliveries()
        self.assertEqual(invoice.b2b_delivery_state, "delivered", invoice.b2b_delivery_error)
        return self.env["ir.attachment"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", invoice.id), ("name", "=like", "%.xml")]
        )

    def test_a_purchase_order_number_of_300_characters_is_on_paper_and_in_the_data(self):
        for form in ("ubl_bis3", "facturx"):
            with self.subTest(form):
                invoice = self.invoice(po=LONG[:300])
                xml = self.send(invoice, form)
                if form == "ubl_bis3":
                    self.assertIn(LONG[:300], xml.raw.decode())
                text = "".join(
                    page.extract_text() for page in PdfReader(io.BytesIO(invoice.invoice_pdf_report_id.raw)).pages
                )
                self.assertGreaterEqual(re.sub("[^0-9]", "", text).count("4711"), 37)

    def test_control_characters_of_a_purchase_order_number_stop_nothing(self):
        for form in ("ubl_bis3", "facturx"):
            with self.subTest(form):
                xml = self.send(self.invoice(po=CONTROL), form)
                if form == "ubl_bis3":
                    self.assertIn(">PO-7<", xml.raw.decode())

    def test_orders_of_zero_and_below_are_billed_once(self):
        zero, below = self.order(lines=((5, 0.0),)), self.order(lines=((-3, 10.0),))
        run = self.bill(zero + below)
        self.assertEqual(run.line_ids.mapped("state"), ["billed"] * 2)
        moves = zero.invoice_ids | below.invoice_ids
        self.assertEqual(sum(moves.mapped("amount_total_signed")), -35.7)
        self.assertFalse(self.bill(zero + below).line_ids.filtered("move_id"))

    def test_an_order_in_a_currency_without_a_rate_is_set_aside_until_there_is_one(self):
        currency = self.env["res.currency"].create({"name": "QQQ", "symbol": "Q", "rounding": 0.01})
        pricelist = self.env["product.pricelist"].create({"name": "Q", "currency_id": currency.id})
        self.policy.minimum_amount = 50.0
        order, good = self.order(pricelist_id=pricelist.id), self.order()
        for auto_post in (True, False):
            self.policy.auto_post = auto_post
            with self.subTest(auto_post=auto_post):
                order.b2b_discrepancy_ids.sudo().unlink()
                result = self.result(self.bill(order + good), order)
                self.assertEqual(result.state, "aside")
                self.assertIn("QQQ has no exchange rate for", result.reason)
                self.assertFalse(order.invoice_ids)
        self.assertBilled(good)
        self.policy.auto_post = True
        later = fields.Date.add(fields.Date.today(), days=1)
        self.env["res.currency.rate"].create({"currency_id": currency.id, "rate": 4.0, "name": later})
        order.b2b_discrepancy_ids.sudo().unlink()
        self.assertEqual(self.result(self.bill(order), order).state, "aside", "the rate is not that day's")
        order.b2b_discrepancy_ids.sudo().unlink()
        self.env["res.currency.rate"].create({"currency_id": currency.id, "rate": 2.0, "name": fields.Date.today()})
        self.bill(order)
        move = order.invoice_ids
        self.assertEqual((move.currency_id, move.amount_total, move.amount_total_signed), (currency, 119.0, 59.5))

    def test_a_locked_period_moves_the_invoice_or_sets_it_aside_but_never_bills_in_it(self):
        self.company.sudo().sale_lock_date = "2099-12-31"
        order = self.order()
        line = self.result(self.bill(order), order)
        for move in order.invoice_ids.filtered(lambda move: move.state == "posted"):
            self.assertGreater(str(move.date), "2099-12-31")
        if line.state != "billed":
            self.assertEqual(line.state, "aside")
            self.assertTrue(line.reason)

    def test_an_archived_customer_is_billed_and_a_person_told_that_nobody_was_written_to(self):
        order = self.order()
        self.customer.active = False
        self.bill(order)
        self.assertEqual(order.invoice_ids.state, "posted")
        self.deliver()
        self.assertFalse(self._mails)
        self.assertEqual(
            (order.invoice_ids.b2b_delivery_state, order.invoice_ids.b2b_delivery_reason), ("failed", "no_address")
        )
        self.customer.active = True
        self.deliver()
        self.assertEqual(order.invoice_ids.b2b_delivery_state, "delivered")

    def test_a_policy_changed_between_preview_and_run_counts_as_it_is_when_billing(self):
        order = self.order()
        run = self.env["b2b.billing.run"].create(
            {"company_id": self.company.id, "scope": "orders", "order_ids": [Command.set(order.ids)]}
        )
        run.action_preview()
        self.assertEqual(run.line_ids.state, "planned")
        self.policy.po_required = True
        run.sudo()._start()
        run.sudo()._bill_rows(run.line_ids.sudo())
        self.assertEqual((run.line_ids.state, run.line_ids.code), ("waits", "po_missing"))
        self.assertFalse(order.invoice_ids)
