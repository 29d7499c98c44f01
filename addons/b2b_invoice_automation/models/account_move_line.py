from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    _b2b_open_item_index = models.Index(
        "(account_id, date_maturity) WHERE amount_residual <> 0 AND parent_state = 'posted'"
    )


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    _b2b_max_date_index = models.Index("(max_date)")
