"""What the Goods and Services Tax wants on an invoice of an Indian company, where Odoo's Indian localisation is there.

Its fields are used as far as they exist: the addon does not depend on it.
"""

import segno

from odoo import models
from odoo.tools import formatLang

from .account_move_document import digits_needed

TAXES = (
    ("has_gst", "SGST/UTGST", "tax_amount_sgst"),
    ("has_gst", "CGST", "tax_amount_cgst"),
    ("has_igst", "IGST", "tax_amount_igst"),
    ("has_cess", "CESS", "tax_amount_cess"),
)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _b2b_document_gst(self):
        """What an Indian invoice has beside the others; None for the others.

        :returns: dict with ``title``; ``place`` of supply, ``has_codes`` (each line has its HSN/SAC code), ``columns``
            and ``rows`` of the summary by code, all empty where the company is not registered; and ``registered``: the
            registration of the electronic invoice with the tax portal, where there is one
        """
        self.ensure_one()
        if "l10n_in_state_id" not in self._fields or self.company_id.account_fiscal_country_id.code != "IN":
            return None
        is_registered = self.company_id.l10n_in_is_gst_registered
        summary = (is_registered and self._l10n_in_get_hsn_summary_table()) or {"items": []}
        taxes = [(label, name) for flag, label, name in TAXES if summary.get(flag)]
        return {
            "title": self._get_l10n_in_invoice_label(),
            "place": self.l10n_in_state_id.name if is_registered else False,
            "has_codes": is_registered,
            "columns": [label for label, _name in taxes],
            "rows": [self._b2b_gst_row(item, [name for _label, name in taxes]) for item in summary["items"]],
            "registered": self._b2b_gst_registration(),
        }

    def _b2b_gst_registration(self):
        """Number, acknowledgement and signed code that the tax portal gave the electronic invoice; None without one."""
        answer = self._get_l10n_in_edi_response_json() if "l10n_in_edi_attachment_id" in self._fields else None
        if not answer:
            return None
        code = answer.get("SignedQRCode")
        return {
            "number": answer.get("Irn"),
            "acknowledged": " · ".join(str(answer[key]) for key in ("AckNo", "AckDt") if answer.get(key)),
            "image": code and segno.make(code, error="l", micro=False).svg_data_uri(border=0),
        }

    def _b2b_gst_row(self, item, taxes):
        """The texts of one code and rate: code, quantity, rate, taxable value, and each tax."""
        return [
            item["l10n_in_hsn_code"] or "",
            formatLang(self.env, item["quantity"], digits=digits_needed(item["quantity"], fewest=0)),
            formatLang(self.env, item["rate"], digits=digits_needed(item["rate"], fewest=0)),
            *(self._b2b_document_money(item.get(name, 0.0)) for name in ("amount_untaxed", *taxes)),
        ]
