"""Settling rebates: one credit note per contract and fiscal position, always over the difference to what was settled.

What a period earned is divided over the taxes of its turnover, so that the customer's tax is lowered as it was charged.
Settling again settles the difference of each tax. A difference that comes out negative is charged back by an invoice.
Amounts below the contract's smallest one are carried and settled together with the rebate's next period.
"""

import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..order_to_cash.money import to_decimal
from ..order_to_cash.pricing.rebates import earned_rebate, share_earned
from .transactions import CONFLICTS, is_conflict

_logger = logging.getLogger(__name__)
OVER = ("to_settle", "carried")


class B2bRebate(models.Model):
    _inherit = "b2b.rebate"

    def action_settle(self):
        """Settle what is left of these periods and open the credit notes."""
        self._require_clerk()
        rows = self.sudo()
        rows._refresh(rows.origin_id, since=min(rows.mapped("date_from")))
        for row in rows:
            row._refuse_too_early()
        moves = rows._settle()
        return moves._b2b_open() if moves else True

    @api.model
    def _cron_settle(self):
        """Scheduled job: open the periods that begin, close those that end, settle what settles by itself."""
        rebates = self.env["b2b.contract.rebate"].search([("contract_id.origin_id", "!=", False)])
        self._refresh(rebates.origin_id)._book()
        self.env["ir.cron"]._commit_progress()
        ready = self.search(
            [
                ("state", "=", "to_settle"),
                ("rebate_id.settle_automatically", "=", True),
                ("contract_id.state", "!=", "suspended"),
            ]
        )
        for rows in ready.grouped("contract_origin_id").values():
            try:
                rows._settle_or_say_why()
                self.env["ir.cron"]._commit_progress(len(rows))
            except CONFLICTS as error:
                self.env.cr.rollback()
                if not is_conflict(error):
                    raise
                _logger.info("Rebates: somebody settles %s at this moment; looked at again tomorrow.", rows.ids)

    def _settle_or_say_why(self):
        try:
            with self.env.cr.savepoint():
                return self._settle()
        except UserError as error:
            self.problem = self.env._("Not settled: %s", error)
            return self.env["account.move"]

    def _refuse_too_early(self):
        self.ensure_one()
        if self.state in ("running", "waiting"):
            raise UserError(
                self.env._(
                    "%(rebate)s is not over: late invoices are waited for until %(day)s.",
                    rebate=self.display_name,
                    day=format_date(self.env, self.date_due) if self.date_due else self.env._("the contract ends"),
                )
            )
        if self.contract_id.state == "suspended":
            raise UserError(
                self.env._(
                    "%(contract)s is suspended, so nothing of it is settled. Resume or terminate it first.",
                    contract=self.contract_id.display_name,
                )
            )

    def _settle(self):
        """Settle these periods, and what earlier periods of the same rebates carried.

        :returns: the credit notes, and invoices that charge back
        """
        siblings = self.search([("origin_id", "in", self.origin_id.ids), ("state", "in", OVER)])
        carried = siblings.filtered(lambda row: abs(row.left) < row.rebate_id.minimum_amount)
        rows = (self | carried).filtered(lambda row: row.state in OVER)
        rows._book()
        if blocked := rows.filtered("problem"):
            raise UserError(
                self.env._("%(rebate)s: %(reason)s", rebate=blocked[0].display_name, reason=blocked[0].problem)
            )
        moves = self.env["account.move"]
        parts = rows._parts()
        for contract_rows in rows.grouped("contract_origin_id").values():
            moves += contract_rows._settle_contract(parts)
        rows._record_settlements(moves)
        moves.filtered(lambda move: move.b2b_billing_policy_id.auto_post)._post(soft=False)
        facts = rows._facts()
        rows._work_out({row: facts.get(row) for row in rows}, fields.Date.context_today(self))
        rows._book()
        return moves

    def _parts(self):
        """Return row → {(fiscal position id, tax ids): amount to credit}, only what is not zero."""
        revenues = self._revenue_by_tax(self._questions())
        settled = self._settled_by_tax()
        parts = {}
        for row in self:
            precision = to_decimal(row.currency_id.rounding)
            accrued = to_decimal(row.accrued, row.currency_id.decimal_places)
            shares = share_earned(accrued, revenues.get(row) or {}, precision) if accrued else {}
            before = settled[row]
            differences = {
                kind: shares.get(kind, 0) - before.get(kind, 0) for kind in dict.fromkeys([*shares, *before])
            }
            parts[row] = {kind: amount for kind, amount in differences.items() if amount}
        return parts

    def _settled_by_tax(self):
        settled = defaultdict(lambda: defaultdict(lambda: to_decimal(0)))
        for line in self.move_line_ids:
            move = line.move_id
            if move.move_type == "entry" or move.state == "cancel" or line.display_type != "product":
                continue
            kind = move.fiscal_position_id.id or None, tuple(sorted(line.tax_ids.ids))
            sign = 1 if move.move_type == "out_refund" else -1
            settled[line.b2b_rebate_id][kind] += sign * to_decimal(line.price_subtotal, 6)
        return settled

    def _settle_contract(self, parts):
        """Make the credit notes of one contract's periods; one for each fiscal position."""
        by_position = defaultdict(list)
        for row in self.sorted("date_from"):
            for (position, taxes), amount in parts[row].items():
                by_position[position].append((row, taxes, amount))
        moves = self.env["account.move"]
        for position, lines in by_position.items():
            moves += self._make_document(position, lines)
        return moves

    def _make_document(self, position, lines):
        contract = max(self.contract_id, key=lambda contract: contract.version)
        is_credit = sum(amount for _row, _taxes, amount in lines) >= 0
        sign = 1 if is_credit else -1
        partner = self.env["res.partner"].browse(contract.partner_id.address_get(["invoice"])["invoice"])
        policy = contract.billing_policy_id or contract.company_id.b2b_billing_policy_id
        reader = self.with_context(lang=partner.lang)
        move = (
            self.env["account.move"]
            .with_company(contract.company_id)
            .create(
                {
                    "move_type": "out_refund" if is_credit else "out_invoice",
                    "partner_id": partner.id,
                    "company_id": contract.company_id.id,
                    "currency_id": contract.currency_id.id,
                    "fiscal_position_id": position or False,
                    "invoice_date": fields.Date.context_today(self),
                    "invoice_origin": contract.name,
                    "ref": reader.env._("Rebate, contract %s", contract.name),
                    "b2b_billing_policy_id": policy.id,
                    "b2b_deliver": policy.auto_send,
                    "invoice_line_ids": [
                        Command.create(row.with_env(reader.env)._settlement_line(taxes, sign * amount, amount))
                        for row, taxes, amount in lines
                    ],
                }
            )
        )
        self._refuse_other_amounts(move, [sign * amount for _row, _taxes, amount in lines])
        return move

    def _settlement_line(self, taxes, amount, credited):
        self.ensure_one()
        taxes = self.env["account.tax"].browse(taxes)
        price = float(amount)
        if any(taxes.flatten_taxes_hierarchy().mapped("price_include")):
            found = taxes.with_context(force_price_include=False).compute_all(price, self.currency_id)
            included = taxes.flatten_taxes_hierarchy().filtered("price_include")
            price += sum(tax["amount"] for tax in found["taxes"] if tax["id"] in included.ids)
        return {
            "name": self._explanation(taxes, credited),
            "quantity": 1.0,
            "price_unit": price,
            "tax_ids": [Command.set(taxes.ids)],
            "account_id": self.provision_account_id.id,
            "b2b_rebate_id": self.id,
        }

    def _refuse_other_amounts(self, move, amounts):
        """Never settle another amount than was worked out, nor let tax fall on the liability."""
        if taxes := move.line_ids.filtered(lambda line: line.account_id in self.provision_account_id).tax_line_id:
            raise UserError(
                self.env._(
                    "%(tax)s has no account, so its amount would be booked on the rebate's liability. Enter one under "
                    "Accounting ‣ Configuration ‣ Taxes.",
                    tax=taxes[0].display_name,
                )
            )
        for line, amount in zip(move.invoice_line_ids, amounts, strict=True):
            if move.currency_id.compare_amounts(line.price_subtotal, float(amount)):
                raise UserError(
                    self.env._(
                        "The credit note would say %(found)s instead of %(expected)s. Look at the taxes of the "
                        "invoices that count.",
                        found=move.currency_id.format(line.price_subtotal),
                        expected=move.currency_id.format(float(amount)),
                    )
                )

    def _explanation(self, taxes, credited):
        """Say on the document how the amount was worked out, in the customer's language."""
        money = self.rebate_id._money_text
        texts = [
            self.env._(
                "Rebate %(what)s, %(period)s: turnover %(turnover)s, %(tier)s, earned %(earned)s",
                what=self.rebate_id.display_name,
                period=self._period_text(),
                turnover=self.turnover_text,
                tier=self.tier_text,
                earned=money(self.accrued),
            )
        ]
        if self.settled:
            texts.append(self.env._("settled before %s", money(self.settled)))
        if taxes:
            texts.append(
                self.env._(
                    "of this for goods taxed with %(taxes)s: %(amount)s",
                    taxes=", ".join(tax.invoice_label or tax.name for tax in taxes),
                    amount=money(float(credited)),
                )
            )
        return "; ".join(texts)

    def _record_settlements(self, moves):
        """Claim the keys, before anything else that another transaction could wait for, and log the decisions."""
        first_lines = {}
        for line in moves.invoice_line_ids.sorted("id"):
            first_lines.setdefault(line.b2b_rebate_id, line)
        moves.invoice_line_ids.flush_recordset()
        self.env["b2b.billing.key"].sudo()._claim_rebates(first_lines)
        self._log_settlements(first_lines)

    def _log_settlements(self, first_lines):
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "billing",
                    "record": line.move_id,
                    "decision": self.env._(
                        "Rebate settled: %(rebate)s, %(amount)s",
                        rebate=row.display_name,
                        amount=row.currency_id.format(row.left),
                    ),
                    "rule": row.contract_id.display_name,
                    "company": row.company_id,
                    "currency": row.currency_id,
                    "amount": row.left,
                    "evidence": {
                        "terms": row.rebate_id._terms(),
                        "period": [str(row.date_from), str(row.date_to)],
                        "quantity": row.quantity,
                        "revenue": row.revenue,
                        "earned": row.accrued,
                        "settled_before": row.settled,
                        "exact": str(earned_rebate(row.rebate_id._as_engine_rebate(), row._turnover_so_far()).exact),
                    },
                }
                for row, line in first_lines.items()
            ]
        )
