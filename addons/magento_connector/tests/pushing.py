"""Builders for what the shop is told: a shop that keeps what it is told, and lanes within a test's transaction."""

from contextlib import nullcontext

from odoo.tests import new_test_user

from ..magento_wire.effects import DONE, Outcome
from ..magento_wire.errors import ShopError
from ..models.magento_backend_connection import MagentoBackendConnection
from .common import MagentoCase, item, order

FEATURES = ["core", "multi_source", "b2b", "async_bulk"]


class ToldShop:
    """A shop that notes what it is told. ``answers`` are given first: an Outcome, a ShopError, or an exception.

    :ivar told: effects in the order they came
    :ivar unsure: keys that were looked up first
    """

    def __init__(self, *answers):
        self.answers, self.told, self.unsure, self.calls = list(answers), [], [], 0
        self.features = ()
        self.ended = {}

    def push_many(self, effects, unsure=()):
        self.calls += 1
        self.unsure += unsure
        results = []
        for effect in effects:
            answer = self.answers.pop(0) if self.answers else Outcome(DONE, f"{len(self.told) + 900}")
            if isinstance(answer, Exception) and not isinstance(answer, ShopError):
                raise answer
            if not isinstance(answer, ShopError):
                self.told.append(effect)
            results.append(answer)
        return results

    def kinds(self):
        return [effect.kind for effect in self.told]


class PushCase(MagentoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.backend.features = FEATURES
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)

    def connect(self, shop=None):
        """Have lanes speak with a shop, and stay in the test's transaction."""
        shop = shop or ToldShop()
        self.patch(MagentoBackendConnection, "_shop", lambda backend: nullcontext(shop))
        self.without_commits()
        return shop

    def without_commits(self):
        self.patch(self.env.cr, "rollback", lambda: None)
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **values: 60.0)

    def push(self):
        self.env["magento.outbox"]._cron_push()

    def messages(self, *kinds):
        domain = [("backend_id", "=", self.backend.id), *([("effect", "in", kinds)] if kinds else [])]
        return self.env["magento.outbox"].search(domain, order="id")

    def put(self, key="k", effect="order_comment", target="1", values=None, **more):
        self.env["magento.outbox"]._put(
            [
                {
                    "backend": self.backend,
                    "effect": effect,
                    "key": key,
                    "target": target,
                    "values": {"comment": key} if values is None else values,
                    **more,
                }
            ]
        )
        return self.messages()[-1:]

    def make_source(self, code="default", location=None):
        return self.env["magento.source"].create(
            {
                "backend_id": self.backend.id,
                "code": code,
                "name": code,
                "location_id": (location or self.warehouse.lot_stock_id).id,
            }
        )

    def have(self, product, quantity, location=None):
        """Count some goods; they come with a move."""
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        quants.create(
            {
                "product_id": product.id,
                "location_id": (location or self.warehouse.lot_stock_id).id,
                "inventory_quantity": quantity,
            }
        ).action_apply_inventory()

    def take_over(self, number=1, quantity=5, sku="PUMP", **values):
        """An order of the shop, taken over; returns it."""
        self.load("orders", order(number, [item(number * 10, sku, quantity)], **values))
        return self.order_of(number)

    def deliver(self, sale, quantity=None):
        """Deliver an order, or a part of it; returns the delivery."""
        picking = sale.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))[:1]
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty if quantity is None else quantity
            move.picked = True
        picking.with_context(skip_backorder=True)._action_done()
        return picking

    def take_back(self, picking, quantity):
        """Take back a part of what a delivery brought, wherever its return waits."""
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.write({"quantity": quantity, "to_refund": True})
        back = wizard._create_return()
        back.move_ids.write({"quantity": quantity, "picked": True})
        back._action_done()
        return back

    def pay(self, move):
        """Pay an invoice by bank; returns the payment."""
        self.company.transfer_account_id = self.env["account.account"].create(
            {"name": "Transfers", "code": "T1999", "account_type": "asset_current", "reconcile": True}
        )
        bank = self.env["account.journal"].create(
            {"name": "Bank", "code": "TBNK", "type": "bank", "company_id": self.company.id}
        )
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return wizard.create({"journal_id": bank.id})._create_payments()

    def manager(self):
        return new_test_user(
            self.env, "push_manager", "b2b_invoice_automation.group_billing_manager", company_id=self.company.id
        )
