"""The UPI address of an account, to which customers in India pay by scanning the invoice."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..order_to_cash.payment_links import is_upi_address


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    b2b_upi_address = fields.Char(
        "UPI Address",
        groups="base.group_user",
        help="For invoices in rupees: the code “Scan to pay” asks for the payment to this address (name@bank). Left "
        "empty, the UPI Id of the company is used, where Odoo's localization of India is installed.",
    )

    @api.constrains("b2b_upi_address")
    def _check_b2b_upi_address(self):
        for bank in self:
            if bank.b2b_upi_address and not is_upi_address(bank.b2b_upi_address):
                raise ValidationError(
                    self.env._(
                        "“%s” is no UPI address. It looks like name@bank, without spaces; your bank's app shows it.",
                        bank.b2b_upi_address,
                    )
                )

    def _b2b_upi(self, company):
        """The UPI address to pay this company at: the account's, else that of the Indian localization; may be empty."""
        own = self.sudo().b2b_upi_address
        return own or ("l10n_in_upi_id" in company._fields and company.sudo()["l10n_in_upi_id"]) or ""
