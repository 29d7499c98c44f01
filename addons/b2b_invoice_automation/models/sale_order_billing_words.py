"""Whether an order is billed, and why not, in words.

Apart from what gathers the facts: this says the engine's answers the way a person reads them on the order and on the
result of a run.
"""

from odoo import api, fields, models

WAITING_CODES = [
    ("history", "History"),
    ("no_policy", "No billing policy"),
    ("set_aside", "Set aside"),
    ("on_hold", "On hold"),
    ("po_missing", "PO number missing"),
    ("reading_missing", "Meter reading missing"),
    ("index_missing", "Index value missing"),
    ("price_missing", "No contract price"),
    ("cancelled", "Cancelled"),
    ("not_confirmed", "Not confirmed"),
    ("future_order", "Order date to come"),
    ("waiting_for_completion", "Not complete"),
    ("credited_by_hand", "Credited by hand"),
    ("not_closing_day", "Closing day to come"),
    ("draft_invoice", "Invoice is a draft"),
    ("credit_later", "Taken off the next invoice"),
    ("below_minimum", "Below the minimum amount"),
    ("waiting_for_shipment", "Not shipped"),
    ("waiting_for_return", "Not returned"),
    ("nothing_to_bill", "Nothing to bill"),
    ("locked", "Being changed by someone"),
]
"""Why something waits, the weightiest first."""
WEIGHT = {code: index for index, (code, _label) in enumerate(WAITING_CODES)}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    b2b_billing_policy_source = fields.Char(
        "Billing Policy From", compute="_compute_b2b_billing_policy_source", groups="base.group_user"
    )
    b2b_billing_policy_sentence = fields.Text(
        related="b2b_billing_policy_id.sentence", string="Billed", groups="base.group_user"
    )

    @api.depends_context("lang")
    @api.depends("b2b_billing_policy_id", "b2b_contract_id.billing_policy_id", "company_id.b2b_billing_policy_id")
    def _compute_b2b_billing_policy_source(self):
        for order in self:
            policy, contract = order.b2b_billing_policy_id, order.b2b_contract_id.sudo()
            if not policy:
                order.b2b_billing_policy_source = False
            elif policy == contract.billing_policy_id:
                order.b2b_billing_policy_source = self.env._("from contract %s", contract.display_name)
            elif policy == order.company_id.sudo().b2b_billing_policy_id:
                order.b2b_billing_policy_source = self.env._("the company's default")
            elif in_force := contract.billing_policy_id or order.company_id.sudo().b2b_billing_policy_id:
                order.b2b_billing_policy_source = self.env._("of this order; the one in force is “%s”", in_force.name)
            else:
                order.b2b_billing_policy_source = self.env._("of this order")

    def _b2b_net_left(self):
        """What is ordered, not billed and did not come back, without tax, in the order's currency."""
        return self.currency_id.round(
            sum(
                line.price_subtotal * (1 - line.qty_invoiced / line.product_uom_qty)
                for line in self._b2b_billable_lines()
                if line.product_uom_qty
            )
        )

    def _b2b_verdict(self, groups, waiting, credited):
        if self.b2b_history:
            return self._b2b_waits("history")
        if not self.b2b_billing_policy_id:
            return self._b2b_waits("no_policy")
        reasons = sorted(waiting, key=lambda reason: WEIGHT[reason.code])
        if not groups:
            if not reasons or reasons[0].code == "nothing_to_bill":
                return self._b2b_waits("credited_by_hand" if credited else "nothing_to_bill")
            return self._b2b_waits(reasons[0].code, words=self._b2b_reasons(reasons))
        lines = {group.key: [line for line in group.lines if line.order == self.id] for group in groups}
        invoices = {key: {line.line: float(line.quantity) for line in found} for key, found in lines.items()}
        return {
            "state": "due",
            "code": False,
            "group": groups[0].together,
            "invoices": invoices,
            "reason": self.env._("The rest waits: %s", self._b2b_reasons(reasons)) if reasons else False,
            "net": float(sum(line.net for found in lines.values() for line in found)),
            "quantities": {line: quantity for found in invoices.values() for line, quantity in found.items()},
            "policy": self.b2b_billing_policy_id,
        }

    def _b2b_waits(self, code, words=None):
        states = {"set_aside": "aside"} | dict.fromkeys(("history", "nothing_to_bill", "cancelled"), "nothing")
        state = states.get(code, "waits")
        return {
            "state": state,
            "code": code,
            "reason": words or self._b2b_reason(code, {}),
            "group": None,
            "invoices": {},
            "net": 0.0,
            "quantities": {},
            "policy": self.b2b_billing_policy_id,
        }

    def _b2b_reasons(self, reasons):
        """All that an order waits for, the weightiest first; what its lines wait for is summed up."""
        never_moved = {line.id for line in self.order_line if not line._b2b_is_deliverable()}
        found = {}
        for reason in sorted(reasons, key=lambda reason: (WEIGHT[reason.code], reason.line in never_moved)):
            parameters = found.setdefault(reason.code, [])
            if not parameters or reason.line not in never_moved:
                parameters.append(reason.parameters)
        return " · ".join(self._b2b_reason(code, _summed_up(parameters)) for code, parameters in found.items())

    def _b2b_reason(self, code, parameters):
        """A waiting code of the engine in words."""
        if code in ("on_hold", "set_aside"):
            return parameters["reason"]
        if code == "not_closing_day":
            return self.env._(
                "Billed when %s, the next closing day, is over.",
                self.env["ir.qweb.field.date"].value_to_html(parameters["next"], {}),
            )
        if code == "below_minimum":
            return self.env._(
                "Only %(net)s to bill, the policy's minimum is %(minimum)s.",
                net=self.currency_id.format(float(parameters["net"])),
                minimum=self.currency_id.format(float(parameters["minimum"])),
            )
        if code == "credit_later":
            return self.env._(
                "%(net)s less is owed than was billed; it comes off the next invoice, or is credited after %(day)s.",
                net=self.currency_id.format(-float(parameters["net"])),
                day=self.env["ir.qweb.field.date"].value_to_html(parameters["until"], {}),
            )
        if code in ("waiting_for_shipment", "waiting_for_return"):
            return self.env._(
                "%(delivered)g of %(ordered)g delivered.",
                delivered=parameters["delivered"],
                ordered=parameters["ordered"],
            )
        return {
            "history": self.env._("History from before Odoo took over; it was billed elsewhere."),
            "no_policy": self.env._("It has no billing policy; choose one under “Other Info”."),
            "po_missing": self.env._("The customer's PO number is missing: the policy wants one."),
            "cancelled": self.env._("The order is cancelled."),
            "not_confirmed": self.env._("The order is not confirmed."),
            "future_order": self.env._("The order's date is still to come."),
            "waiting_for_completion": self.env._("Not complete yet."),
            "credited_by_hand": self.env._(
                "A credit note took it back; set “Bill Again” on that to bill it once more."
            ),
            "nothing_to_bill": self.env._("Nothing to bill."),
            "draft_invoice": self.env._(
                "Less is owed than was billed, but an invoice of it is a draft: change that, or post it, and what it "
                "bills too much is credited."
            ),
            "locked": self.env._("Someone is changing the order at this moment."),
        }[code]


def _summed_up(parameters):
    """One set of parameters for the lines that wait for the same."""
    if "delivered" not in parameters[0]:
        return parameters[0]
    return {name: sum(values[name] for values in parameters) for name in ("delivered", "ordered")}
