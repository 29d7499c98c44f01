"""The sandbox shop's shipments, invoices and credit memos through fetching and loading, over real HTTP.

Per order, what is billed and credited here is what the shop invoiced and refunded, or it is refused by name, or the
difference is a flagged case.
"""

from test_connector_sandbox import SandboxCase

from odoo.tests import tagged

DOCUMENTS = ("credit_memos", "invoices", "shipments")
CAPTURED = ("checkmo", "braintree", "paypal_express")
COUNTED = (
    "sale.order",
    "account.move",
    "account.payment",
    "stock.picking",
    "stock.move",
    "magento.document",
    "magento.binding",
    "mail.message",
)


@tagged("post_install", "-at_install")
class TestShopDocuments(SandboxCase):
    def setUp(self):
        super().setUp()
        self.journal = self.make_bank_journal()

    def take_over(self, seed, orders):
        self.shop = self.start_shop(seed=seed, orders=orders)
        self.backend.action_check()
        for code in CAPTURED:
            self.make_method(code, self.journal)
        self.fetch(DOCUMENTS)
        self.process()
        self.fetch_all()
        self.process()
        self.bill_all()
        self.process()

    def fetch(self, entities):
        for entity in entities:
            stream = self.backend.stream_ids.filtered(lambda stream, entity=entity: stream.entity == entity)
            with self.backend._shop() as shop:
                stream._fetch(shop)

    def bill_all(self):
        sales = self.env["sale.order"].search([("magento_backend_id", "=", self.backend.id), ("state", "=", "sale")])
        self.env["b2b.billing.run"]._bill(sales, "2026-11-30", ignore_schedule=True)

    def aside(self):
        return self.env["magento.record"].search(
            [("backend_id", "=", self.backend.id), ("entity", "in", DOCUMENTS), ("state", "!=", "done")]
        )

    def totals(self, sale, kind):
        documents = sale.magento_document_ids.filtered(
            lambda document: document.kind == kind and (document.move_id or kind == "credit_memo")
        )
        return sum(documents.mapped("amount_total")), sum(documents.move_id.mapped("amount_total"))

    def check(self):
        sales = self.env["sale.order"].search([("magento_backend_id", "=", self.backend.id)])
        wrong = []
        for sale in sales:
            for kind in ("invoice", "credit_memo"):
                shop, here = self.totals(sale, kind)
                if kind == "credit_memo" and shop:  # what was refunded before it was ever billed came off the order
                    here += sale.currency_id.round(float(sale.magento_total)) - sale.amount_total
                if sale.currency_id.compare_amounts(shop, here) and not self.open_cases(sale):
                    wrong.append((sale.origin, kind, shop, here))
        self.assertFalse(wrong)
        for payment in self.env["account.payment"].search([("magento_order_id", "in", sales.ids)]):
            self.assertTrue(payment.move_id, payment.display_name)

    def counts(self):
        return {model: self.env[model].search_count([]) for model in COUNTED}

    def check_explained(self):
        """What is not taken over does not add up in the shop itself, and says so with both figures."""
        for record in self.aside():
            with self.subTest(entity=record.entity, number=record.reference):
                self.assertEqual((record.entity, record.state, record.cause), ("invoices", "set_aside", "data"))
                self.assertIn("sum to", record.reason)

    def test_the_shops_invoices_are_billed_as_they_are(self):
        self.backend.shop_invoices = "bill"
        self.take_over(seed=11, orders=120)
        self.check_explained()
        self.check()
        before = self.counts()
        self.backend.stream_ids.cursor = False
        self.env["magento.record"].search([("state", "=", "done")]).state = "staged"
        self.fetch(DOCUMENTS)
        self.process()
        self.assertEqual(self.counts(), before)

    def test_the_shops_invoices_are_compared_with_what_the_policy_bills(self):
        self.take_over(seed=12, orders=120)
        self.check_explained()
        self.check()
        before = self.counts()
        self.env["magento.record"].search([("state", "=", "done")]).state = "staged"
        self.process()
        self.bill_all()
        self.process()
        self.assertEqual(self.counts(), before)
