"""What happened between connecting a shop and telling it is told afterwards, each document once."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import item, order, shipment
from .pushing import PushCase


@tagged("post_install", "-at_install")
class TestTellBefore(PushCase):
    def setUp(self):
        super().setUp()
        self.make_source()
        self.shop = self.connect()

    def invoice(self, sale):
        move = sale._create_invoices(final=True)
        move.action_post()
        return move

    def switch_on(self):
        self.backend.write({"push_shipments": True, "push_invoices": True, "push_credit_memos": True})

    def wizard(self, since="2020-01-01"):
        action = self.backend.action_tell_before()
        wizard = self.env[action["res_model"]].with_context(**action["context"]).create({"since": since})
        return wizard

    def counts(self, wizard):
        return wizard.shipment_count, wizard.invoice_count, wizard.credit_memo_count

    def test_documents_from_before_are_told_once_and_in_order(self):
        sale = self.take_over(1, 5)
        self.deliver(sale)
        move = self.invoice(sale)
        note = move._reverse_moves([{"invoice_date": move.invoice_date}])
        note.invoice_line_ids.quantity = 2
        note.action_post()
        self.switch_on()
        self.push()
        self.assertFalse(self.shop.told)
        wizard = self.wizard()
        self.assertEqual(self.counts(wizard), (1, 1, 1))
        action = wizard.action_tell()
        self.assertEqual(self.env["magento.outbox"].search(action["domain"]), self.messages())
        self.push()
        self.assertEqual(self.shop.kinds(), ["shipment", "invoice", "credit_memo"])
        self.assertEqual(
            [effect.values["lines"] for effect in self.shop.told], [[["10", "5"]], [["10", "5"]], [["10", "2"]]]
        )
        again = self.wizard()
        self.assertEqual(self.counts(again), (0, 0, 0))
        with self.assertRaisesRegex(UserError, "nothing to tell"):
            again.action_tell()

    def test_what_waits_or_was_refused_is_not_told_a_second_time(self):
        self.switch_on()
        sale = self.take_over(1, 5)
        self.deliver(sale)
        self.invoice(sale)
        self.messages("invoice").state = "failed"
        self.assertEqual(self.counts(self.wizard()), (0, 0, 0))

    def test_what_the_shop_made_itself_is_not_told(self):
        payload = order(1, [item(10, "PUMP", 5)])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload, {10: 5}))
        self.switch_on()
        self.assertEqual(self.counts(self.wizard()), (0, 0, 0))

    def test_only_from_the_day_on_and_only_what_the_shop_is_told_of(self):
        sale = self.take_over(1, 5)
        self.deliver(sale).date_done = "2026-01-15 10:00:00"
        self.invoice(sale)
        self.backend.push_shipments = True
        self.assertEqual(self.counts(self.wizard("2026-01-16")), (0, 0, 0))
        wizard = self.wizard("2026-01-15")
        self.assertEqual(self.counts(wizard), (1, 0, 0))
        self.assertEqual(wizard.not_told, "Invoices, Credit Memos")
        wizard.action_tell()
        self.push()
        self.assertEqual(self.shop.kinds(), ["shipment"])

    def test_orders_of_another_shop_and_of_none_are_left_alone(self):
        sale = self.take_over(1, 5)
        self.deliver(sale)
        other = self.backend.copy({"name": "Other", "push_shipments": True})
        self.switch_on()
        wizard = self.wizard()
        wizard.backend_id = other
        self.assertEqual(self.counts(wizard), (0, 0, 0))
        own = self.env["sale.order"].create(
            {
                "partner_id": sale.partner_id.id,
                "company_id": self.company.id,
                "order_line": [(0, 0, {"product_id": sale.order_line.product_id.id, "product_uom_qty": 1})],
            }
        )
        own.action_confirm()
        self.deliver(own)
        wizard.backend_id = self.backend
        self.assertEqual(self.counts(wizard), (1, 0, 0))

    def test_a_clerk_may_not(self):
        clerk = new_test_user(
            self.env, "before_clerk", "b2b_invoice_automation.group_billing_clerk", company_id=self.company.id
        )
        with self.assertRaises(AccessError):
            self.backend.with_user(clerk).action_tell_before()

    def test_many_documents_are_found_with_few_queries(self):
        for number in range(1, 13):
            self.deliver(self.take_over(number, 2))
        self.switch_on()
        wizard = self.wizard()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(30):
            wizard._compute_counts()
        self.assertEqual(wizard.shipment_count, 12)
