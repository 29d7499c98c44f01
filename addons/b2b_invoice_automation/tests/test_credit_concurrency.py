"""Two orders at the same moment, and many orders at once."""

import threading

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from .credit_common import CreditCommon


@tagged("post_install", "-at_install")
class TestManyOrders(CreditCommon):
    def queries_of_a_check(self, count):
        orders = self.env["sale.order"].union(*(self.plain(30.0, confirm=False) for _number in range(count)))
        self.patch(type(orders), "_b2b_check_credit", lambda orders, arriving=False: orders.browse())
        orders.action_confirm()
        self.env.cr.precommit.clear()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.env["b2b.credit"].sudo()._check(self.company, orders, arriving=True)
        self.env.flush_all()
        return self.cr.sql_log_count - before, orders

    def test_a_hundred_orders_are_checked_by_as_many_queries_as_ten(self):
        self.customer.credit_limit = 90.0
        self.queries_of_a_check(4)
        few, _orders = self.queries_of_a_check(10)
        many, orders = self.queries_of_a_check(100)
        self.assertEqual(len(orders.filtered("b2b_credit_hold")), 100, "the first three took all of the limit")
        self.assertLessEqual(many, few + 2)

    def test_the_review_tries_again_when_an_order_is_confirmed_at_that_moment(self):
        self.company.b2b_credit_overdue_days = 10
        late = self.invoice(50.0, days_overdue=20)
        order = self.plain(1.0)
        self.pay(late)
        account, rollbacks = type(self.env["b2b.credit.account"]), []
        take, rivals = account._of, [SerializationFailure(), SerializationFailure()]

        def take_later(accounts, company, entities):
            if rivals:
                raise rivals.pop()
            return take(accounts, company, entities)

        self.patch(account, "_of", take_later)
        self.patch(self.env.cr, "rollback", lambda: rollbacks.append(1))
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **values: 60.0)
        self.env["b2b.credit"]._cron_review()
        self.assertFalse(order.b2b_credit_hold)
        self.assertEqual(len(rollbacks), 2)


@tagged("post_install", "-at_install")
class TestTwoAtOnce(BaseCase):
    """With two real transactions; what they commit is taken away afterwards."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cursor:
            env = self.environment(cursor)
            company = env["res.company"].create({"name": "Concurrent", "b2b_credit_control": True})
            env = env(context={"allowed_company_ids": company.ids})
            customer = env["res.partner"].create({"name": "Two buyers", "is_company": True, "credit_limit": 1000.0})
            service = env["product.product"].create({"name": "Work", "type": "service", "taxes_id": [Command.clear()]})
            orders = env["sale.order"].create(
                [
                    {
                        "partner_id": customer.id,
                        "company_id": company.id,
                        "order_line": [
                            Command.create({"product_id": service.id, "product_uom_qty": 1, "price_unit": 600.0})
                        ],
                    }
                    for _number in range(2)
                ]
            )
            self.company_id, self.order_ids = company.id, orders.ids
            self.made = [(orders._name, orders.ids), (service._name, service.ids), (customer._name, customer.ids)]
        self.addCleanup(self.take_away)

    def environment(self, cursor):
        context = {"allowed_company_ids": [self.company_id]} if hasattr(self, "company_id") else {}
        return api.Environment(cursor, SUPERUSER_ID, context)

    def take_away(self):
        with self.registry.cursor() as cursor:
            env = self.environment(cursor)
            cursor.execute("DELETE FROM b2b_credit_account WHERE company_id = %s", [self.company_id])
            env["b2b.discrepancy"].search([("order_id", "in", self.order_ids)]).unlink()
            env["sale.order"].browse(self.order_ids)._action_cancel()
            for name, ids in self.made:
                env[name].browse(ids).unlink()
            env["res.company"].browse(self.company_id).active = False

    def confirm(self, cursor, order_id):
        self.environment(cursor)["sale.order"].browse(order_id).action_confirm()

    def held(self):
        with self.registry.cursor() as cursor:
            return self.environment(cursor)["sale.order"].browse(self.order_ids).mapped("b2b_credit_hold")

    def test_of_two_orders_that_fit_one_by_one_the_later_is_tried_again_and_held(self):
        first_id, second_id = self.order_ids
        refused = []

        def rival():
            with mute_logger("odoo.sql_db"), self.registry.cursor() as cursor:
                cursor.execute("SELECT 1")  # its snapshot is taken before the first commits
                begun.set()
                committed.wait(30)
                try:
                    self.confirm(cursor, second_id)
                    cursor.flush()
                except SerializationFailure as error:
                    refused.append(error)
                    cursor.rollback()

        begun, committed = threading.Event(), threading.Event()
        thread = threading.Thread(target=rival)
        thread.start()
        begun.wait(30)
        with self.registry.cursor() as cursor:
            self.confirm(cursor, first_id)
        committed.set()
        thread.join(60)
        self.assertEqual(len(refused), 1, "both would have passed")
        self.assertEqual(self.held(), [False, False])
        with self.registry.cursor() as cursor:
            self.confirm(cursor, second_id)
        self.assertEqual(self.held(), [False, True])
