"""Dunning letters: prepared, looked at, then issued once; an issued letter is never changed.

Interest and fee are asked for in the letter and not booked: posted entries stay as they are.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .account_move_document import scan_code
from .res_partner_dunning import CLERK

REPORT = "b2b_invoice_automation.report_dunning_letter"
TEMPLATE = "b2b_invoice_automation.mail_template_dunning_letter"


class B2bDunningLetter(models.Model):
    _name = "b2b.dunning.letter"
    _description = "Dunning Letter"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _rec_name = "title"

    company_id = fields.Many2one("res.company", required=True, index=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True)
    level_id = fields.Many2one(
        "b2b.dunning.level", required=True, ondelete="restrict", help="The highest that is taken with it."
    )
    title = fields.Char(required=True)
    date = fields.Date(required=True)
    state = fields.Selection([("draft", "Prepared"), ("issued", "Issued")], default="draft", required=True)
    line_ids = fields.One2many("b2b.dunning.letter.line", "letter_id", "Items")
    days_late = fields.Integer("Days Overdue", help="Of the oldest item.")
    overdue = fields.Monetary(help="What is open of the items in the list.")
    credit = fields.Monetary(help="Credit notes and payments that nothing uses yet, at or below zero.")
    interest = fields.Monetary()
    fee = fields.Monetary()
    total = fields.Monetary()
    sent_to = fields.Char("Emailed to")

    _prepared_unique = models.UniqueIndex("(company_id, partner_id, currency_id) WHERE state = 'draft'")

    @api.model
    def _prepare(self, partners, company, day=None):
        """Make the letters that are due, in the place of those that were prepared before.

        :returns: the letters; none for a customer whose credit covers what is overdue
        """
        day = day or fields.Date.context_today(self)
        own = [("company_id", "=", company.id), ("partner_id", "in", partners.ids), ("state", "=", "draft")]
        self.search(own).unlink()
        return self.create(
            [
                values
                for (partner, currency), (items, credit) in partners._b2b_dunning(company, day).items()
                if (values := self._values(company, partner, currency, items, credit, day))
            ]
        )

    @api.model
    def _values(self, company, partner, currency, items, credit, day):
        """What a letter holds, or None where none is due."""
        new = self.env["b2b.dunning.level"].browse([item.level_id for item in items if item.is_new])
        overdue = currency.round(sum(item.line.amount_residual_currency for item in items))
        if not new or currency.compare_amounts(overdue + credit, 0) <= 0:
            return None
        level = new.sorted("days")[-1]
        fee = company.currency_id._convert(level.fee, currency, company, day)
        interest = currency.round(sum(item.interest for item in items))
        return {
            "company_id": company.id,
            "partner_id": partner.id,
            "currency_id": currency.id,
            "level_id": level.id,
            "title": level.with_context(lang=partner.lang).name,
            "date": day,
            "days_late": max(item.state.days_past_due for item in items),
            "overdue": overdue,
            "credit": credit,
            "interest": interest,
            "fee": fee,
            "total": currency.round(overdue + credit + interest + fee),
            "line_ids": [
                fields.Command.create(
                    {
                        "move_line_id": item.line.id,
                        "level_id": item.level_id,
                        "is_new": item.is_new,
                        "days_late": item.state.days_past_due,
                        "amount": item.line.amount_residual_currency,
                        "interest": item.interest,
                    }
                )
                for item in items
            ],
        }

    def write(self, vals):
        if any(letter.state == "issued" for letter in self) and set(vals) & ISSUED_FIELDS:
            raise UserError(self.env._("An issued dunning letter is not changed. The next one takes the next level."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never_when_issued(self):
        if any(letter.state == "issued" for letter in self):
            raise UserError(self.env._("An issued dunning letter is kept: the next level follows from it."))

    def _check_clerk(self):
        if not self.env.user.has_group(CLERK):
            raise AccessError(self.env._("Dunning letters are issued by people who bill."))
        self.check_access("read")

    def action_view_deliveries(self):
        """What became of sending this letter."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("b2b_invoice_automation.b2b_delivery_action")
        return {**action, "domain": [("id", "in", self._deliveries().ids)], "context": {}}

    def action_discard(self):
        """Forget prepared letters."""
        self._check_clerk()
        self.sudo().unlink()

    def action_print(self):
        """Issue the letters that are only prepared, and give all of them as one file."""
        self._check_clerk()
        self.sudo()._issue()
        return self.env.ref(REPORT).report_action(self)

    def action_send(self):
        """Issue the letters and send them by the customer's route; what fails is a delivery to look after.

        :raises UserError: when one was sent already, or when somebody has no email address or takes nothing by itself;
            nothing is issued then
        """
        self._check_clerk()
        letters = self.sudo()
        if sent := letters.filtered(lambda letter: letter._deliveries()):
            raise UserError(
                self.env._(
                    "Sent already: %s. What became of it is under Deliveries, where a letter is also sent once more.",
                    ", ".join(sent.partner_id.mapped("name")),
                )
            )
        nowhere = letters.filtered(lambda letter: not letter._has_route())
        if nowhere:
            raise UserError(
                self.env._(
                    "No email address, or sent by hand only: %s. Change it on the customer, or print these letters.",
                    ", ".join(nowhere.partner_id.mapped("name")),
                )
            )
        letters._issue()
        for letter in letters:
            letter.sent_to = ", ".join(letter._recipients().mapped("email"))
        self.env["b2b.delivery"].sudo()._deliver_document(REPORT, letters, "reminder", TEMPLATE)

    def _has_route(self):
        """Whether the customer takes letters by post, or by an email that has somewhere to go."""
        return self._method() == "b2b_print" or (self._method() != "manual" and bool(self._recipients()))

    def _recipients(self):
        partner = self.partner_id
        return partner._b2b_recipients_of("reminder") if self._method() != "b2b_print" else partner.browse()

    def _deliveries(self):
        return self.env["b2b.delivery"].search([("res_model", "=", self._name), ("res_id", "in", self.ids)])

    def _method(self):
        return self.partner_id._b2b_channel_of(self.company_id)

    def _issue(self):
        """Take the levels: figures of today, once, and written to the decision log."""
        drafts = self.filtered(lambda letter: letter.state == "draft")
        drafts.lock_for_update()
        today = fields.Date.context_today(self)
        for company, letters in drafts.grouped("company_id").items():
            found = letters.partner_id._b2b_dunning(company, today)
            for letter in letters:
                items, credit = found.get((letter.partner_id, letter.currency_id), ([], 0.0))
                values = self._values(company, letter.partner_id, letter.currency_id, items, credit, today)
                if not values:
                    raise UserError(
                        self.env._(
                            "Nothing of %s is due for a letter any more: it was paid, or a case was opened. Discard "
                            "this letter.",
                            letter.partner_id.name,
                        )
                    )
                letter.line_ids.unlink()
                letter.write({**values, "state": "issued"})
                letter.line_ids.filtered("is_new").issued_on = today
        self.env["b2b.decision"]._log([letter._decision() for letter in drafts])
        for letter in drafts:
            self.env["ir.actions.report"]._render_qweb_pdf(REPORT, letter.ids)

    def _decision(self):
        return {
            "kind": "dunning",
            "record": self,
            "company": self.company_id,
            "decision": self.env._(
                "Dunning letter to %(customer)s: %(title)s", customer=self.partner_id.name, title=self.title
            ),
            "rule": self.env._("Dunning level from %s days on", self.level_id.days),
            "evidence": {
                "items": [
                    {"invoice": line.move_id.name, "level": line.level_id.days, "new": line.is_new, "open": line.amount}
                    for line in self.line_ids
                ],
                "interest": self.interest,
                "fee": self.fee,
            },
            "amount": self.total,
            "currency": self.currency_id,
        }

    def _scan_to_pay(self):
        """The code that pays the total, with the customer's number or the oldest invoice as reference."""
        bank = self._bank()
        reference = ", ".join(self.line_ids.move_id.mapped("name"))[:140]
        return scan_code(self.env, bank, self.company_id, self.currency_id, self.total, reference)

    def _bank(self):
        return self.line_ids.move_id.partner_bank_id[:1] or self.company_id.partner_id.bank_ids[:1]


ISSUED_FIELDS = {
    "company_id", "partner_id", "currency_id", "level_id", "title", "date", "state", "line_ids", "days_late", "overdue",
    "credit", "interest", "fee", "total",
}  # fmt: skip


class B2bDunningLetterLine(models.Model):
    _name = "b2b.dunning.letter.line"
    _description = "Item of a Dunning Letter"
    _order = "letter_id, due_date, id"

    letter_id = fields.Many2one("b2b.dunning.letter", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="letter_id.company_id", store=True)
    currency_id = fields.Many2one(related="letter_id.currency_id")
    move_line_id = fields.Many2one("account.move.line", "Item", required=True, index=True, ondelete="restrict")
    move_id = fields.Many2one(related="move_line_id.move_id")
    due_date = fields.Date("Due", related="move_line_id.date_maturity", store=True)
    level_id = fields.Many2one("b2b.dunning.level", ondelete="restrict")
    is_new = fields.Boolean("Taken Now")
    issued_on = fields.Date(help="Set when the level was taken.")
    days_late = fields.Integer("Days Overdue")
    amount = fields.Monetary("Open")
    interest = fields.Monetary()

    _step_unique = models.UniqueIndex("(move_line_id, level_id) WHERE issued_on IS NOT NULL")

    @api.model
    def _last_steps(self, lines):
        """The level taken last for each item, and when: dict from line id to (level id, day)."""
        taken = self.search([("move_line_id", "in", lines.ids), ("issued_on", "!=", False)], order="issued_on, id")
        return {step.move_line_id.id: (step.level_id.id, step.issued_on) for step in taken}


class B2bDecision(models.Model):
    _inherit = "b2b.decision"

    kind = fields.Selection(selection_add=[("dunning", "Dunning")], ondelete={"dunning": "cascade"})
