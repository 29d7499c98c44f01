"""What the invoice over one or several orders says, given the quantities that are billed."""

from odoo import models
from odoo.fields import Command

HEADINGS = ("line_section", "line_subsection")
ONLY_IF_ALIKE = ("invoice_incoterm_id", "preferred_payment_method_line_id")
"""What an invoice over several orders says only where all of them say the same."""


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _b2b_invoice_values(self, quantities, day):
        """Values of one invoice over these orders, which share all that an invoice's header says.

        :param quantities: dict sale.order.line id → quantity to bill, negative to take back
        :param date day: the invoice date
        :returns: values for ``account.move.create``
        """
        orders = [order._b2b_in_invoice_language() for order in self]
        headers = [order._prepare_invoice() for order in orders]
        values = dict(headers[0])
        numbers = [(order.client_order_ref or "").strip() for order in self]  # as billing groups by them
        po_numbers = list(dict.fromkeys(filter(None, numbers)))
        is_of_all = len(po_numbers) == 1 and all(numbers)
        commands = []
        first = 1 if len(orders) > 1 else 0  # as core counts
        for order in orders:
            own = order._b2b_invoice_line_commands(quantities, len(commands) + first)
            if len(orders) > 1:
                _round_together(own, f"sale_order,{order.id}")
            commands += own
        policy = self[0].b2b_billing_policy_id
        values.update(
            {
                "invoice_date": day,
                "invoice_line_ids": commands,
                "ref": _join_references(po_numbers or self.mapped("name")),
                "purchase_order_reference": po_numbers[0] if is_of_all else False,
                "b2b_billing_policy_id": policy.id,
                "b2b_deliver": policy.auto_send,
            }
        )
        if len(self) > 1:
            values.update(self._b2b_shared_values(orders, headers))
        if delivered := self._b2b_delivered_on(quantities, day):
            values["delivery_date"] = delivered
        return values

    def _b2b_delivered_on(self, quantities, day):
        """The day on which the last of what is billed was delivered; None where no day up to the invoice's is known."""
        days = {
            line._b2b_day_delivered(quantities[line.id])
            for line in self.order_line
            if quantities.get(line.id, 0.0) > 0 and not line.is_downpayment
        }
        return max((found for found in days if found and found <= str(day)), default=None)

    def _b2b_billing_evidence(self, _move):
        """What an invoice was made from, for the decision log."""
        return {
            "orders": self.mapped("name"),
            "po_numbers": sorted({order.client_order_ref for order in self if order.client_order_ref}),
        }

    def _b2b_decision_text(self, move):
        """What a billing run did with these orders, in words."""
        if move.move_type == "out_refund":
            return self.env._("Credited what is no longer owed of %(count)s orders.", count=len(self))
        if move.state == "posted":
            return self.env._("Billed %(count)s orders and posted %(name)s.", count=len(self), name=move.name)
        return self.env._("Billed %(count)s orders as a draft.", count=len(self))

    def _b2b_failure_case(self, failure):
        """The case that sets an order aside."""
        expected, found = getattr(failure, "figures", (0.0, 0.0))
        return {
            "key": f"billing_error:{self.id}",
            "type": "billing_error",
            "name": self.env._("%s cannot be billed", self.name),
            "reason": str(failure),
            "blocking": True,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "partner_id": self.partner_id.id,
            "order_id": self.id,
            "amount_expected": expected,
            "amount_found": found,
        }

    def _b2b_in_invoice_language(self):
        return self.with_context(lang=self.partner_invoice_id.lang or self.env.lang).with_company(self.company_id)

    def _b2b_shared_values(self, orders, headers):
        """What an invoice over several orders takes from all of them instead of the first.

        :param orders: these orders, each in the language of its invoice
        :param list[dict] headers: what core takes from each of them alone
        """
        references = {order.reference for order in self}
        notes = list(dict.fromkeys(filter(None, (order.note for order in orders))))
        return {
            "invoice_origin": _join_references(self.mapped("name")),
            "payment_reference": references.pop() if len(references) == 1 else False,
            "partner_shipping_id": (
                self.partner_shipping_id if len(self.partner_shipping_id) == 1 else self.partner_invoice_id[0]
            ).id,
            "narration": notes[0] if len(notes) == 1 else False,
            **self._b2b_values_alike(headers),
            "delivery_date": max(filter(None, (header.get("delivery_date") for header in headers)), default=False),
            "transaction_ids": [
                Command.set(
                    list({transaction for header in headers for transaction in header["transaction_ids"][0][2]})
                )
            ],
        }

    def _b2b_values_alike(self, headers):
        alike = {
            name: headers[0][name] if len({header[name] for header in headers}) == 1 else False
            for name in ONLY_IF_ALIKE
            if name in headers[0]
        }
        if "incoterm_location" in self._fields and len(set(self.mapped("incoterm_location"))) > 1:
            alike["invoice_incoterm_id"] = False
        return alike

    def _b2b_invoice_line_commands(self, quantities, sequence):
        """Create commands of the invoice lines: products with their quantities, their headings, notes, down payments.

        :param quantities: dict sale.order.line id → quantity to bill
        :param int sequence: of the first line
        """
        commands = []

        def add(line, **values):
            commands.extend(
                Command.create(vals)
                for vals in line._prepare_invoice_lines_vals_list(**{"sequence": sequence + len(commands), **values})
            )

        stated = self._b2b_stated_amounts(quantities)
        combos = self.order_line.filtered(lambda line: line.combo_item_id and line.id in quantities).linked_line_id
        headings = {}
        for line in self.order_line:
            if line.display_type in HEADINGS:
                headings[line.display_type] = line
                if line.display_type == "line_section":
                    headings.pop("line_subsection", None)
                continue
            if line.id not in quantities and line not in combos and line.display_type != "line_note":
                continue
            for kind in HEADINGS:
                if kind in headings:
                    add(headings.pop(kind))
            if line.id in quantities:
                add(line, quantity=quantities[line.id], **stated.get(line.id, {}))
            else:
                add(line)
        if taken := self._b2b_down_payments_taken(quantities):
            commands.append(Command.create(self._prepare_down_payment_section_line(sequence=sequence + len(commands))))
            for line, quantity in taken.items():
                add(line, quantity=quantity)
        return commands


def _round_together(commands, key):
    """Make core round the taxes of these lines as one, so that a collective invoice is the sum of its orders."""
    for _command, _id, values in commands:
        if values.get("display_type") == "product" and not (values.get("extra_tax_data") or {}).get("computation_key"):
            values["extra_tax_data"] = {**(values.get("extra_tax_data") or {}), "computation_key": key}


def _join_references(references, limit=200):
    """References in a stable order, cut between them: ``PO-1, PO-2 (+ 40)``."""
    text = ""
    for index, reference in enumerate(references):
        longer = f"{text}, {reference}" if text else reference
        if len(longer) > limit and text:
            return f"{text} (+ {len(references) - index})"
        text = longer
    return text
