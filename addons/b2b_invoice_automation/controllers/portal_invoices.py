"""The customer's invoices: all of the commercial entity's, found by any number, downloaded one by one or together."""

import io
import zipfile
from collections import OrderedDict

from werkzeug.exceptions import Forbidden

from odoo import fields
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.account_payment.controllers.portal import PortalAccount

from .answers import file_answer
from .filters import day_text, search_text

MOST_AT_ONCE = 100
OUR_INVOICES = ("out_invoice", "out_receipt")
UNPAID = ("not_paid", "partial")


class InvoicePortal(PortalAccount):
    def _get_overdue_invoices_domain(self, partner_id=None):
        """The commercial entity's overdue invoices, whoever of its contacts ordered."""
        partner = request.env["res.partner"].browse(partner_id) if partner_id else request.env.user.partner_id
        entity = partner.sudo().commercial_partner_id
        others = [leaf for leaf in super()._get_overdue_invoices_domain(partner_id) if leaf[0] != "partner_id"]
        return [*others, ("partner_id", "child_of", entity.id)]

    def _get_account_searchbar_sortings(self):
        return {
            "date": {"label": request.env._("Date"), "order": "invoice_date desc, id desc"},
            "duedate": {"label": request.env._("Due date"), "order": "invoice_date_due desc, id desc"},
            "name": {"label": request.env._("Number"), "order": "name desc, id desc"},
            "open": {"label": request.env._("Open amount"), "order": "amount_residual desc, id desc"},
            "state": {"label": request.env._("Status"), "order": "payment_state, invoice_date desc, id desc"},
        }

    def _get_account_searchbar_filters(self):
        core = super()._get_account_searchbar_filters()
        ours = Domain("move_type", "in", OUR_INVOICES)
        return {
            "all": {
                "label": request.env._("All"),
                "domain": Domain("move_type", "in", (*OUR_INVOICES, "out_refund")),
            },
            "open": {"label": request.env._("Open"), "domain": ours & Domain("payment_state", "in", UNPAID)},
            "overdue_invoices": {"label": request.env._("Overdue"), "domain": self._get_overdue_invoices_domain()},
            "paid": {
                "label": request.env._("Paid"),
                "domain": ours & Domain("payment_state", "in", ("paid", "in_payment", "reversed")),
            },
            "credit_notes": {"label": request.env._("Credit notes"), "domain": Domain("move_type", "=", "out_refund")},
            "invoices": core["invoices"],
            "bills": core["bills"],
        }

    def _b2b_invoice_search_inputs(self):
        return {
            "all": {"input": "all", "label": request.env._("Search in all numbers")},
            "invoice": {"input": "invoice", "label": request.env._("Invoice number")},
            "order": {"input": "order", "label": request.env._("Order number")},
            "po": {"input": "po", "label": request.env._("Your PO number")},
            "shop": {"input": "shop", "label": request.env._("Shop order number")},
        }

    def _b2b_invoice_search_domain(self, search, search_in):
        """Invoices by a part of their own number, or of the orders they are for."""
        orders = "invoice_line_ids.sale_line_ids.order_id"
        parts = {
            "invoice": Domain("name", "ilike", search) | Domain("payment_reference", "ilike", search),
            "order": Domain(f"{orders}.name", "ilike", search),
            "po": Domain("ref", "ilike", search) | Domain(f"{orders}.client_order_ref", "ilike", search),
            "shop": Domain(f"{orders}.origin", "ilike", search),
        }
        return parts.get(search_in) or Domain.OR(parts.values())

    def _prepare_my_invoices_values(
        self, page, date_begin, date_end, sortby, filterby, domain=None, url="/my/invoices"
    ):
        sortby = sortby if sortby in self._get_account_searchbar_sortings() else "date"
        filters = self._get_account_searchbar_filters()
        filterby = filterby if filterby in filters else "all"
        search = search_text(request.params.get("search"))
        inputs = self._b2b_invoice_search_inputs()
        search_in = request.params.get("search_in")
        search_in = search_in if search_in in inputs else "all"
        if search:
            domain = Domain(domain or Domain.TRUE) & self._b2b_invoice_search_domain(search, search_in)
        values = super()._prepare_my_invoices_values(
            page, day_text(date_begin), day_text(date_end), sortby, filterby, domain=domain, url=url
        )
        values["pager"]["url_args"].update({"search": search, "search_in": search_in} if search else {})
        if filterby != "bills" and not self._b2b_has_bills():
            del filters["bills"]
        filters.pop("invoices")  # the card on the home page asks for it; it reads the same as “all”
        values.update(
            {
                "searchbar_filters": OrderedDict(filters),
                "searchbar_inputs": inputs,
                "search": search,
                "search_in": search_in,
                "b2b_today": fields.Date.context_today(request.env.user),
                "b2b_account": request.env.user.partner_id._b2b_account_summary(request.env.companies),
                "b2b_too_many": request.params.get("error") == "too_many"
                and request.env._("At most %s invoices can be downloaded at once. Choose fewer.", MOST_AT_ONCE),
            }
        )
        return values

    def _b2b_has_bills(self):
        moves = request.env["account.move"]
        return moves.has_access("read") and bool(moves.search_count(self._get_invoices_domain("in"), limit=1))

    @route()
    def portal_my_invoice_detail(self, invoice_id, access_token=None, report_type=None, download=False, **kw):
        """The invoice's page; as PDF always the document itself, the electronic invoice inside, never a proforma."""
        if report_type in ("pdf", "xml"):
            try:
                invoice_sudo = self._document_check_access("account.move", invoice_id, access_token)
            except (AccessError, MissingError):
                return request.redirect("/my")
            if invoice_sudo.state == "posted" and invoice_sudo.is_sale_document(include_receipts=True):
                documents = invoice_sudo._b2b_customer_documents()
                wanted = [document for document in documents if report_type in document["filetype"]]
                if wanted:
                    return file_answer(
                        wanted[0]["content"], wanted[0]["filename"], wanted[0]["filetype"], bool(download)
                    )
            if report_type == "xml":
                return request.redirect(invoice_sudo.get_portal_url())
        return super().portal_my_invoice_detail(
            invoice_id, access_token=access_token, report_type=report_type, download=download, **kw
        )

    @route("/my/invoices/download", type="http", auth="user", website=True, methods=["GET"])
    def portal_my_invoices_download(self, **kwargs):
        """Several invoices as one zip: their PDFs, and their electronic invoices where these are files of their own."""
        wanted = {int(text) for text in request.httprequest.args.getlist("ids") if text.isdecimal() and len(text) < 10}
        if not wanted:
            return request.redirect("/my/invoices")
        if len(wanted) > MOST_AT_ONCE:
            return request.redirect("/my/invoices?error=too_many")
        invoices = request.env["account.move"].search(
            self._get_invoices_domain("out") & Domain("id", "in", list(wanted))
        )
        if len(invoices) != len(wanted):
            raise Forbidden(request.env._("Not all of these invoices are yours."))
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_DEFLATED) as archive:
            for invoice in invoices.sudo():
                for document in invoice._b2b_customer_documents():
                    archive.writestr(document["filename"], document["content"])
        name = request.env._("Invoices %s", fields.Date.context_today(request.env.user))
        return file_answer(buffer.getvalue(), f"{name}.zip", "application/zip")
