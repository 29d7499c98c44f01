"""What the billing plan must know of an order line, and whether something of the line is left to bill."""

from odoo import models
from odoo.fields import Domain
from odoo.tools import float_compare

from ..order_to_cash.billing.model import LineFacts
from ..order_to_cash.money import to_decimal

DIGITS = 9


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _b2b_is_deliverable(self):
        return self.product_id.type != "service" or self.product_id.invoice_policy == "delivery"

    def _b2b_is_left(self, by_delivery, digits):
        """Whether something is not billed yet, or was billed and is no longer owed.

        :param bool by_delivery: whether the policy bills deliveries: then what is ordered and did not come back is owed
            in the end, or what was delivered when that is more
        """
        if by_delivery and self._b2b_is_deliverable():
            sign = -1 if self.product_uom_qty < 0 else 1
            kept = sign * self.product_uom_qty - abs(self.b2b_delivered_peak - self.qty_delivered)
            owed = max(kept, sign * self.qty_delivered)
            return bool(float_compare(sign * self.qty_invoiced, owed, precision_digits=digits))
        return bool(
            float_compare(self.qty_invoiced, self.product_uom_qty, precision_digits=digits)
            or (not by_delivery and self._b2b_came_back(digits))
        )

    def _b2b_came_back(self, digits):
        """Whether goods came back by the stock's own records; a delivered quantity typed by hand may be a mistake."""
        return (
            self.qty_delivered_method != "manual"
            and self._b2b_is_deliverable()
            and float_compare(abs(self.b2b_delivered_peak), abs(self.qty_delivered), precision_digits=digits) > 0
        )

    def _b2b_lowered_on_drafts(self):
        """Those of these lines of which less is owed than billed, while a document that bills them is a draft."""
        lowered = self.filtered(
            lambda line: (
                line.qty_invoiced * (line.product_uom_qty - line.qty_invoiced) < 0
                or (line.qty_invoiced and abs(line.b2b_delivered_peak) > abs(line.qty_delivered))
            )
        )
        if not lowered:
            return lowered
        kinds = {"out_invoice": lowered.filtered(lambda line: line.qty_invoiced > 0)}
        kinds["out_refund"] = lowered - kinds["out_invoice"]
        drafts = Domain.OR(
            Domain("move_type", "=", kind) & Domain("sale_line_ids", "in", lines.ids) for kind, lines in kinds.items()
        )
        drafts &= Domain("parent_state", "=", "draft")
        return lowered & self.env["account.move.line"].sudo().search(drafts).sale_line_ids

    def _b2b_facts(self, credit, draft):
        """What the engine must know of this line.

        :param credit: (quantity that a person credited and nobody billed again, highest quantity ever billed), or None
        :param bool draft: whether it is among ``_b2b_lowered_on_drafts``
        """
        billed = to_decimal(self.qty_invoiced, DIGITS)
        ordered = to_decimal(self.product_uom_qty, DIGITS)
        delivered = to_decimal(self.qty_delivered, DIGITS)
        by_hand, peak = (to_decimal(quantity, DIGITS) for quantity in credit or (0, 0))
        credited = max(0, peak - abs(billed))
        if by_hand and ordered > 0:
            billed += min(by_hand, max(0, max(ordered, delivered) - billed))
        policy = self.order_id.b2b_billing_policy_id
        by_delivery = policy._bills_deliveries()
        came_back = by_delivery or self._b2b_came_back(DIGITS)
        net = self.price_subtotal / self.product_uom_qty if self.product_uom_qty else self.price_reduce_taxexcl
        return LineFacts(
            key=self.id,
            ordered=ordered,
            delivered=delivered,
            billed=billed,
            returned=abs(to_decimal(self.b2b_delivered_peak, DIGITS) - delivered) if came_back else to_decimal(0),
            credited=credited,
            most_billed=peak,
            draft=draft,
            deliverable=self._b2b_is_deliverable(),
            net_unit=to_decimal(net, DIGITS),
            deliveries=self._b2b_deliveries() if by_delivery and policy.trigger == "schedule" else (),
        )
