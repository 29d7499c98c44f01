"""What the shop refunded before it shipped it, where Odoo bills what is delivered: it is never billed, so not credited.

Waiting for its invoice would be waiting for ever. The order is lowered by exactly the memo's quantities and amounts
instead. Only an order whose payload is as new as the memo tells what was shipped; until it is here, the memo waits.
"""

from dataclasses import replace
from decimal import Decimal

from odoo import api, models

from odoo.addons.b2b_invoice_automation.order_to_cash.money import part_amount, to_decimal

from .loading import Waits
from .magento_document import CREDIT_MEMO

DIGITS = 9


class MagentoLoaderUnbilled(models.AbstractModel):
    _name = "magento.loader.unbilled"
    _description = "Refunds of What Is Never Billed"

    def _never_billed(self, item, line, quantity, posted):
        """How much of a refunded quantity will not be billed: it was not shipped, and the shop ships it no more.

        :param float posted: how much of the line is billed and not credited yet
        :raises Waits: see `_require_known`
        """
        order = line.order_id
        if not order.b2b_billing_policy_id._bills_deliveries() or order.magento_backend_id.shop_invoices == "bill":
            return 0.0
        if line.product_id.type != "consu":
            over = order.b2b_channel_state == "complete" and not line.qty_invoiced and not _is_shipped(order)
            return quantity - posted if over and posted < quantity else 0.0
        left = line.product_uom_qty - max(line.qty_delivered, line._magento_shipped(), line.qty_invoiced)
        if line.product_uom_id.compare(left, 0.0) <= 0:
            return 0.0
        self._require_known(item, line)
        return min(quantity, left)

    def _require_known(self, item, line):
        """Wait while the order's payload is older than a memo, so that it does not tell what was shipped before.

        Both may bear the same second, and the shop saves the order first: what it says is refunded is the surer sign.

        :raises Waits: until the order's change comes
        """
        order, created_at = line.order_id, item.intent.created_at
        memos = order.magento_document_ids.filtered(lambda memo: memo.kind == CREDIT_MEMO and memo.state != "cancelled")
        refunded = sum(float((memo.quantities or {}).get(line.magento_item_id, 0.0)) for memo in memos)
        if refunded and line.product_uom_id.compare(line.magento_qty_refunded, refunded) >= 0:
            return
        changed = order.magento_changed
        if changed and (not created_at or changed > created_at or (changed == created_at and not refunded)):
            return
        raise Waits(
            self.env._(
                "Credit memo %(number)s is newer than what is known here of order %(order)s. It goes on by itself "
                "when the order's change comes.",
                number=item.intent.number,
                order=order.display_name,
            ),
            self._awaits("order", item),
        )

    @api.model
    def _split_line(self, line, quantity, first, precision):
        """A memo's line in two: what is credited, and the rest.

        :param float quantity: of the line; ``first`` of it is credited
        :returns: two lines; None for a line without money
        """
        if line is None or quantity == first:
            return line, None
        whole, part = to_decimal(quantity, DIGITS), to_decimal(first, DIGITS)

        def cut(amount):
            return part_amount(amount, whole, Decimal(0), part, precision)

        credited = replace(
            line, net=cut(line.net), taxes=tuple(replace(tax, amount=cut(tax.amount)) for tax in line.taxes)
        )
        rest = replace(
            line,
            net=line.net - credited.net,
            taxes=tuple(
                replace(tax, amount=tax.amount - other.amount)
                for tax, other in zip(line.taxes, credited.taxes, strict=True)
            ),
        )
        return credited, rest

    def _lower_unbilled(self, item, order, lowered):
        """Take refunded quantities and amounts off the order.

        :param lowered: dict of order line → (quantity, the memo's line or None)
        """
        if not lowered:
            return
        locked = order.locked
        if locked:
            order.action_unlock()
        for line, (quantity, memo_line) in lowered.items():
            kept = line.product_uom_qty - quantity
            line.write({"product_uom_qty": kept, **self._amounts_without(line, memo_line, kept)})
        if locked:
            order.action_lock()
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "order",
                    "record": order,
                    "company": order.company_id,
                    "decision": self.env._(
                        "Took off the order what the shop refunded with %(number)s before it was shipped.",
                        number=item.intent.number,
                    ),
                    "rule": self.env._("Credit memos made in the shop"),
                    "evidence": {
                        "credit_memo": item.external_id,
                        "lines": {line.magento_item_id: quantity for line, (quantity, _line) in lowered.items()},
                    },
                    "amount": order.amount_total,
                    "currency": order.currency_id,
                }
            ]
        )

    def _amounts_without(self, line, memo_line, kept):
        """The order line's given amounts less the memo's."""
        data = line.extra_tax_data
        if memo_line is None or not data:
            return {}
        off = self._given_amounts(line, memo_line, kept)
        currency = line.currency_id
        stated = data.get("manual_tax_amounts") or {}
        net = currency.round(data["manual_total_excluded_currency"] - off["manual_total_excluded_currency"])
        return {
            "extra_tax_data": {
                **data,
                "manual_total_excluded_currency": net,
                "manual_tax_amounts": {
                    tax_id: {
                        "base_amount_currency": net,
                        "tax_amount_currency": currency.round(
                            amounts.get("tax_amount_currency", 0.0)
                            - off["manual_tax_amounts"].get(tax_id, {}).get("tax_amount_currency", 0.0)
                        ),
                    }
                    if amounts
                    else amounts
                    for tax_id, amounts in stated.items()
                },
                "quantity": kept,
            }
        }


def _is_shipped(order):
    goods = order.order_line.filtered(lambda line: line.product_id.type == "consu")
    return any(goods.mapped("qty_delivered")) or any(goods.mapped("magento_qty_shipped"))
