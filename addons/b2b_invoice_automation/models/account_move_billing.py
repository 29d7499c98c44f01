"""Making invoices of order values: created, checked to the cent against the orders, and posted."""

from odoo import models
from odoo.exceptions import UserError


class OrderTotalMismatch(UserError):
    """An invoice that would not say what the order says; ``figures`` holds both totals."""

    def __init__(self, message, figures):
        super().__init__(message)
        self.figures = figures


class AccountMove(models.Model):
    _inherit = "account.move"

    def _b2b_create_invoices(self, values_list, orders_list, before_post=None):
        """Create invoices, make credit notes of negative ones, check them against their orders, post where the policy
        says.

        :param list[dict] values_list: values for ``create``, with ``b2b_billing_policy_id``
        :param list orders_list: the sale orders of each invoice, or its charges
        :param before_post: called with the checked drafts before any is posted; for what posting must find done
        :returns: the invoices, in the given order
        :raises OrderTotalMismatch: when an invoice over whole orders does not sum to them
        """
        builder = self.sudo().with_context(default_move_type="out_invoice")
        moves, complete = builder._b2b_create_complete(values_list)
        negative = moves.filtered(lambda move: move.currency_id.compare_amounts(move.amount_total, 0.0) < 0)
        if negative:
            with self.env.protecting([moves._fields["team_id"]], negative):
                negative.action_switch_move_type()
            negative._b2b_name_corrected()
        for move, orders in zip(moves, orders_list, strict=True):
            if orders._name == "sale.order":
                move._b2b_check_totals(orders)
        if before_post:
            before_post(moves)
        moves.filtered(lambda move: move.b2b_billing_policy_id.auto_post)._b2b_post(complete - negative)
        return moves

    def _b2b_post(self, complete):
        """Post drafts; that they balance is checked once for all of those that are complete.

        :param complete: those whose journal items are in step with each other, so that they need not be looked through
        """
        in_step = self.filtered(lambda move: move in complete and not move.transaction_ids)
        with self._b2b_numbering(), self.env["res.partner"]._b2b_rank_after_commit():
            if in_step:
                with in_step._check_balanced({"records": in_step}):
                    in_step.with_context(skip_invoice_sync=True).action_post()
            if others := self - in_step:
                others.action_post()
