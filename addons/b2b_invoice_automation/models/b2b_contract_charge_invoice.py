"""What the invoice over the charges of a contract says, and what a billing run records of it.

The methods have the names of those of ``sale.order``, so that a billing run handles orders and charges alike.
"""

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class B2bContractCharge(models.Model):
    _inherit = "b2b.contract.charge"

    def action_b2b_preview_billing(self):
        """Open a billing run over these charges that shows what it would bill, and why the rest waits."""
        return self.origin_id._b2b_preview_billing()

    def _b2b_preview_billing(self, ignore_schedule=False):
        if len(self.company_id) != 1:
            raise UserError(self.env._("Choose charges of one company: a billing run belongs to one."))
        run = self.env["b2b.billing.run"].create(
            {
                "company_id": self.company_id.id,
                "charge_ids": [Command.set(self.ids)],
                "ignore_schedule": ignore_schedule,
            }
        )
        run.action_preview()
        return run._action_open()

    def _b2b_invoice_values(self, quantities, day):
        """Values of one invoice over charges of one contract.

        :param quantities: dict id of the charge → its priced lines
        :param date day: the invoice date
        :returns: values for ``account.move.create``
        """
        lines = [line for charge in self for line in quantities[charge.id]]
        contract = lines[-1].charge.contract_id
        company, partner = contract.company_id, contract.partner_id.with_company(contract.company_id)
        addresses = partner.address_get(["invoice", "delivery"])
        addressee = partner.browse(addresses["invoice"])
        position = self.env["account.fiscal.position"].with_company(company)._get_fiscal_position(
            addressee, partner.browse(addresses["delivery"])
        )  # fmt: skip
        policy = lines[-1].charge._b2b_policy()
        numbers = [(line.charge.po_number or "").strip() for line in lines]
        po_numbers = list(dict.fromkeys(filter(None, numbers)))
        is_of_all = len(po_numbers) == 1 and all(numbers)
        return {
            "move_type": "out_invoice",
            "company_id": company.id,
            "currency_id": contract.currency_id.id,
            "partner_id": addressee.id,
            "partner_shipping_id": addresses["delivery"],
            "fiscal_position_id": position.id,
            "invoice_payment_term_id": (contract.payment_term_id or partner.property_payment_term_id).id,
            "invoice_user_id": contract.user_id.id,
            "invoice_origin": contract.name,
            "invoice_date": day,
            "ref": ", ".join(po_numbers) or contract.name,
            "purchase_order_reference": po_numbers[0] if is_of_all else False,
            "b2b_billing_policy_id": policy.id,
            "b2b_deliver": policy.auto_send,
            "invoice_line_ids": [
                Command.create(self._b2b_invoice_line_values(line, position, addressee.lang, sequence))
                for sequence, line in enumerate(lines, 1)
            ],
        }

    def _b2b_invoice_line_values(self, line, position, lang, sequence):
        charge = line.charge.with_context(lang=lang or self.env.lang)
        product, part = charge.product_id, line.part
        taxes = product.taxes_id._filter_taxes_by_company(charge.company_id)
        price = float(line.price_unit)
        if not part.taken:  # what is taken back is as it was billed
            price = product._get_tax_included_unit_price_from_price(price, taxes, fiscal_position=position)
        return {
            "display_type": "product",
            "sequence": sequence,
            "name": charge._b2b_line_name(line),
            "product_id": product.id,
            "quantity": float(line.quantity),
            "discount": 0.0,
            "price_unit": price,
            "product_uom_id": product.uom_id.id,
            "tax_ids": [Command.set(position.map_tax(taxes).ids)],
            **(self._b2b_as_billed(part.taken) if part.taken else {}),
            "b2b_po_number": charge.po_number,
            "b2b_charge_id": charge.id,
            "b2b_charge_period": part.period_start,
            "b2b_charge_from": part.days.start,
            "b2b_charge_to": part.days.last_day,
        }

    def _b2b_as_billed(self, taken):
        """Days are taken back with the taxes and on the account that they were billed with, whatever changed since."""
        billed = self.env["account.move.line"].sudo().browse(taken.key)
        return {
            "product_id": billed.product_id.id,
            "product_uom_id": billed.product_uom_id.id,
            "account_id": billed.account_id.id,
            "tax_ids": [Command.set(billed.tax_ids.ids)],
        }

    # What a billing run records

    def _b2b_billing_evidence(self, move):
        """What of these charges an invoice was made from, for the decision log."""
        lines = move.invoice_line_ids.filtered("b2b_charge_id")
        return {
            "contract": lines.b2b_charge_id.contract_id[:1].display_name,
            "charges": [line.name for line in lines],
            "periods": [f"{line.b2b_charge_from} – {line.b2b_charge_to}" for line in lines],
        }

    def _b2b_decision_text(self, move):
        """What was done, in words."""
        if move.move_type == "out_refund":
            return self.env._("Credited days of %(count)s charges that are no longer owed.", count=len(self))
        if move.state == "posted":
            return self.env._("Billed %(count)s charges and posted %(name)s.", count=len(self), name=move.name)
        return self.env._("Billed %(count)s charges as a draft.", count=len(self))

    def _b2b_failure_case(self, failure):
        """The case that sets a charge aside."""
        return {
            "key": f"billing_error:charge:{self.id}",
            "type": "billing_error",
            "name": self.env._("%s cannot be billed", self.display_name),
            "reason": str(failure),
            "blocking": True,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "partner_id": self.partner_id.id,
            "charge_id": self.id,
        }
