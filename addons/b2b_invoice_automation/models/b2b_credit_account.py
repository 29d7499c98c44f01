"""A customer's credit in one of our companies: what uses it, part by part, and how near the limit it is.

The record is also what two transactions meet on that check the same customer at the same moment: each writes it first,
so that the later one is rolled back and tried again, and then sees the order that the earlier one let go. (A lock alone
would not do: Odoo's transactions keep seeing what was there when they began.)
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, formatLang

from ..order_to_cash.credit import NO_LIMIT, OVER, WARNING, WITHIN, available, level, used_percent

LEVELS = [(NO_LIMIT, "No limit"), (WITHIN, "Within the limit"), (WARNING, "Near the limit"), (OVER, "Over the limit")]
NEAR = (WARNING, OVER)


class B2bCreditAccount(models.Model):
    _name = "b2b.credit.account"
    _description = "Customer Credit"
    _rec_name = "partner_id"
    _order = "level desc, partner_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    level = fields.Selection(
        LEVELS, "Credit", required=True, readonly=True, default=NO_LIMIT, index=True, help="As of the last check."
    )
    checked_at = fields.Datetime("Last Checked", readonly=True)

    limit = fields.Monetary("Credit Limit", compute="_compute_figures")
    overdue = fields.Monetary(compute="_compute_figures", help="Open invoices past their due date.")
    undue = fields.Monetary("Not Due Yet", compute="_compute_figures", help="Open invoices before their due date.")
    on_account = fields.Monetary(
        compute="_compute_figures", help="Credit notes and payments that are not assigned to an invoice."
    )
    orders = fields.Monetary(
        "Orders to Invoice",
        compute="_compute_figures",
        help="Confirmed orders as far as no posted invoice has them, tax included, without those on credit hold.",
    )
    held = fields.Monetary("Orders on Credit Hold", compute="_compute_figures")
    exposure = fields.Monetary(compute="_compute_figures", help="The sum of all this.")
    available = fields.Monetary(
        compute="_compute_figures", help="What may still be ordered; orders on hold take up nothing."
    )
    percent = fields.Float("Limit Used (%)", compute="_compute_figures", digits=(16, 1))
    overdue_days = fields.Integer("Days Overdue", compute="_compute_figures", help="Age of the oldest overdue item.")
    current_level = fields.Selection(LEVELS, "Level", compute="_compute_figures")

    _customer_unique = models.UniqueIndex("(company_id, partner_id)")

    @api.depends("partner_id", "company_id")
    def _compute_figures(self):
        credit = self.env["b2b.credit"].sudo()
        for company, accounts in self.grouped("company_id").items():
            entities = accounts.partner_id
            exposures, terms = credit._exposures(company, entities), credit._terms(company, entities)
            for account in accounts:
                account._set_figures(terms[account.partner_id.id], exposures[account.partner_id.id])

    def _set_figures(self, terms, exposure):
        self.limit = max(float(terms.limit), 0.0)
        for name in ("overdue", "undue", "orders", "held"):
            self[name] = float(getattr(exposure, name))
        self.on_account = -float(exposure.on_account)
        self.exposure = float(exposure.total)
        self.available = float(available(terms, exposure) or 0)
        self.percent = float(used_percent(terms, exposure) or 0)
        self.overdue_days = exposure.overdue_days
        self.current_level = level(terms, exposure)

    @api.model
    def _of(self, company, entities):
        """The accounts of some customers, made where they are missing, and written for this transaction alone.

        Raises a serialization error, upon which Odoo tries again, when another transaction checked one of them
        meanwhile.

        :returns: dict commercial entity id → account
        """
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO b2b_credit_account (company_id, partner_id, level, checked_at,
                                                   create_uid, create_date, write_uid, write_date)
                   SELECT %(company)s, entity, 'none', %(now)s, %(user)s, %(now)s, %(user)s, %(now)s
                     FROM UNNEST(%(entities)s) AS entity ORDER BY entity
                   ON CONFLICT (company_id, partner_id) DO UPDATE SET checked_at = EXCLUDED.checked_at
                RETURNING partner_id, id""",
                company=company.id,
                now=fields.Datetime.now(),
                user=self.env.uid,
                entities=sorted(entities.ids),
            )
        )
        self.invalidate_model(["checked_at"])
        accounts = self.browse(account_id for _entity, account_id in rows)
        return {
            entity: account.with_prefetch(accounts.ids) for (entity, _id), account in zip(rows, accounts, strict=True)
        }

    def _note_level(self, new_level):
        """Write how near the limit these customers are; one that just came near it is brought to a person's notice."""
        changed = self.filtered(lambda account: account.level != new_level)
        crossed = changed.filtered(lambda account: new_level in NEAR and account.level not in NEAR)
        changed.write({"level": new_level})
        for account in crossed:
            account._tell_controller()

    def _tell_controller(self):
        controller = self.company_id.b2b_credit_user_id
        if not controller:
            return
        self.partner_id.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=controller.id,
            summary=self.env._("Over the credit limit") if self.level == OVER else self.env._("Near the credit limit"),
            note=self.env._(
                "%(exposure)s of %(limit)s is used (%(percent)s %%).",
                exposure=self._in_words(self.exposure),
                limit=self._in_words(self.limit),
                percent=f"{self.percent:.1f}",
            ),
        )

    def _in_words(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    # -- the records behind the figures ----------------------------------------------------------------------------

    def action_view_part(self):
        """Open the records that a figure sums: `overdue`, `undue`, `on_account`, `orders` or `held` in the context."""
        self.ensure_one()
        part = self.env.context.get("b2b_part")
        if part not in ("overdue", "undue", "on_account", "orders", "held"):
            raise UserError(self.env._("Choose one of the figures."))
        self.check_access("read")
        if part in ("orders", "held"):
            _figures, orders = (
                self.env["b2b.credit"]
                .sudo()
                ._exposures_and_orders(self.company_id, self.partner_id, fields.Date.context_today(self))
            )
            wanted = [row.order_id for row in orders[self.partner_id.id] if row.held == (part == "held")]
            return {
                **self.env["ir.actions.actions"]._for_xml_id("sale.action_orders"),
                "domain": [("id", "in", wanted)],
                "context": {},
                "name": self.env._("Orders: %s", self.partner_id.display_name),
            }
        return {
            "type": "ir.actions.act_window",
            "name": self.partner_id.display_name,
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": list(self.env["b2b.credit"].sudo()._items_domain(self.company_id, self.partner_id, part)),
            "context": {"create": False},
        }

    def action_view_holds(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_credit_hold_action")
        return {**action, "domain": [*self._hold_domain()], "context": {"search_default_open": 1}}

    def _hold_domain(self):
        return [
            ("type", "=", "credit"),
            ("company_id", "in", self.company_id.ids),
            ("partner_id", "in", self.partner_id.ids),
        ]
