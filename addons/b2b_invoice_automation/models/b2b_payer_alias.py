"""What people taught about payers: names, bank accounts and mandates that payments of a customer came under.

Learned bank accounts are kept here and not among the partner's own accounts, because those are used to pay money out.
"""

from odoo import api, fields, models
from odoo.tools.sql import escape_psql

from ..order_to_cash.cash.payers import account_key, parse_name


class B2bPayerAlias(models.Model):
    _name = "b2b.payer.alias"
    _description = "Payer Alias"
    _order = "partner_id, kind, name"

    name = fields.Char("Name or Number", required=True, help="As the bank prints it.")
    kind = fields.Selection(
        [("name", "Name"), ("account", "Bank account"), ("mandate", "Direct debit mandate")],
        required=True,
        default="name",
    )
    normal_name = fields.Char(compute="_compute_normal_name", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        index=True,
        ondelete="cascade",
        domain="['|', ('parent_id', '=', False), ('is_company', '=', True)]",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", "Learned from", readonly=True, ondelete="set null", index="btree_not_null"
    )
    active = fields.Boolean(default=True, help="Archive an alias to forget it.")

    _unique = models.UniqueIndex(
        "(company_id, partner_id, kind, normal_name) WHERE active", "This payer has that alias already."
    )

    @api.depends("name", "kind")
    def _compute_normal_name(self):
        for alias in self:
            alias.normal_name = normal(alias.kind, alias.name)

    @api.model
    def _learn(self, line, partner):
        """Remember name, account and mandate of a payment that a person applied.

        Nothing is learned that another customer owns or that names the customer itself already. What was learned for
        another one is learned for this one too: then it names both, and tells nothing alone.

        :param line: the bank line
        :param partner: the commercial entity whose items were paid
        """
        partner = partner.commercial_partner_id
        if not partner:
            return self
        details = line.transaction_details if isinstance(line.transaction_details, dict) else {}
        wanted = [
            ("name", line.partner_name),
            ("account", line.account_number),
            ("mandate", details.get("mandate_id")),
        ]
        values_list = []
        for kind, name in wanted:
            key = normal(kind, name or "")
            if key and not self._is_taken(kind, key, name, partner, line.company_id):
                values_list.append(
                    {
                        "name": name,
                        "kind": kind,
                        "partner_id": partner.id,
                        "company_id": line.company_id.id,
                        "statement_line_id": line.id,
                    }
                )
        return self.sudo().create(values_list)

    @api.model
    def _is_taken(self, kind, key, name, partner, company):
        if kind == "name" and normal("name", partner.name) == key:
            return True
        known = [("partner_id", "=", partner.id), ("kind", "=", kind), ("normal_name", "=", key)]
        if self.sudo().search_count([*known, ("company_id", "=", company.id)], limit=1):
            return True
        if kind == "account":
            return bool(self.env["res.partner.bank"].sudo().search_count([("sanitized_acc_number", "=", key)], limit=1))
        return kind == "name" and bool(
            self.env["res.partner"]
            .sudo()
            .search_count([("name", "=ilike", escape_psql(name)), ("id", "!=", partner.id)], limit=1)
        )

    @api.model
    def _forget_from(self, lines):
        """Drop what was learned from lines whose application is undone."""
        self.sudo().search([("statement_line_id", "in", lines.ids)]).unlink()

    def action_forget(self):
        self.unlink()
        return True


def normal(kind, name):
    """The form in which names, or numbers, are compared; empty where they cannot identify anybody."""
    if kind != "name":
        return account_key(name or "")
    parsed = parse_name(name or "")
    return " ".join((*sorted(parsed.key), *sorted(parsed.legal))) if parsed.words else ""
