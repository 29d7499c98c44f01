"""Checking orders for credit: holds them, lets them go by themselves, and says why.

An order is checked when it is confirmed, whoever confirms it; again before it is delivered or billed, as long as there
is something left of it to stop; and, while it is held, when money comes in, when the limit is changed, and every hour.
"""

from collections import defaultdict
from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import formatLang

from ..order_to_cash.credit import (
    DUNNED,
    HELD,
    LIMIT,
    NEW,
    OVERDUE,
    PASSED,
    Decision,
    OpenOrder,
    decide,
    is_dunned,
    is_overdue,
    level,
)
from ..order_to_cash.money import to_decimal


class B2bCredit(models.AbstractModel):
    _inherit = "b2b.credit"

    @api.model
    def _check(self, company, orders, arriving=False):
        """Decide on orders of a company and write what came of it: holds, releases, levels, the decision log.

        :param orders: confirmed sale orders of the company
        :param bool arriving: whether they have just been confirmed
        :returns: those that are on credit hold now
        """
        entities = orders.partner_invoice_id.commercial_partner_id
        terms = self._terms(company, entities)
        cases = self.env["b2b.discrepancy"].sudo()._credit_cases(orders)
        held = orders.filtered(lambda order: cases[order].state == "open")
        entities = entities.filtered(lambda entity: terms[entity.id].controls)
        entities |= held.partner_invoice_id.commercial_partner_id
        if not entities:
            return orders.browse()
        accounts = self.env["b2b.credit.account"].sudo()._of(company, entities)
        today = fields.Date.context_today(self)
        exposures, rows = self._exposures_and_orders(company, entities, today)
        if company.b2b_credit_dunning_level_id:
            for entity, days in self._dunned_days(company, entities).items():
                exposures[entity] = replace(exposures[entity], dunned_days=days)
        findings = []
        for entity, theirs in orders.grouped(lambda order: order.partner_invoice_id.commercial_partner_id).items():
            if entity in entities:
                facts = terms[entity.id], exposures[entity.id], rows[entity.id]
                findings += self._decide(*facts, theirs, cases, arriving, today)
        self._write_findings(company, findings, cases)
        totals = {
            entity: replace(exposure, orders=sum((row.amount for row in rows[entity]), to_decimal(0)))
            for entity, exposure in exposures.items()
        }
        self._note_levels(accounts, terms, totals)
        return orders.browse([order.id for order, decision, *_facts in findings if decision.holds])

    @api.model
    def _decide(self, terms, exposure, rows, asked, cases, arriving, today):
        """Let the engine decide on one customer's orders.

        :returns: list of (order, :class:`Decision`, its amount, terms, exposure); an order of which nothing is left to
            invoice comes with a decision that lets it go
        """
        by_id = {order.id: order for order in asked}
        amounts = {row.order_id: row.amount for row in rows}
        decisions = decide(
            terms,
            exposure,
            [
                OpenOrder(
                    row.order_id,
                    row.amount,
                    HELD if row.held else NEW if arriving and row.order_id in by_id else PASSED,
                    row.order_id in by_id,
                    cases[by_id[row.order_id]]._engine_release() if row.order_id in by_id else None,
                )
                for row in rows
            ],
            today,
        )
        decisions += [
            Decision(order.id, (), exposure.receivables, to_decimal(0)) for order in asked if order.id not in amounts
        ]
        return [
            (by_id[decision.key], decision, amounts.get(decision.key, to_decimal(0)), terms, exposure)
            for decision in decisions
        ]

    @api.model
    def _write_findings(self, company, findings, cases):
        discrepancies, decisions, freed = self.env["b2b.discrepancy"].sudo(), [], defaultdict(list)
        wanted = [self._case_values(company, *finding) for finding in findings if finding[1].holds]
        discrepancies._flag(wanted)
        for order, decision, amount, terms, exposure in findings:
            case = cases[order]
            if decision.holds and case.state != "open":
                text = self.env._("Held for credit: %s.", self._why(company, decision, exposure))
                decisions.append(self._log_entry(order, text, decision, amount, terms, exposure))
            elif not decision.holds and case.state == "open":
                outcome = self._outcome(case, decision, amount, terms, exposure)
                freed[outcome].append(case.key)
                decisions.append(self._log_entry(order, outcome, decision, amount, terms, exposure))
        for outcome, keys in freed.items():
            discrepancies._settle(keys, outcome, company)
        if decisions:
            self.env["b2b.decision"]._log(decisions)

    @api.model
    def _case_values(self, company, order, decision, amount, terms, exposure):
        stoppable, why = order._b2b_credit_stoppable(), self._why(company, decision, exposure)
        return {
            "key": order._b2b_credit_key(),
            "type": "credit",
            "company_id": company.id,
            "order_id": order.id,
            "partner_id": order.partner_invoice_id.commercial_partner_id.id,
            "currency_id": company.currency_id.id,
            "name": self.env._("%(order)s waits for credit: %(why)s", order=order.name, why=why)
            if stoppable
            else self.env._("%(order)s was shipped without credit: %(why)s", order=order.name, why=why),
            "reason": self._reason(company, decision, amount, terms, exposure),
            "blocking": stoppable,
            "user_id": company.b2b_credit_user_id.id,
            "amount_expected": float(terms.limit),
            "amount_found": float(decision.exposure),
            "credit_order_amount": float(amount),
            "credit_over_by": float(decision.over_by),
            "credit_overdue": float(exposure.overdue),
            "credit_overdue_days": exposure.overdue_days,
            "credit_reasons": ",".join(sorted((*decision.reasons, *decision.released))),
        }

    @api.model
    def _why(self, company, decision, exposure):
        pieces = []
        if LIMIT in decision.reasons:
            pieces.append(self.env._("%s over the limit", self._in_words(company, decision.over_by)))
        if OVERDUE in decision.reasons:
            pieces.append(self.env._("%s days overdue", exposure.overdue_days))
        if DUNNED in decision.reasons:
            pieces.append(self.env._("dunned with “%s”", self._dunning_level_name(company, exposure.dunned_days)))
        return ", ".join(pieces)

    @api.model
    def _reason(self, company, decision, amount, terms, exposure):
        lines = []
        if terms.limit > 0:
            lines.append(
                self.env._(
                    "Credit limit %(limit)s. Used before this order %(before)s, this order %(amount)s, together "
                    "%(after)s: %(over)s over the limit.",
                    limit=self._in_words(company, terms.limit),
                    before=self._in_words(company, decision.exposure - amount),
                    amount=self._in_words(company, amount),
                    after=self._in_words(company, decision.exposure),
                    over=self._in_words(company, decision.over_by),
                )
            )
        if is_overdue(terms, exposure):
            lines.append(
                self.env._(
                    "%(amount)s is overdue, the oldest item for %(days)s days; orders wait from %(limit)s days on.",
                    amount=self._in_words(company, exposure.overdue),
                    days=exposure.overdue_days,
                    limit=terms.overdue_days,
                )
            )
        if is_dunned(terms, exposure):
            lines.append(
                self.env._(
                    "“%(taken)s” was sent, and %(amount)s is overdue; orders wait from “%(limit)s” on.",
                    taken=self._dunning_level_name(company, exposure.dunned_days),
                    amount=self._in_words(company, exposure.overdue),
                    limit=self._dunning_level_name(company, terms.dunning_days),
                )
            )
        lines.append(
            self.env._(
                "It goes on by itself when money comes in or the limit is raised, or when a person with the right "
                "“Release credit holds” releases it."
            )
        )
        return "\n".join(lines)

    @api.model
    def _outcome(self, case, decision, amount, terms, exposure):
        """Why a held order goes on by itself, in words."""
        company = case.company_id
        if not amount:
            return self.env._("Nothing of the order is left to invoice.")
        if not terms.controls:
            return self.env._("Released by itself: the customer has no credit limit any more.")
        was_limit, limit = to_decimal(case.amount_expected, 2), max(terms.limit, to_decimal(0))
        if limit != was_limit:
            return self.env._(
                "Released by itself: the limit was changed from %(before)s to %(now)s, and %(used)s is used with this "
                "order.",
                before=self._in_words(company, was_limit),
                now=self._in_words(company, limit) if limit else self.env._("no limit"),
                used=self._in_words(company, decision.exposure),
            )
        is_late = is_overdue(terms, exposure) or is_dunned(terms, exposure)
        if case.credit_overdue and not is_late and not case.credit_over_by:
            return self.env._("Released by itself: the overdue invoices are paid.")
        return self.env._(
            "Released by itself: with this order %(used)s of %(limit)s is used, before it was %(before)s.",
            used=self._in_words(company, decision.exposure),
            limit=self._in_words(company, limit) if limit else self.env._("no limit"),
            before=self._in_words(company, to_decimal(case.amount_found, 2)),
        )

    @api.model
    def _log_entry(self, order, text, decision, amount, terms, exposure):
        return {
            "kind": "hold",
            "record": order,
            "company": order.company_id,
            "decision": text,
            "rule": self.env._("Credit control"),
            "evidence": {
                "limit": str(terms.limit),
                "exposure_with_order": str(decision.exposure),
                "order": str(amount),
                "over_by": str(decision.over_by),
                "overdue": str(exposure.overdue),
                "overdue_days": exposure.overdue_days,
                "hold_from_days": terms.overdue_days,
                "dunning_level_days": exposure.dunned_days,
                "hold_from_dunning_level_days": terms.dunning_days,
                "reasons": list(decision.reasons),
                "released": list(decision.released),
            },
            "amount": float(amount),
            "currency": order.company_id.currency_id,
        }

    @api.model
    def _note_levels(self, accounts, terms, exposures):
        """Write how near their limits the customers are."""
        by_level = defaultdict(self.env["b2b.credit.account"].sudo().browse)
        for entity, account in accounts.items():
            by_level[level(terms[entity], exposures[entity])] += account
        for new_level, theirs in by_level.items():
            theirs._note_level(new_level)

    @api.model
    def _dunning_level_name(self, company, days):
        levels = self.env["b2b.dunning.level"].sudo()
        return levels.search([("company_id", "=", company.id), ("days", "=", days)]).name

    @api.model
    def _in_words(self, company, amount):
        return formatLang(self.env, float(amount), currency_obj=company.currency_id)
