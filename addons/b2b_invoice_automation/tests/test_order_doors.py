"""What holds an order is written by the channel and by the checks, by no other door."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .credit_common import CreditCommon


@tagged("post_install", "-at_install")
class TestOrderDoors(CreditCommon):
    def setUp(self):
        super().setUp()
        self.seller = self.person("seller", "sales_team.group_sale_salesman_all_leads")

    def test_a_seller_does_not_write_the_holds_away(self):
        order = self.plain(5000.0)
        for values in (
            {"b2b_credit_hold": False},
            {"b2b_on_hold": False},
            {"b2b_history": True},
            {"b2b_channel_state": "complete"},
            {"b2b_channel_state": "canceled"},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "not written by hand"):
                order.with_user(self.seller).write(values)
        self.assertTrue(order.b2b_credit_hold)

    def test_a_seller_does_not_enter_an_order_past_the_check(self):
        orders = self.env["sale.order"].with_user(self.seller)
        values = {
            "partner_id": self.customer.id,
            "order_line": [
                Command.create({"product_id": self.goods.id, "price_unit": 5000.0, "tax_ids": [Command.clear()]})
            ],
        }
        for extra in ({"b2b_history": True}, {"b2b_channel_state": "canceled"}):
            with self.subTest(extra), self.assertRaisesRegex(UserError, "not written by hand"):
                orders.create({**values, **extra})
        order = orders.with_context(default_b2b_history=True, default_b2b_channel_state="canceled").create(
            {**values, "b2b_history": False}
        )
        order.action_confirm()
        self.assertTrue(order.sudo().b2b_credit_hold)
