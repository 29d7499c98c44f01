"""What the newest orders of a shop would become, before anything is written."""

import logging
from decimal import Decimal, InvalidOperation

from odoo import Command, api, fields, models

from ..models.loading import CONCURRENCY_ERRORS, ODOO_REFUSALS, REFUSALS, Staged, amount_text, in_words

_logger = logging.getLogger(__name__)

ORDERS = 50


class MagentoDryRun(models.TransientModel):
    _name = "magento.dry.run"
    _description = "Dry Run of a Shop"

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, ondelete="cascade")
    line_ids = fields.One2many("magento.dry.run.line", "run_id", "Orders")
    equal_count = fields.Integer("Equal to the Shop", compute="_compute_counts")
    refused_count = fields.Integer("Refused", compute="_compute_counts")

    @api.depends("line_ids.outcome")
    def _compute_counts(self):
        for run in self:
            run.refused_count = len(run.line_ids.filtered(lambda line: line.outcome == "refused"))
            run.equal_count = len(run.line_ids) - run.refused_count

    @api.model
    def _try(self, backend):
        """Map and load the newest orders, read what became of each, and undo it.

        :returns: the run
        :raises ShopError: when the shop does not answer
        """
        with backend._shop() as shop:
            payloads = shop.newest("orders", ORDERS)
        to_intent = backend._mapper("orders")
        loader = self.env["magento.loader.order"]._quiet(backend.company_id)
        lines = [self._try_one(backend, loader, to_intent, payload) for payload in payloads]
        return self.create({"backend_id": backend.id, "line_ids": [Command.create(line) for line in lines]})

    def _try_one(self, backend, loader, to_intent, payload):
        values = {
            "number": str(payload.get("increment_id")),
            "shop_status": payload.get("status"),
            "shop_total": self._readable(payload.get("grand_total")),
            "currency": payload.get("order_currency_code"),
        }
        savepoint = self.env.cr.savepoint()
        try:
            item = Staged(0, str(payload["entity_id"]), values["number"], to_intent(payload))
            known = self.env["magento.binding"]._find(backend, "orders", [item.external_id])
            refusals = loader._prepare(backend, [item]) or loader._load(backend, [item])
            for refusal in refusals.values():
                raise refusal
            order = self.env["magento.binding"]._find(backend, "orders", [item.external_id])[item.external_id]
            values |= {
                "outcome": "known"
                if known
                else "history"
                if order.b2b_history
                else {"cancel": "canceled", "draft": "quotation"}.get(order.state, "order"),
                "odoo_total": f"{order.amount_total:.{order.currency_id.decimal_places}f}",
                "customer": order.partner_id.display_name,
            }
        except CONCURRENCY_ERRORS:
            raise
        except Exception as problem:
            values |= {"outcome": "refused", "reason": in_words(self.env, problem)}
            if not isinstance(problem, (*REFUSALS, *ODOO_REFUSALS)):
                _logger.exception("Order %s cannot be tried", values["number"])
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)
        return values

    @api.model
    def _readable(self, total):
        try:
            return amount_text(Decimal(str(total or 0)))
        except InvalidOperation:
            return str(total)


class MagentoDryRunLine(models.TransientModel):
    _name = "magento.dry.run.line"
    _description = "Order of a Dry Run"

    run_id = fields.Many2one("magento.dry.run", required=True, ondelete="cascade")
    number = fields.Char()
    customer = fields.Char()
    shop_status = fields.Char("Status in the Shop")
    currency = fields.Char()
    shop_total = fields.Char("Total in the Shop")
    odoo_total = fields.Char("Total Here")
    outcome = fields.Selection(
        [
            ("order", "Sales order"),
            ("quotation", "Quotation"),
            ("canceled", "Cancelled order"),
            ("history", "History"),
            ("known", "Here already"),
            ("refused", "Set aside"),
        ]
    )
    reason = fields.Text()
