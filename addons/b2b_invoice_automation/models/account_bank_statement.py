from odoo import fields, models
from odoo.tools import formatLang


class AccountBankStatement(models.Model):
    _inherit = "account.bank.statement"

    b2b_import_id = fields.Many2one("b2b.statement.import", "Imported with", readonly=True, index="btree_not_null")
    b2b_sequence = fields.Integer("Bank's Number", readonly=True, help="The number the bank gave this statement.")

    def _b2b_gap(self):
        """Say in words what is missing between this statement and the one before; empty when nothing is."""
        self.ensure_one()
        previous = self.search(
            [("journal_id", "=", self.journal_id.id), ("first_line_index", "<", self.first_line_index)],
            order="first_line_index desc",
            limit=1,
        )
        if not previous:
            return ""
        if self.currency_id.compare_amounts(previous.balance_end_real, self.balance_start):
            return self.env._(
                "%(statement)s opens with %(opening)s, but %(previous)s closed with %(closing)s. A statement between "
                "them is missing: import it too.",
                statement=self.name,
                opening=formatLang(self.env, self.balance_start, currency_obj=self.currency_id),
                previous=previous.name,
                closing=formatLang(self.env, previous.balance_end_real, currency_obj=self.currency_id),
            )
        jump = self.b2b_sequence - previous.b2b_sequence
        if previous.b2b_sequence and jump > 1 and self.date and previous.date and self.date.year == previous.date.year:
            return self.env._(
                "The bank's number jumps from %(previous)s to %(number)s while the balances agree; statements without "
                "transactions may lie between.",
                previous=previous.b2b_sequence,
                number=self.b2b_sequence,
            )
        return ""
