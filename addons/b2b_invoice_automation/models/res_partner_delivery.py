"""How a customer wants to receive documents: by which channel, to whom, one by one or together.

All of it is the company's, and its contacts have it from there.
"""

from odoo import api, fields, models

from .b2b_contract_price_list import SHOWN_STATES
from .b2b_delivery import DOCUMENTS, TO_LOOK_AFTER

ABOUT_DELIVERY = {"email", "type", "parent_id", "active", "invoice_sending_method", "invoice_edi_format", "vat", "lang"}
"""A change of these may mend a delivery that failed."""

NOWHERE = ("", "", "")


class ResPartner(models.Model):
    _inherit = "res.partner"

    invoice_sending_method = fields.Selection(
        selection_add=[
            ("b2b_portal", "in the Portal, with a notice by Email"),
            ("b2b_portal_only", "in the Portal, without a notice"),
            ("b2b_print", "by Post"),
        ]
    )
    b2b_invoice_mails = fields.Selection(
        [
            ("single", "One email per invoice"),
            ("together", "Invoices of one sending together"),
            ("daily", "Invoices of a day together"),
        ],
        "Invoice Emails",
        default="single",
        required=True,
        help="Together: the invoices that are sent at the same time come in one email, with a list and its total, each "
        "as a file of its own. Of a day: they are sent on the next morning.",
        groups="base.group_user",
    )
    b2b_delivery_recipient_ids = fields.One2many(
        "b2b.delivery.recipient",
        "partner_id",
        "Who Gets What",
        domain=[("contract_id", "=", False)],
        groups="base.group_user",
    )
    b2b_delivery_text = fields.Text(
        "What Happens to the Next Invoice", compute="_compute_b2b_delivery_text", groups="base.group_user"
    )
    b2b_delivery_count = fields.Integer("Deliveries", compute="_compute_b2b_delivery_count", groups="base.group_user")
    b2b_delivery_missed_count = fields.Integer(
        "Deliveries to Look After", compute="_compute_b2b_delivery_count", groups="base.group_user"
    )

    @api.depends(
        "invoice_sending_method",
        "invoice_edi_format",
        "b2b_invoice_mails",
        "b2b_delivery_recipient_ids.role",
        "b2b_delivery_recipient_ids.document",
        "b2b_delivery_recipient_ids.contact_id",
        "b2b_delivery_recipient_ids.is_copy",
        "child_ids.email",
        "child_ids.type",
        "email",
        "lang",
    )
    @api.depends_context("company", "lang")
    def _compute_b2b_delivery_text(self):
        for partner in self:
            partner.b2b_delivery_text = partner._b2b_delivery_sentence()

    def _compute_b2b_delivery_count(self):
        entities = self.commercial_partner_id.ids
        found = (
            self.env["b2b.delivery"]
            .sudo()
            ._read_group(
                [("customer_id", "in", entities), ("company_id", "in", self.env.companies.ids)],
                ["customer_id", "state"],
                ["__count"],
            )
        )
        for partner in self:
            mine = {state: count for customer, state, count in found if customer == partner.commercial_partner_id}
            partner.b2b_delivery_count = sum(mine.values())
            partner.b2b_delivery_missed_count = sum(mine.get(state, 0) for state in TO_LOOK_AFTER)

    def _commercial_fields(self):
        return [*super()._commercial_fields(), "b2b_invoice_mails"]

    def write(self, vals):
        result = super().write(vals)
        if ABOUT_DELIVERY & vals.keys():
            self._b2b_retry_deliveries()
        return result

    def action_view_b2b_deliveries(self):
        """Smart button: what was sent to this customer, and what was missed."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("b2b_invoice_automation.b2b_delivery_action")
        action["domain"] = [("customer_id", "=", self.commercial_partner_id.id)]
        action["context"] = {"search_default_to_look_after": bool(self.b2b_delivery_missed_count)}
        return action

    def _b2b_retry_deliveries(self):
        """Try the customer's failed deliveries again: what they failed for may be mended."""
        now = fields.Datetime.now()
        moves = self.env["account.move"].sudo()
        entities = self.commercial_partner_id.ids
        failed = moves.search(
            [
                ("b2b_delivery_state", "=", "failed"),
                ("commercial_partner_id", "in", entities),
                ("b2b_deliver", "=", True),
            ]
        )
        rows = (
            self.env["b2b.delivery"]
            .sudo()
            .search([("state", "=", "failed"), ("customer_id", "in", entities), ("move_id", "=", False)])
        )
        failed.write({"b2b_delivery_next_at": now})
        rows.write({"next_at": now})
        if failed or rows:
            moves._b2b_wake_delivery()

    # Who, and how

    def _b2b_channel_of(self, company, contract=None):
        """The channel by which this partner gets documents of a company: of a contract, else of the customer.

        :param contract: b2b.contract that the document is about, if it is about one
        :returns: a value of ``invoice_sending_method``
        """
        own = contract.sudo()._b2b_route_version().delivery_channel if contract else False
        return own or self.commercial_partner_id.with_company(company).invoice_sending_method or "email"

    def _b2b_recipients_of(self, document, buyers=None, contract=None):
        """Who gets a document that is addressed to this partner, those who get a copy included.

        Parameters as of ``_b2b_addressees``.

        :returns: partners, each with an email; empty when nobody has one
        """
        return self.env["res.partner"].union(*self._b2b_addressees(document, buyers, contract))

    def _b2b_addressees(self, document, buyers=None, contract=None):
        """Who gets a document that is addressed to this partner, by the contract's table, else the customer's.

        :param str document: one of ``DOCUMENTS``
        :param buyers: partners who ordered what is on it
        :param contract: b2b.contract that the document is about, if it is about one
        :returns: (partners, those who get a copy), each with an email
        """
        self.ensure_one()
        buyers = (buyers or self.browse()).filtered(lambda buyer: buyer.email and buyer.active)
        entity = self.commercial_partner_id
        tables = [entity.sudo().b2b_delivery_recipient_ids]
        if contract:
            tables.insert(0, contract.sudo()._b2b_route_version().delivery_recipient_ids)
        choose = self.env["b2b.delivery.recipient"].sudo()._choose
        main = self._b2b_people_of(choose(tables, document, is_copy=False), buyers)
        main = main or self._b2b_invoice_recipients() or buyers
        copies = self._b2b_people_of(choose(tables, document, is_copy=True), buyers) - main
        return main.sudo(self.env.su), copies.sudo(self.env.su)

    def _b2b_people_of(self, lines, buyers):
        """The partners that lines of a table of recipients name, each with an email."""
        entity = self.commercial_partner_id
        found = lines.contact_id.filtered(
            lambda contact: contact.email and contact.active and contact.commercial_partner_id == entity
        )
        roles = set(lines.mapped("role"))
        if "buyer" in roles:
            found |= buyers
        if "invoice" in roles:
            found |= self._b2b_invoice_recipients()
        return found

    def _b2b_invoice_recipients(self):
        """Who gets the invoices that are addressed to this partner, where the customer's table says nothing else.

        The company's contacts of type “Invoice Address”; where the invoice is addressed to one of them, those at the
        same address (or without one of their own), so that departments in several places get their own invoices only.
        Without such contacts the partner's own email, else the company's.

        :returns: partners, each with an email; empty when nobody has one
        """
        self.ensure_one()
        entity = self.commercial_partner_id
        contacts = entity.child_ids.filtered(lambda contact: contact.type == "invoice" and contact.email)
        if self.type == "invoice" and self != entity:
            headquarters = (entity._b2b_place(), NOWHERE)
            place = self._b2b_place()
            same = headquarters if place in headquarters else (place,)
            contacts = contacts.filtered(lambda contact: contact._b2b_place() in same)
        reached = (self + entity).filtered(lambda partner: partner.email and partner.active)
        return contacts or reached[:1]

    def _b2b_place(self):
        return tuple((self[name] or "").strip().lower() for name in ("street", "zip", "city"))

    # In words

    def _b2b_delivery_sentence(self):
        """What happens to the next invoice for this partner, in sentences for our own people."""
        entity = self.commercial_partner_id
        method = entity.invoice_sending_method or "email"
        names = self._b2b_names_of("invoice")
        if not names and method in ("email", "b2b_portal"):
            names = self.env._("whoever ordered (nobody else has an email address)")
        if method == "email":
            sentence = self.env._(
                "The next invoice goes by email to %(names)s, with %(files)s.",
                names=names,
                files=self._b2b_files_text(),
            )
            if entity.b2b_invoice_mails == "daily":
                sentence += " " + self.env._("The invoices of a day come in one email, on the next morning.")
            elif entity.b2b_invoice_mails == "together":
                sentence += " " + self.env._("Invoices that are sent at the same time come in one email.")
        elif method == "b2b_portal":
            sentence = self.env._(
                "The next invoice is put into the portal; %(names)s get a notice by email, without files.", names=names
            )
        elif method == "b2b_portal_only":
            sentence = self.env._("The next invoice is put into the portal; nobody is written to.")
        elif method == "b2b_print":
            sentence = self.env._("The next invoice waits under “To Print and Post”, to be sent as a letter.")
        elif method == "manual":
            sentence = self.env._("The next invoice is not sent by itself: a person sends it.")
        else:
            labels = dict(self._fields["invoice_sending_method"]._description_selection(self.env))
            sentence = self.env._("The next invoice is sent: %s.", labels.get(method, method))
        extra = [self._b2b_document_sentence(code, label) for code, label in DOCUMENTS[1:-1]]
        extra.append(self._b2b_contracts_sentence())
        return "\n".join([sentence, *filter(None, extra)])

    def _b2b_names_of(self, document):
        main, copies = self._b2b_addressees(document)
        return ", ".join([*main.mapped("email_formatted"), *(f"{copy.email_formatted} (Cc)" for copy in copies)])

    def _b2b_contracts_sentence(self):
        """Which contracts have a route of their own."""
        agreed = self.commercial_partner_id.sudo().b2b_contract_ids.filtered(
            lambda contract: contract.company_id == self.env.company and contract.state in SHOWN_STATES
        )
        own = agreed._b2b_current_versions().filtered(
            lambda contract: contract.delivery_channel or contract.delivery_recipient_ids
        )
        if not own:
            return None
        return self.env._("What is billed under %s goes as the contract says.", ", ".join(own.mapped("name")))

    def _b2b_files_text(self):
        """The files that come with an invoice by email."""
        form = self.commercial_partner_id.with_company(self.env.company).invoice_edi_format
        if not form:
            return self.env._("the PDF")
        if form == "facturx":
            return self.env._("the PDF that holds the electronic invoice (Factur-X), and the XML")
        labels = dict(self._fields["invoice_edi_format"]._description_selection(self.env))
        return self.env._("the PDF and the electronic invoice (%s)", labels.get(form, form))

    def _b2b_document_sentence(self, document, label):
        """Where a kind of document goes that has lines of its own in the customer's table."""
        lines = self.commercial_partner_id.sudo().b2b_delivery_recipient_ids
        if not lines.filtered(lambda line: line.document == document):
            return None
        labels = dict(self.env["b2b.delivery"]._fields["document"]._description_selection(self.env))
        names = self._b2b_names_of(document) or "–"
        return self.env._("%(document)s: %(names)s.", document=labels.get(document, label), names=names)
