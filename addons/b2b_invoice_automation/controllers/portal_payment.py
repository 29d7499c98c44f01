"""Paying what is overdue: the open amounts, of all contacts of the commercial entity together."""

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.http import request, route

from odoo.addons.account_payment.controllers.payment import PaymentPortal
from odoo.addons.account_payment.controllers.portal import PortalAccount


class OverduePage(PortalAccount):
    def _overdue_invoices_get_page_view_values(self, overdue_invoices, **kwargs):
        """Pay what is overdue: the open amounts, of one company and currency at a time, of all contacts together."""
        overdue_invoices = payable_together(overdue_invoices)
        if not overdue_invoices:
            return {"page_name": "overdue_invoices"}
        first = overdue_invoices[0]
        amount = first.currency_id.round(sum(overdue_invoices.mapped("amount_residual")))
        reference = first.name
        if len(overdue_invoices) > 1:
            reference = first.company_id.sudo().get_next_batch_payment_communication()
        return {
            "page_name": "overdue_invoices",
            "payment": {
                "date": fields.Date.context_today(first),
                "reference": reference,
                "amount": amount,
                "currency": first.currency_id,
            },
            "amount": amount,
            **self._get_common_page_view_values(
                invoices_data={
                    "partner": first.commercial_partner_id,
                    "company": first.company_id,
                    "total_amount": amount,
                    "currency": first.currency_id,
                    "amount_residual": amount,
                    "payment_reference": reference,
                    "landing_route": "/my/invoices/",
                    "transaction_route": "/invoice/transaction/overdue",
                },
                **kwargs,
            ),
        }


class OverduePayment(PaymentPortal):
    @route()
    def overdue_invoices_transaction(self, payment_reference, **kwargs):
        """Begin a payment of what the page of overdue invoices shows."""
        if request.env.user._is_public():
            raise ValidationError(request.env._("Please log in to pay your overdue invoices."))
        overdue = payable_together(request.env["account.move"].search(self._get_overdue_invoices_domain()))
        if not overdue:
            raise ValidationError(request.env._("Nothing is overdue any more. Reload the page."))
        self._validate_transaction_kwargs(kwargs)
        partner, currency = request.env.user.partner_id, overdue.currency_id
        return self._process_transaction(partner.id, currency.id, overdue.ids, payment_reference, **kwargs)


def payable_together(invoices):
    """Of these invoices, the ones that one payment can pay: those in the company and currency of the oldest."""
    oldest = invoices.sorted(lambda invoice: (invoice.invoice_date_due, invoice.id))[:1]
    return invoices.filtered(
        lambda invoice: (invoice.company_id, invoice.currency_id) == (oldest.company_id, oldest.currency_id)
    )
