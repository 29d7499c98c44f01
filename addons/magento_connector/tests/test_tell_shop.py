"""People write to an order in the shop from here: who may, what is told, and what is refused in words."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import item, order
from .pushing import PushCase


@tagged("post_install", "-at_install")
class TestTellShop(PushCase):
    def setUp(self):
        super().setUp()
        self.shop = self.connect()
        self.sale = self.take_over(1, 5)

    def user(self, group):
        return new_test_user(self.env, group.split(".")[-1], group, company_id=self.company.id)

    def write_to_shop(self, user, **values):
        action = self.sale.with_user(user).action_write_to_shop()
        with Form(self.env[action["res_model"]].with_user(user).with_context(**action["context"])) as form:
            for name, value in values.items():
                form[name] = value
        form.record.action_tell()

    def test_a_comment_with_a_status_is_told_and_stands_in_the_chatter(self):
        self.load("orders", order(2, [item(20, "PUMP", 1)], status="picking"))
        clerk = self.user("b2b_invoice_automation.group_billing_clerk")
        self.write_to_shop(clerk, comment="On <Friday>", visible=True, notify=True, status="picking")
        self.push()
        (effect,) = self.shop.told
        self.assertEqual((effect.kind, effect.target), ("order_comment", "1"))
        self.assertEqual(
            effect.values, {"comment": "On <Friday>", "status": "picking", "notify": True, "visible": True}
        )
        note = self.sale.message_ids[0]
        self.assertEqual((note.author_id, note.subtype_id), (clerk.partner_id, self.env.ref("mail.mt_note")))
        self.assertIn("On &lt;Friday&gt;", note.body)

    def test_what_comes_back_from_the_shop_is_not_written_down_twice(self):
        self.write_to_shop(self.user("b2b_invoice_automation.group_billing_clerk"), comment="On Friday")
        self.push()
        before = self.sale.message_ids
        history = [
            {"entity_id": 77, "comment": "On Friday", "created_at": "2026-11-03 10:00:00", "status": "processing"}
        ]
        self.load("orders", order(1, [item(10, "PUMP", 5)], status_histories=history))
        self.assertEqual(self.sale.message_ids, before)

    def test_a_salesman_writes_to_his_own_orders_only(self):
        salesman = self.user("sales_team.group_sale_salesman")
        self.sale.user_id = self.env.user
        with self.assertRaises(AccessError):
            self.sale.with_user(salesman).action_write_to_shop()
        self.sale.user_id = salesman
        self.write_to_shop(salesman, comment="Mine")
        self.push()
        self.assertEqual([effect.values["comment"] for effect in self.shop.told], ["Mine"])

    def test_history_and_a_shop_that_cannot_take_it_are_refused_in_words(self):
        self.sale.b2b_history = True
        with self.assertRaisesRegex(UserError, "history"):
            self.sale.action_write_to_shop()
        self.sale.b2b_history = False
        self.patch(type(self.backend), "_why_not_told", lambda backend, kind: "the shop does not offer it")
        with self.assertRaisesRegex(UserError, "does not offer it"):
            self.sale.action_write_to_shop()
        with self.assertRaisesRegex(UserError, "no order of a shop"):
            self.env["sale.order"].create({"partner_id": self.sale.partner_id.id}).action_write_to_shop()
