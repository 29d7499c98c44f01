"""Remittance advices: what customers say they pay, kept with their file, expected as cash, and joined to the money.

An advice is evidence for matching and never a booking: the engine gets its documents as the bank line's own
(`_remittance_references`), and where the money differs from the advice, a person decides.
"""

import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..order_to_cash.money import to_decimal
from ..order_to_cash.remittance import AdviceError, is_advice, read_advice


class B2bRemittance(models.Model):
    _name = "b2b.remittance"
    _description = "Remittance Advice"
    _inherit = ["mail.thread"]
    _order = "expected_date desc, id desc"

    name = fields.Char("Payment Reference", required=True, tracking=True, help="How the payer calls this payment.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one("res.partner", "Payer", index="btree_not_null", tracking=True)
    payer_name = fields.Char("Payer in the Advice")
    date = fields.Date(default=fields.Date.context_today)
    expected_date = fields.Date(
        "Expected on", compute="_compute_expected_date", store=True, readonly=False, help="When the money should come."
    )
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    stated_total = fields.Monetary("Total Stated", help="The sum that the payer states; 0 where it states none.")
    total = fields.Monetary("Amount", compute="_compute_total", store=True)
    deduction_total = fields.Monetary("Kept Back", compute="_compute_total", store=True)
    line_ids = fields.One2many("b2b.remittance.line", "remittance_id", "Documents", copy=True)
    state = fields.Selection(
        [("draft", "To fill in"), ("expected", "Expected"), ("joined", "Money is here"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        index=True,
        copy=False,
        tracking=True,
        help="To fill in: the documents are not known yet. Expected: the money has not come. Money is here: joined to "
        "its bank line.",
    )
    way = fields.Selection(
        [("hand", "By hand"), ("upload", "Upload"), ("mail", "E-mail"), ("bank", "In the bank file")],
        "Came by",
        default="hand",
        required=True,
        readonly=True,
    )
    file = fields.Binary(attachment=True, copy=False)
    filename = fields.Char(copy=False)
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", "Bank Line", readonly=True, copy=False, index="btree_not_null"
    )
    received = fields.Monetary("Received", related="statement_line_id.amount", currency_field="currency_id")
    problem = fields.Text("To Mend", readonly=True, copy=False)
    warning = fields.Text("Remarks", compute="_compute_warning")
    is_late = fields.Boolean("Late", compute="_compute_is_late", search="_search_is_late")

    _line_once = models.UniqueIndex(
        "(statement_line_id) WHERE statement_line_id IS NOT NULL", "This bank line has a remittance advice already."
    )

    @api.depends("date")
    def _compute_expected_date(self):
        for advice in self:
            advice.expected_date = advice.expected_date or advice.date

    @api.depends("stated_total", "line_ids.amount", "line_ids.deduction")
    def _compute_total(self):
        for advice in self:
            advice.total = advice.stated_total or sum(advice.line_ids.mapped("amount"))
            advice.deduction_total = sum(advice.line_ids.mapped("deduction"))

    @api.depends("stated_total", "line_ids.amount", "line_ids.status", "statement_line_id.amount", "total")
    def _compute_warning(self):
        for advice in self:
            advice.warning = "\n".join(advice._warnings()) or False

    def _warnings(self):
        """What of this advice does not agree, in words."""
        currency, said = self.currency_id, []
        lines_total = sum(self.line_ids.mapped("amount"))
        if self.stated_total and self.line_ids and currency.compare_amounts(self.stated_total, lines_total):
            said.append(
                self.env._(
                    "The documents add up to %(sum)s, but the payer states %(total)s.",
                    sum=currency.format(lines_total),
                    total=currency.format(self.stated_total),
                )
            )
        strangers = self.line_ids.filtered(lambda line: line.status in ("unknown", "ambiguous"))
        if strangers:
            said.append(
                self.env._("Not found among our documents: %(numbers)s.", numbers=", ".join(strangers.mapped("number")))
            )
        closed = self.line_ids.filtered(lambda line: line.status == "closed")
        if closed and self.state == "expected":
            said.append(self.env._("Paid already: %(numbers)s.", numbers=", ".join(closed.mapped("number"))))
        money = self.statement_line_id
        if money and currency.compare_amounts(money.amount, self.total):
            said.append(
                self.env._(
                    "The advice says %(total)s, but %(amount)s came.",
                    total=currency.format(self.total),
                    amount=currency.format(money.amount),
                )
            )
        return said

    @api.depends("state", "expected_date")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for advice in self:
            advice.is_late = advice.state == "expected" and bool(advice.expected_date) and advice.expected_date < today

    def _search_is_late(self, operator, value):
        if operator not in ("in", "=") or value not in (True, [True]):
            return NotImplemented
        return [("state", "=", "expected"), ("expected_date", "<", fields.Date.context_today(self))]

    # -- coming in -----------------------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        advices = super().create(vals_list)
        advices._look_up()
        return advices

    def write(self, vals):
        result = super().write(vals)
        if {"line_ids", "partner_id"} & vals.keys():
            self._look_up()
        return result

    @api.model
    def create_document_from_attachment(self, attachment_ids):
        """Upload button of the list."""
        self._check_may_write()
        attachments = self.env["ir.attachment"].browse(attachment_ids)
        attachments.check_access("read")
        advices = self.browse()
        for attachment in attachments:
            advices += self._take_file(attachment.name, attachment.raw or b"", way="upload")
        attachments.filtered(lambda one: not one.res_model and one.create_uid == self.env.user).unlink()
        return advices._action_show()

    @api.model
    def _check_may_write(self):
        if not self.env.su and not self.env.user.has_group("b2b_invoice_automation.group_billing_clerk"):
            raise AccessError(self.env._("Remittance advices are handed in by billing clerks."))

    @api.model
    def _is_advice(self, content):
        return is_advice(content)

    @api.model
    def _take_file(self, name, content, way="upload", partner=None, journal=None):
        """Keep a file as an advice: with its documents where it is a table that can be read, else to be filled in.

        :param partner: who sent it, where that is known
        :param journal: the bank journal it was handed in at; its company and currency count
        """
        company = (journal and journal.company_id) or self.env.company
        values = {
            "name": name.rpartition(".")[0] or name,
            "company_id": company.id,
            "currency_id": ((journal and journal.currency_id) or company.currency_id).id,
            "partner_id": partner.id if partner else False,
            "way": way,
            "file": base64.b64encode(content),
            "filename": name,
        }
        try:
            values |= self._values_of(read_advice(content), values)
        except (AdviceError, UserError) as error:
            values["problem"] = str(error)
        return self.create(values)

    def _values_of(self, advice, values):
        currency = self.env["res.currency"]._b2b_by_name(advice.currency) if advice.currency else None
        if currency is not None and not currency:
            raise UserError(self.env._("The advice is in %(code)s, which is no currency.", code=advice.currency))
        return {
            "name": advice.reference or values["name"],
            "payer_name": advice.payer,
            "date": advice.date or fields.Date.context_today(self),
            "currency_id": currency.id if currency else values["currency_id"],
            "stated_total": float(advice.total or 0),
            "state": "expected",
            "line_ids": [
                fields.Command.create(
                    {
                        "number": line.number,
                        "amount": float(line.amount or 0),
                        "deduction": float(line.deduction),
                        "reason": line.reason,
                    }
                )
                for line in advice.lines
            ],
        }

    @api.model
    def _from_transactions(self, lines_and_documents):
        """Keep the remittance lists that stand in a bank file's own transactions, joined to their lines.

        A line that has an advice already keeps that one.

        :param list lines_and_documents: (statement line, documents of the engine)
        """
        lines = self.env["account.bank.statement.line"].union(*(line for line, _documents in lines_and_documents))
        told = self.search([("statement_line_id", "in", lines.ids)]).statement_line_id
        self.create(
            [
                {
                    "name": line.b2b_end_to_end_id or line.payment_ref,
                    "company_id": line.company_id.id,
                    "payer_name": line.partner_name,
                    "date": line.date,
                    "currency_id": line.currency_id.id,
                    "way": "bank",
                    "state": "joined",
                    "statement_line_id": line.id,
                    "line_ids": [
                        fields.Command.create(
                            {
                                "number": one.number,
                                "amount": float(one.amount or 0),
                                "deduction": float(one.deduction),
                                "reason": one.reason,
                            }
                        )
                        for one in documents
                        if one.number
                    ],
                }
                for line, documents in lines_and_documents
                if line not in told
            ]
        )

    def _look_up(self):
        """Find the documents that the lines name, and the payer where they tell it."""
        moves = {
            company: self._moves_by_number(company, {_compact(line.number) for line in group})
            for company, group in self.line_ids.grouped("company_id").items()
        }
        self.line_ids._take_moves(moves)
        self.filtered(lambda advice: not advice.partner_id)._find_payer().line_ids._take_moves(moves)

    def _find_payer(self):
        """Take the payer whom the documents or the name tell; returns the advices that got one."""
        found = self.browse()
        for advice in self:
            payers = advice.line_ids.move_id.commercial_partner_id
            if len(payers) != 1 and advice.payer_name:
                payers = self.env["res.partner"].search(
                    [
                        ("name", "=ilike", _literal(advice.payer_name)),
                        ("company_id", "in", (False, advice.company_id.id)),
                        "|",
                        ("parent_id", "=", False),
                        ("is_company", "=", True),
                    ],
                    limit=2,
                )
            if len(payers) == 1:
                # Not by our own write: the documents are looked up already.
                super(B2bRemittance, advice).write({"partner_id": payers.id})  # pylint: disable=super-method-mismatch
                found += advice
        return found

    def _moves_by_number(self, company, numbers):
        """Number without marks → ids of the customer documents that bear it."""
        numbers = {number for number in numbers if len(number) > 2}
        if not numbers:
            return {}
        self.env["account.move"].flush_model(["name", "payment_reference", "state", "move_type", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT number, ARRAY_AGG(DISTINCT move.id)
                     FROM account_move move
                     JOIN LATERAL (
                         VALUES (UPPER(REGEXP_REPLACE(move.name, '[^[:alnum:]]', '', 'g'))),
                                (UPPER(REGEXP_REPLACE(move.payment_reference, '[^[:alnum:]]', '', 'g')))
                     ) named(number) ON TRUE
                    WHERE move.company_id = %(company)s AND move.state = 'posted'
                      AND move.move_type IN ('out_invoice', 'out_refund') AND number IN %(numbers)s
                 GROUP BY number""",
                company=company.id,
                numbers=tuple(numbers),
            )
        )
        return dict(rows)

    # -- for people ----------------------------------------------------------------------------------------------------

    def action_expect(self):
        """The advice is filled in: from now on its money is expected."""
        self._check_may_write()
        for advice in self.filtered(lambda advice: advice.state in ("draft", "cancelled")):
            if not advice.total:
                raise UserError(self.env._("Enter the documents and what is paid of each, or the total."))
            advice.write({"state": "expected", "problem": False})

    def action_cancel(self):
        """The money will not come like this."""
        self._check_may_write()
        self.filtered(lambda advice: advice.state in ("draft", "expected")).state = "cancelled"

    def action_separate(self):
        """The bank line is about something else."""
        self._check_may_write()
        joined = self.filtered(lambda advice: advice.state == "joined" and advice.way != "bank")
        joined.write({"statement_line_id": False, "state": "expected"})

    def action_read_again(self):
        """Read the file once more, after its headings were mended or the documents were posted."""
        self._check_may_write()
        for advice in self.filtered(lambda advice: advice.file and advice.state in ("draft", "expected")):
            content = base64.b64decode(advice.with_context(bin_size=False).file)
            try:
                values = advice._values_of(
                    read_advice(content), {"name": advice.name, "currency_id": advice.currency_id.id}
                )
            except AdviceError as error:
                raise UserError(str(error)) from error
            advice.line_ids.unlink()
            advice.write({**values, "problem": False})

    def action_view_line(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.account_bank_statement_line_action")
        return {**action, "domain": [("id", "=", self.statement_line_id.id)], "context": {}}

    def _action_show(self):
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_remittance_action")
        if len(self) == 1:
            return {**action, "views": [(False, "form")], "res_id": self.id}
        return {**action, "domain": [("id", "in", self.ids)]}

    def _outcome(self):
        """What came of this advice, in one line."""
        self.ensure_one()
        if self.problem:
            return self.env._("kept to be filled in by hand: %(why)s", why=self.problem)
        return self.env._(
            "remittance advice over %(total)s for %(count)s documents",
            total=self.currency_id.format(self.total),
            count=len(self.line_ids),
        )


class B2bRemittanceLine(models.Model):
    _name = "b2b.remittance.line"
    _description = "Document of a Remittance Advice"
    _rec_name = "number"

    remittance_id = fields.Many2one("b2b.remittance", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="remittance_id.company_id", store=True)
    currency_id = fields.Many2one(related="remittance_id.currency_id")
    number = fields.Char("Document", required=True, help="Invoice or credit note, as the payer calls it.")
    amount = fields.Monetary("Paid of It", help="Negative for a credit note that is set off. 0 where it is not said.")
    deduction = fields.Monetary("Kept Back")
    reason = fields.Char(help="Why the payer keeps something back.")
    move_id = fields.Many2one("account.move", "Our Document", readonly=True, index="btree_not_null")
    is_ambiguous = fields.Boolean(readonly=True)
    residual = fields.Monetary("Open", compute="_compute_status")
    status = fields.Selection(
        [("open", "Open"), ("closed", "Paid already"), ("unknown", "Unknown"), ("ambiguous", "Several")],
        compute="_compute_status",
    )

    @api.depends("move_id.amount_residual", "move_id.payment_state", "is_ambiguous")
    def _compute_status(self):
        for line in self:
            move = line.move_id
            sign = -1 if move.move_type == "out_refund" else 1
            line.residual = sign * move.amount_residual if move else 0.0
            if move:
                line.status = "open" if move.amount_residual else "closed"
            else:
                line.status = "ambiguous" if line.is_ambiguous else "unknown"

    def _take_moves(self, moves):
        """Take the documents that were found.

        :param dict moves: res.company → dict number without marks → ids of its documents
        """
        for line in self:
            line._take_move(moves[line.company_id].get(_compact(line.number), ()))

    def _take_move(self, move_ids):
        moves = self.env["account.move"].browse(move_ids)
        own = moves.filtered(
            lambda move: move.commercial_partner_id == self.remittance_id.partner_id.commercial_partner_id
        )
        found = own if len(own) == 1 else moves
        one = found.id if len(found) == 1 else False
        if (self.move_id.id, self.is_ambiguous) != (one, len(found) > 1):
            self.write({"move_id": one, "is_ambiguous": len(found) > 1})

    def _stated_amount(self):
        return to_decimal(self.amount) if self.amount else None


def _compact(number):
    return "".join(filter(str.isalnum, number or "")).upper()


def _literal(name):
    """A name of which no character is a wildcard."""
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
