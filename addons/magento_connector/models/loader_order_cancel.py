"""Orders of which the shop cancelled a part: the quantities here are lowered, at amounts that are the shop's own.

The payload of such an order still has its lines as they were ordered; what was cancelled stands in its totals. What
stays of each line is its part by quantity, and is taken only when all parts sum to the shop's total and tax, to the
cent. Otherwise, and where the cancelled part is delivered or billed here, a person decides.
"""

from decimal import Decimal

from odoo import api, models

from odoo.addons.b2b_invoice_automation.order_to_cash.money import part_amount

from ..magento_wire.intents import FIXED_PRODUCT_TAX, PRODUCT, SHIPPING
from .loading import Refused


class MagentoLoaderOrderCancel(models.AbstractModel):
    _name = "magento.loader.order.cancel"
    _description = "Partly Cancelled Shop Orders"

    def _follow_part_cancellation(self, pairs):
        """Lower quantities where that is exact; the others become cases.

        :param pairs: list of (`Staged`, order), of which a part was cancelled
        """
        lowered, left = [], []
        for item, order in pairs:
            (lowered if self._lower(item.intent, order) else left).append((item, order))
        self._settle(lowered, "partly_canceled", self.env._("The quantities were lowered to what the shop kept."))
        self._flag(left, "partly_canceled", "order_change", self._part_cancelled_case)

    def _lower(self, intent, order):
        """Lower an order's quantities to what the shop kept; returns whether they are."""
        kept = self._kept(intent, order.currency_id.rounding)
        if kept is None or order.state not in ("draft", "sent", "sale"):
            return False
        changes = self._changes(intent, order, kept)
        if changes is None:
            return False
        if not changes:
            return True
        locked = order.locked
        if locked:
            order.action_unlock()
        for line, values in changes:
            line.write(values)
        if locked:
            order.action_lock()
        total = float(intent.total - intent.canceled)
        if order.currency_id.compare_amounts(order.amount_total, total):
            raise Refused(
                self.env._(
                    "Lowering order %(number)s to what the shop kept would make it %(here)s; the shop has %(shop)s. "
                    "Lower the quantities by hand, then ignore this.",
                    number=intent.number,
                    here=order.currency_id.format(order.amount_total),
                    shop=order.currency_id.format(total),
                )
            )
        self._log_lowered(intent, order)
        return True

    def _kept(self, intent, precision):
        """What stays of each line.

        :returns: dict of line id in the shop → (quantity, net, list of tax amounts); None when it is not exact
        """
        cancelled = {line.external_id: line for line in intent.lines if line.kind == PRODUCT}
        kept = {}
        for line in intent.lines:
            whole, part = self._parts_kept(intent, line, cancelled)
            kept[line.external_id] = (
                part,
                part_amount(line.net, whole, Decimal(0), part, precision),
                [part_amount(tax.amount, whole, Decimal(0), part, precision) for tax in line.taxes],
            )
        taxes = sum((sum(amounts) for _quantity, _net, amounts in kept.values()), Decimal(0))
        total = sum((net for _quantity, net, _amounts in kept.values()), taxes)
        exact = total == intent.total - intent.canceled and taxes == intent.tax - intent.canceled_tax
        return kept if exact else None

    @api.model
    def _parts_kept(self, intent, line, cancelled):
        """(quantity ordered, quantity kept)"""
        whole = line.quantity or Decimal(1)
        if line.kind == SHIPPING:
            return whole, Decimal(0) if intent.canceled_shipping else whole
        goods = cancelled.get(line.external_id.partition(":")[0])
        if goods is not None and line.kind in (PRODUCT, FIXED_PRODUCT_TAX):
            return whole, whole - goods.quantity_canceled
        return whole, whole

    def _changes(self, intent, order, kept):
        """list of (order line, values); None where the cancelled part is delivered or billed, or a line is not here"""
        lines = {line.magento_item_id: line for line in order.order_line if line.magento_item_id}
        changes = []
        for external_id, (quantity, net, amounts) in kept.items():
            line = lines.get(external_id)
            if line is None:
                return None
            parts = [(line, float(quantity), self._lowered_values(intent, line, quantity, net, amounts))]
            parts += [
                (part, part.magento_per_parent * float(quantity), {})
                for part in order.order_line
                if part.magento_parent_item_id == external_id
                and order.currency_id.is_zero(part.price_total)
                and part.magento_item_id not in kept
            ]
            for changed, wanted, values in parts:
                if not changed.product_uom_id.compare(changed.product_uom_qty, wanted):
                    continue
                if changed.product_uom_id.compare(max(changed.qty_delivered, changed.qty_invoiced), wanted) > 0:
                    return None
                changes.append((changed, {**values, "product_uom_qty": wanted}))
        return changes

    def _lowered_values(self, intent, line, quantity, net, amounts):
        """Given amounts of what is kept, spread over the line's taxes as they were."""
        data = line.extra_tax_data or {}
        ordered = next(one for one in intent.lines if one.external_id == line.magento_item_id)
        by_tax = {}
        for tax, amount in zip(ordered.taxes, amounts, strict=True):
            by_tax[self._tax_key(tax)] = by_tax.get(self._tax_key(tax), Decimal(0)) + amount
        taxes = self.env["magento.tax"]._resolve(line.order_id.magento_backend_id, line.company_id, set(by_tax))
        manual = {
            tax_id: {**stated, "base_amount_currency": float(net), "tax_amount_currency": 0.0} if stated else stated
            for tax_id, stated in (data.get("manual_tax_amounts") or {}).items()
        }
        for key, amount in by_tax.items():
            stated = manual.get(str(taxes[key].id))
            if stated:
                stated["tax_amount_currency"] += float(amount)
        return {
            "extra_tax_data": {
                **data,
                "manual_total_excluded_currency": float(net),
                "manual_tax_amounts": manual,
                "quantity": float(quantity),
            }
        }

    def _log_lowered(self, intent, order):
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "order",
                    "record": order,
                    "company": order.company_id,
                    "decision": self.env._(
                        "Lowered shop order %(number)s to what the shop kept of it.", number=intent.number
                    ),
                    "rule": self.env._("Part cancelled in the shop"),
                    "evidence": {
                        "shop_total": format(intent.total, "f"),
                        "canceled": format(intent.canceled, "f"),
                        "lines": {
                            line.external_id: format(line.quantity_canceled, "f")
                            for line in intent.lines
                            if line.quantity_canceled
                        },
                    },
                    "amount": order.amount_total,
                    "currency": order.currency_id,
                }
            ]
        )
