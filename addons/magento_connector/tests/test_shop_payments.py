"""Money that the shop captured becomes payments that settle the invoices, each once."""

from odoo.tests import tagged

from .common import MagentoCase, document, item, order, shipment


@tagged("post_install", "-at_install")
class TestShopPayments(MagentoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.make_bank_journal()
        cls.make_method("braintree", cls.journal)

    def paid_order(self, number=1, lines=None, **values):
        return order(number, lines or [item(number * 10, "PUMP", 5)], payment={"method": "braintree"}, **values)

    def payments(self, number=1):
        return self.env["account.payment"].search([("magento_order_id", "=", self.order_of(number).id)])

    def test_captured_money_that_comes_before_the_invoice_settles_it(self):
        payload = self.paid_order()
        self.load("orders", payload)
        [record] = self.load("invoices", document(1, payload, transaction_id="ch_1"))
        self.assertEqual(record.state, "done", record.reason)
        payment = self.payments()
        self.assertEqual((payment.amount, payment.payment_type, payment.journal_id), (59.5, "inbound", self.journal))
        self.assertEqual((payment.memo, str(payment.date)), ("ch_1 · 000000001", "2026-11-03"))
        self.assertEqual(payment.move_id.state, "posted")
        self.load("shipments", shipment(1, payload))
        move = self.bill(self.order_of(1))
        self.assertIn(move.payment_state, ("in_payment", "paid"))
        self.assertEqual(move.amount_residual, 0.0)

    def test_captured_money_that_comes_after_the_invoice_settles_it(self):
        payload = self.paid_order()
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        move = self.bill(self.order_of(1))
        self.load("invoices", document(1, payload, transaction_id="ch_1"))
        self.assertEqual(move.amount_residual, 0.0)
        self.assertEqual(
            self.env["magento.binding"]._find(self.backend, "payments", ["invoice:1"])["invoice:1"], self.payments()
        )

    def test_an_invoice_that_is_paid_later_is_captured_then(self):
        payload = self.paid_order()
        self.load("orders", payload)
        self.load("invoices", document(1, payload, state=1))
        self.assertFalse(self.payments())
        self.load("invoices", document(1, payload, state=2, updated_at="2026-11-06 10:00:00"))
        self.assertEqual(self.payments().amount, 59.5)

    def test_the_same_invoice_again_pays_no_second_time(self):
        payload = self.paid_order()
        self.load("orders", payload)
        self.load("invoices", document(1, payload))
        self.load("invoices", document(1, payload, updated_at="2026-11-06 10:00:00"))
        self.assertEqual(len(self.payments()), 1)

    def test_part_of_an_order_captured_settles_a_part(self):
        payload = self.paid_order()
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        move = self.bill(self.order_of(1))
        self.load("invoices", document(1, payload, {10: 2}))
        self.assertEqual((self.payments().amount, move.amount_residual), (23.8, 35.7))
        self.load("invoices", document(2, payload, {10: 3}))
        self.assertEqual(move.amount_residual, 0.0)

    def test_a_method_without_journal_makes_no_payment(self):
        payload = order(1)
        self.load("orders", payload)
        self.load("invoices", document(1, payload))
        self.assertFalse(self.payments())

    def test_another_currency_is_booked_at_its_rate(self):
        self.give_rate("USD", "2020-01-01")
        payload = self.paid_order(order_currency_code="USD")
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        move = self.bill(self.order_of(1))
        self.load("invoices", document(1, payload))
        payment = self.payments()
        self.assertEqual((payment.currency_id.name, payment.amount, move.amount_residual), ("USD", 59.5, 0.0))
        self.assertEqual(sum(payment.move_id.line_ids.mapped("debit")), 47.6)

    def test_money_refunded_online_is_a_payment_sent_that_settles_the_credit_note(self):
        payload = self.paid_order()
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        move = self.bill(self.order_of(1))
        self.load("invoices", document(1, payload, transaction_id="ch_1"))
        self.load("credit_memos", document(7, payload, {10: 1}, transaction_id="re_1"))
        note = self.document_of("credit_memos", 7)
        sent = self.payments().filtered(lambda payment: payment.payment_type == "outbound")
        self.assertEqual((sent.amount, note.amount_total), (11.9, 11.9))
        self.assertEqual((note.amount_residual, move.amount_residual), (0.0, 0.0))

    def test_a_refund_offline_leaves_the_credit_note_open_for_a_person(self):
        payload = self.paid_order()
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        self.bill(self.order_of(1))
        self.load("invoices", document(1, payload))
        self.load("credit_memos", document(7, payload, {10: 1}))
        self.assertEqual(self.document_of("credit_memos", 7).amount_residual, 11.9)
        self.assertEqual(len(self.payments()), 1)

    def test_a_journal_without_an_account_for_payments_is_set_up_first(self):
        methods = self.journal.inbound_payment_method_line_ids
        outstanding = methods.payment_account_id
        methods.payment_account_id = False
        payload = self.paid_order()
        self.load("orders", payload)
        [record] = self.load("invoices", document(1, payload))
        self.assertEqual((record.state, record.cause, record.waits_for), ("set_aside", "setup", "payment_method"))
        self.assertIn("outstanding account", record.reason)
        methods.payment_account_id = outstanding
        self.order_of(1).magento_payment_method_id.journal_id = self.journal
        self.process()
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.payments().amount, 59.5)

    def test_an_archived_journal_is_named_and_payments_go_on_with_another(self):
        payload = self.paid_order()
        self.load("orders", payload)
        self.journal.active = False
        [record] = self.load("invoices", document(1, payload))
        self.assertEqual((record.state, record.cause, record.waits_for), ("set_aside", "setup", "payment_method"))
        self.assertIn("“Cards” of payment method “braintree” is archived", record.reason)
        self.assertFalse(self.payments())
        other = self.make_bank_journal("Wallets")
        self.order_of(1).magento_payment_method_id.journal_id = other
        self.process()
        self.assertEqual((record.state, self.payments().journal_id), ("done", other), record.reason)

    def test_the_payment_providers_payout_finds_the_payment_and_not_the_invoice(self):
        payload = self.paid_order()
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        move = self.bill(self.order_of(1))
        self.load("invoices", document(1, payload, transaction_id="20261103-4711"))
        rule = self.env["account.reconcile.model"]._b2b_rules(self.company)
        rule.trigger = "auto_reconcile"
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.journal.id,
                "amount": 59.5,
                "payment_ref": "Payout 20261103-4711",
                "date": "2026-11-07",
            }
        )
        self.env["account.bank.statement.line"]._b2b_process_batch(1000, self.company)
        self.assertTrue(line.is_reconciled)
        self.assertEqual((move.amount_residual, self.payments().is_matched), (0.0, True))

    def test_queries_per_payment_do_not_grow(self):
        payloads = [self.paid_order(number) for number in range(1, 61)]
        self.load("orders", *payloads)

        def queries(first, count):
            self.stage("invoices", *(document(at, payloads[at - 1]) for at in range(first, first + count)))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.process(limit=count)
            return (self.env.cr.sql_log_count - before) / count

        queries(1, 10)
        few, many = queries(11, 10), queries(21, 40)
        self.assertLessEqual(many, few * 1.1)
