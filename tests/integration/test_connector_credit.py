"""A credit hold and its release as the sandbox shop shows them, over real HTTP."""

from test_connector_push import PushedShopCase

from odoo.tests import new_test_user, tagged


@tagged("post_install", "-at_install")
class TestCreditHoldInTheShop(PushedShopCase):
    def comments(self, held):
        return [entry["comment"] for entry in held.histories]

    def test_the_shops_order_says_that_it_is_on_hold_and_why_and_goes_on_after_the_release(self):
        shop = self.connected()
        held, sale = self.open_order(shop)
        before = held.data["state"]
        self.backend.push_holds = True
        self.company.b2b_credit_control = True
        customer = sale.partner_invoice_id.commercial_partner_id.with_company(self.company)
        customer.credit_limit = 1.0
        sale._b2b_check_credit()
        self.push()
        self.assertFalse(self.failed())
        self.assertEqual(held.data["state"], "holded")
        case = self.env["b2b.discrepancy"].search([("order_id", "=", sale.id), ("type", "=", "credit")])
        self.assertTrue(any(case.name in (comment or "") for comment in self.comments(held)), self.comments(held))
        counted = self.read_back()
        self.push()
        self.assertEqual(self.counted()[:2], counted[:2])
        self.assertEqual(held.data["state"], "holded", "the hold that comes back is ours and stays")
        controller = new_test_user(
            self.env, "http_controller", "b2b_invoice_automation.group_credit_controller", company_id=self.company.id
        )
        case.with_user(controller)._release_credit("Guaranteed by the parent company")
        self.push()
        self.assertFalse(self.failed())
        self.assertEqual(held.data["state"], before)
        self.assertTrue(any("Guaranteed by the parent company" in (comment or "") for comment in self.comments(held)))
        self.read_back()
        self.assertFalse(sale.b2b_on_hold)
