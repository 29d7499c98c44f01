"""A rebate in one period: what was taken, earned, booked and settled so far.

Rows are written by the machine alone and hold nothing that could not be worked out again: turnover comes from posted
invoice lines, what is booked and settled from the ledger. A row belongs to the rebate of the first version, so that an
amendment never opens a period anew.
"""

from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_date

from ..order_to_cash.money import to_decimal
from ..order_to_cash.pricing.rebates import NOTHING_TAKEN, Turnover, earned_rebate, next_tier
from .rebate_facts import NOTHING_BOOKED, Question

CLERK = "b2b_invoice_automation.group_billing_clerk"
DONE = ("settled", "none")


class B2bRebate(models.Model):
    _name = "b2b.rebate"
    _description = "Rebate Period"
    _order = "date_from desc, id desc"

    origin_id = fields.Many2one("b2b.contract.rebate", "First Version's Rebate", required=True, ondelete="restrict")
    rebate_id = fields.Many2one(
        "b2b.contract.rebate",
        required=True,
        index=True,
        ondelete="restrict",
        help="Its terms count for the whole period: those in force on the last day.",
    )
    contract_id = fields.Many2one(related="rebate_id.contract_id", store=True, index=True)
    contract_origin_id = fields.Many2one(
        related="origin_id.contract_id.origin_id", string="First Version", store=True, index=True
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer", store=True, index=True)
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id", store=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    user_id = fields.Many2one(related="contract_id.user_id")
    date_from = fields.Date("First Day", required=True, readonly=True)
    date_to = fields.Date("Last Day", readonly=True, help="Empty while the contract has no end.")
    date_due = fields.Date("Settled After", readonly=True, help="Until then, late invoices are waited for.")
    state = fields.Selection(
        [
            ("running", "Running"),
            ("waiting", "Waiting"),
            ("to_settle", "To Settle"),
            ("carried", "Carried"),
            ("settled", "Settled"),
            ("none", "Nothing Earned"),
        ],
        required=True,
        default="running",
        readonly=True,
        index=True,
        help="Waiting: the period is over, and late invoices are waited for. Carried: the amount is below the smallest "
        "one of the contract and is settled with the next period.",
    )
    quantity = fields.Float(readonly=True, digits="Product Unit", help="In the rebate's unit, returns deducted.")
    revenue = fields.Monetary(
        "Net Revenue", readonly=True, help="Net revenue of the lines that count, returns deducted."
    )
    accrued = fields.Monetary(readonly=True, help="What the turnover so far earns.")
    booked = fields.Monetary(readonly=True, help="What journal entries have set aside so far.")
    settled = fields.Monetary(readonly=True, help="Credit notes less what was charged back; drafts included.")
    left = fields.Monetary("Left to Settle", readonly=True, help="Accrued less settled. Negative: to charge back.")
    provision = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="What stands on the liability account for this period. Zero when all is settled.",
    )
    provision_account_id = fields.Many2one("account.account", readonly=True, ondelete="restrict")
    expense_account_id = fields.Many2one("account.account", readonly=True, ondelete="restrict")
    problem = fields.Char(readonly=True, help="Why the rebate is not booked or settled, and what to do.")
    computed_at = fields.Datetime("As Of", readonly=True)
    tier_text = fields.Char("Tier Reached", compute="_compute_texts")
    reward_text = fields.Char("Tier", compute="_compute_texts")
    next_tier_text = fields.Char("Next Tier", compute="_compute_texts")
    turnover_text = fields.Char("Turnover", compute="_compute_texts")
    key_ids = fields.One2many("b2b.billing.key", "rebate_id", "Settlements")
    move_line_ids = fields.One2many("account.move.line", "b2b_rebate_id", "Journal Items")

    _once = models.UniqueIndex("(origin_id, date_from)", "This period of the rebate is there already.")
    _open_index = models.Index("(origin_id) WHERE state NOT IN ('settled', 'none') OR provision <> 0")

    @api.depends("origin_id", "rebate_id", "date_from", "date_to")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.rebate_id.display_name}, {row._period_text()}"

    @api.depends("quantity", "revenue", "rebate_id")
    @api.depends_context("lang")
    def _compute_texts(self):
        for row in self:
            terms, turnover = row.rebate_id, row._turnover_so_far()
            reached = earned_rebate(terms._as_engine_rebate(), turnover).tier if terms.tier_ids else None
            above = next_tier(terms._as_engine_rebate(), turnover)
            row.turnover_text = terms._measure_text(row.quantity if terms.measure == "quantity" else row.revenue)
            row.reward_text = terms._engine_tier_text(reached) if reached else self.env._("none yet")
            row.tier_text = (
                self.env._(
                    "%(reward)s from %(floor)s",
                    reward=terms._engine_tier_text(reached),
                    floor=terms._measure_text(float(reached.floor)),
                )
                if reached
                else self.env._("none yet")
            )
            row.next_tier_text = (
                self.env._(
                    "%(missing)s more and the rebate becomes %(reward)s",
                    missing=terms._measure_text(float(above[1])),
                    reward=terms._engine_tier_text(above[0]),
                )
                if above
                else self.env._("the highest is reached")
            )

    def _period_text(self):
        self.ensure_one()
        if not self.date_to:
            return self.env._("from %s", format_date(self.env, self.date_from))
        return f"{format_date(self.env, self.date_from)} – {format_date(self.env, self.date_to)}"

    def _turnover_so_far(self):
        self.ensure_one()
        return Turnover(to_decimal(self.quantity, 6), to_decimal(self.revenue, 6))

    # --- keeping the rows up to date ---

    @api.model
    def _refresh(self, origins, since=None):
        """Work periods out anew: those that are not settled, and those with a day from ``since`` on.

        A fixed number of queries, however many rebates there are.

        :param origins: rebates of first versions
        :param date since: reconsider settled periods from this day on; ``None`` for only what is unsettled
        :returns: the rows that were worked out
        """
        today = fields.Date.context_today(self)
        known = {(row.origin_id, row.date_from): row for row in self.search([("origin_id", "in", origins.ids)])}
        found = {(origin, period.first_day): (terms, period) for origin, terms, period in origins._periods(today)}
        known.update(self._create_rows([key for key in found if key not in known], found))
        stale = {
            key: row
            for key, row in known.items()
            if row.state not in DONE or row.provision or (since and (not row.date_to or row.date_to >= since))
        }
        rows = self.union(*stale.values()) if stale else self
        rows._work_out({row: found.get(key) for key, row in stale.items()}, today)
        return rows

    def _create_rows(self, keys, found):
        """Insert rows that another transaction may insert as well; whoever is second leaves it to the first."""
        if not keys:
            return {}
        self.env["b2b.contract.rebate"].flush_model()
        values = [
            SQL(
                "(%s, %s, %s::date, 'running', %s, now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC')",
                origin.id,
                found[origin, day][0].id,
                day,
                self.env.uid,
                self.env.uid,
            )
            for origin, day in keys
        ]
        created = self.env.execute_query(
            SQL(
                """INSERT INTO b2b_rebate (origin_id, rebate_id, date_from, state, create_uid, create_date, write_uid,
                                           write_date)
                   VALUES %s ON CONFLICT DO NOTHING RETURNING id""",
                SQL(", ").join(values),
            )
        )
        rows = self.browse(row_id for (row_id,) in created)
        rows.modified(["origin_id", "rebate_id"])
        return {(row.origin_id, row.date_from): row for row in rows}

    def _work_out(self, facts, today):
        """Write what the periods of the rows come to; a row without facts has lost its period and counts nothing."""
        turnover = self._turnover([self._question(row, *fact) for row, fact in facts.items() if fact])
        ledger = self._ledger(self)
        for row, fact in facts.items():
            terms, period = fact or (row.rebate_id, None)
            taken = turnover.get(row, NOTHING_TAKEN)
            earned = earned_rebate(terms._as_engine_rebate(), taken) if fact else None
            last_day = period.last_day if period else row.date_to or row.date_from
            row.write(
                {
                    "rebate_id": terms.id,
                    "date_to": last_day,
                    "date_due": last_day and last_day + timedelta(days=terms.settle_after_days),
                    "quantity": float(taken.quantity),
                    "revenue": float(taken.revenue),
                    "accrued": float(earned.amount) if earned else 0.0,
                    "computed_at": fields.Datetime.now(),
                }
            )
            row._write_ledger(ledger.get(row.id, NOTHING_BOOKED), today)
        self._carry_small_amounts()

    def _write_ledger(self, ledger, today):
        self.ensure_one()
        left = self.currency_id.round(self.accrued - float(ledger.settled))
        if not self.date_to or self.date_to >= today:
            state = "running"
        elif self.date_due >= today:
            state = "waiting"
        elif left:
            state = "to_settle"
        else:
            state = "settled" if ledger.ever_settled else "none"
        self.write(
            {
                "state": state,
                "booked": float(ledger.booked),
                "settled": float(ledger.settled),
                "left": left,
                "provision": float(ledger.provision),
            }
        )

    def _carry_small_amounts(self):
        """Let what is left of a rebate's periods wait for the next one, where together it is below the minimum."""
        for rows in self.filtered(lambda row: row.state == "to_settle").grouped("origin_id").values():
            minimum = rows.rebate_id.sorted("id")[-1:].minimum_amount
            if abs(sum(rows.mapped("left"))) < minimum:
                rows.state = "carried"

    @api.model
    def _question(self, row, terms, period):
        return Question(row, terms, period.spans)

    def _facts(self):
        """Return row → (terms, period) of these rows; rows whose period is lost are left out."""
        today = fields.Date.context_today(self)
        found = {
            (origin, period.first_day): (terms, period) for origin, terms, period in self.origin_id._periods(today)
        }
        return {row: found[row.origin_id, row.date_from] for row in self if (row.origin_id, row.date_from) in found}

    def _questions(self):
        return [self._question(row, *fact) for row, fact in self._facts().items()]

    # --- buttons ---

    def _require_clerk(self):
        self.check_access("read")
        if not self.env.user.has_group(CLERK):
            raise AccessError(self.env._("Only billing clerks may book and settle rebates."))

    def action_refresh(self):
        """Work these periods out anew and book what they differ by."""
        self._require_clerk()
        rows = self.sudo()
        rows._refresh(rows.origin_id, since=min(rows.mapped("date_from"), default=date.min))
        rows._book()
        return True

    def action_view_counted(self):
        """Open the invoices and credit notes whose lines count."""
        moves = self.sudo()._counted_lines(self.sudo()._questions()).move_id
        return self._open_moves(moves, self.env._("Invoices That Count"))

    def action_view_credit_notes(self):
        """Open the credit notes, and invoices that charge back, that settle these periods."""
        moves = self.sudo().move_line_ids.move_id.filtered(lambda move: move.move_type != "entry")
        return self._open_moves(moves, self.env._("Settlements"))

    def action_view_entries(self):
        """Open the journal items that set the rebate aside and release it."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Journal Items"),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [("b2b_rebate_id", "in", self.ids)],
            "context": {"create": False},
        }

    def _open_moves(self, moves, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", moves.ids)],
            "context": {"create": False, "default_move_type": "out_invoice"},
        }
