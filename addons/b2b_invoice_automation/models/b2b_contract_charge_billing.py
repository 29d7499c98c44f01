"""Which recurring charges are due, and why the rest waits.

What is owed and what was billed is worked out by the engine (``order_to_cash/billing/charges.py``) from the versions of
the contract and from the invoice lines that stand; nothing is remembered beside them. Here the facts are gathered, for
all charges at once, and the contract's billing policy is asked.
"""

from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..order_to_cash.billing.charges import Billed, Span, next_day, plan_charge
from ..order_to_cash.billing.model import ZERO
from ..order_to_cash.billing.plan import closing_of
from ..order_to_cash.money import round_half_up, to_decimal
from ..order_to_cash.periods import Period
from .b2b_contract_charge import COUNTED_STATES
from .b2b_contract_charge_price import Missing
from .sale_order_billing import BILLING_STATES

DIGITS = 9
PHASE_DAY = date(2001, 1, 1)
"""Intervals with the same period here begin their periods on the same days, whenever the charge began."""


class ChargeFacts(NamedTuple):
    """What is known of a charge: its versions that count, and all its invoice lines that stand."""

    spans: list[Span]
    lines: list[Billed]
    billed_until: object


class B2bContractCharge(models.Model):
    _inherit = "b2b.contract.charge"

    date_next = fields.Date(
        "Next Billing",
        compute="_compute_date_next",
        store=True,
        index=True,
        help="The first day on which something of it is to be billed or credited; empty when it is done.",
    )
    billing_state = fields.Selection(
        BILLING_STATES, "Billing", compute="_compute_billing_state", search="_search_billing_state"
    )
    billing_reason = fields.Char("Why It Waits", compute="_compute_billing_state")

    @api.depends(
        "origin_id.version_ids.contract_id.state",
        "origin_id.version_ids.contract_id.date_start",
        "origin_id.version_ids.contract_id.date_effective_end",
        "origin_id.version_ids.move_line_ids.quantity",
        "origin_id.version_ids.move_line_ids.move_id.state",
        "origin_id.version_ids.move_line_ids.move_id.move_type",
        "origin_id.version_ids.move_line_ids.move_id.b2b_bill_again",
    )
    def _compute_date_next(self):
        facts = self.origin_id._b2b_facts()
        days = {
            origin: next_day(origin.id, found.spans, found.lines, found.billed_until) for origin, found in facts.items()
        }
        for charge in self:
            charge.date_next = days.get(charge.origin_id)

    @api.depends_context("uid", "lang")
    @api.depends("date_next")
    def _compute_billing_state(self):
        today = fields.Date.context_today(self)
        verdicts = self.filtered(lambda charge: charge.date_next and charge.date_next <= today).origin_id
        verdicts = verdicts._b2b_charge_verdicts(today)
        for charge in self:
            verdict = verdicts.get(charge.origin_id)
            charge.billing_state = verdict["state"] if verdict else "nothing"
            charge.billing_reason = verdict["reason"] if verdict else False

    def _search_billing_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        due = self.search([("date_next", "<=", today)])
        verdicts = due.origin_id._b2b_charge_verdicts(today)
        found = [origin.id for origin, verdict in verdicts.items() if verdict["state"] in value]
        domain = Domain("origin_id", "in", found)
        return domain | Domain("origin_id", "not in", due.origin_id.ids) if "nothing" in value else domain

    # Facts

    def _b2b_facts(self, draft=None):
        """What is known of charges, for the engine.

        :param draft: a contract version that is taken as if it were approved, to preview it
        :returns: dict first version → :class:`ChargeFacts`
        """
        versions = self.sudo().search([("origin_id", "in", self.ids)], order="id")
        lines = versions._b2b_billed_lines()
        facts = {}
        for origin, mine in versions.grouped("origin_id").items():
            counted = mine.filtered(
                lambda charge: charge.contract_id.state in COUNTED_STATES or charge.contract_id == draft
            )
            spans = [span for charge in counted if (span := charge._b2b_span(draft))]
            billed = sorted((line for charge in mine for line in lines.get(charge, ())), key=lambda line: line.key)
            elsewhere = max(filter(None, counted.mapped("billed_until")), default=None)
            facts[origin.with_env(self.env)] = ChargeFacts(spans, billed, elsewhere)
        return facts

    def _b2b_span(self, draft=None):
        """The days on which this version is charged, or None."""
        contract = self.contract_id
        ends = [day for day in (self.date_end, contract.date_effective_end) if day]
        if draft and draft.previous_version_id and contract != draft and contract.origin_id == draft.origin_id:
            ends.append(fields.Date.subtract(draft.date_start, days=1))
        first, last = max(self.date_start, contract.date_start), min(ends) if ends else None
        if last and last < first:
            return None
        return Span(
            version=self.id,
            first_day=first,
            last_day=last,
            recurrence=self._b2b_recurrence(),
            in_advance=self.timing == "advance",
            terms=self._b2b_price_terms(),
        )

    def _b2b_price_terms(self):
        """What makes days cost what they cost; versions with equal terms charge the same."""
        recurrence = self._b2b_recurrence()
        common = (self.product_id.id, self.quantity_source, self.price_source, self.currency_id.id)
        size = self.meter_id.id if self.quantity_source == "meter" else self.quantity
        phase = self.anchor_day or self.date_start.day, recurrence.containing(PHASE_DAY).start
        terms = (
            *common,
            size,
            self.interval_unit,
            self.interval_count,
            *(phase if self.interval_unit != "day" else ()),
        )
        if self.price_source == "rules":
            return terms
        indexed = () if self.indexation == "none" else (
            self.index_id.id, self.index_start or self.date_start, self.index_months, self.index_percent,
            self.index_lag, self.index_base, self.has_floor and self.index_floor, self.has_cap and self.index_cap,
        )  # fmt: skip
        return (*terms, self.price_unit, self.indexation, *indexed)

    def _b2b_billed_lines(self):
        """The invoice lines and credits that stand of charges: dict charge → list of ``Billed``, oldest first."""
        found = self.env["account.move.line"].sudo().search(
            [("b2b_charge_id", "in", self.ids), ("parent_state", "!=", "cancel")], order="id"
        )  # fmt: skip
        billed, amounts = {}, {}
        for line in found:
            charge, move = line.b2b_charge_id, line.move_id
            is_refund = move.move_type == "out_refund"
            quantity = -line.quantity if is_refund else line.quantity
            takes_back = quantity < 0 or (not quantity and is_refund)
            amount = round_half_up(
                abs(to_decimal(line.quantity, DIGITS))
                * to_decimal(line.price_unit, DIGITS)
                * (1 - to_decimal(line.discount, DIGITS) / 100),
                line.currency_id.rounding,
            )
            days = Period(line.b2b_charge_from, fields.Date.add(line.b2b_charge_to, days=1))
            place = charge.id, line.b2b_charge_period, days
            if not takes_back:
                amounts.setdefault(place, set()).add(amount)
            by_hand = is_refund and not move.b2b_billing_run_id
            by_hand = by_hand and not (move.b2b_bill_again and amount in amounts.get(place, ()))
            billed.setdefault(charge, []).append(
                Billed(
                    key=line.id,
                    version=charge.id,
                    period_start=line.b2b_charge_period,
                    days=days,
                    amount=amount,
                    terms=charge._b2b_price_terms(),
                    takes_back=takes_back,
                    by_hand=by_hand,
                    is_final=charge.quantity_source == "meter",
                )
            )
        return billed

    # Verdicts

    @api.model
    def _b2b_due(self, company, day, domain=Domain.TRUE):
        """The charges of a company, in their first version, of which something is due by a day or waits."""
        due = self.search([("company_id", "=", company.id), ("date_next", "<=", day)]).origin_id
        return self.search(Domain("id", "in", due.ids) & domain, order="partner_id, contract_id, sequence, id")

    @api.model
    def _b2b_policy_domain(self, policies):
        """Domain of the charges, in their first version, of contracts that are billed by some policies."""
        by_contract = Domain("version_ids.contract_id.billing_policy_id", "in", policies.ids)
        defaults = self.env["res.company"].sudo().search([("b2b_billing_policy_id", "in", policies.ids)])
        return by_contract | (
            Domain("company_id", "in", defaults.ids) & Domain("version_ids.contract_id.billing_policy_id", "=", False)
        )

    def _b2b_charge_verdicts(self, day, ignore_schedule=False, retry=False):
        """Say for each charge whether something of it is billed on a day, and why not.

        :param date day: the invoice date
        :param bool ignore_schedule: do not wait for closing days
        :param bool retry: bill also what an earlier run set aside
        :returns: dict first version → dict with ``state``, ``code``, ``reason``, ``group``, ``invoices``, ``net``,
            ``quantities`` (the priced lines) and ``policy``, as ``sale.order._b2b_billing_verdicts`` has them
        """
        facts = self._b2b_facts()
        plans = {
            origin: plan_charge(origin.id, found.spans, found.lines, day, found.billed_until)
            for origin, found in facts.items()
        }
        pairs = self._b2b_with_versions(part for parts in plans.values() for part in parts)
        version_of = {part.version: charge for charge, part in pairs}
        priced = dict(zip(map(id, (part for _charge, part in pairs)), self._b2b_price_parts(pairs), strict=True))
        obstacles = self._b2b_charge_obstacles(retry)
        closings = self._b2b_closings(day, ignore_schedule)
        verdicts = {}
        for origin, parts in plans.items():
            verdict = origin._b2b_charge_waits("nothing_to_bill", self.env._("Nothing to bill."))
            last = version_of[parts[-1].version] if parts else origin
            if parts:
                verdict = obstacles.get(origin) or origin._b2b_charge_verdict(
                    parts, [priced[id(part)] for part in parts], last, closings[last._b2b_policy()]
                )
            verdicts[origin] = {**verdict, "policy": last._b2b_policy()}
        self._b2b_hold_small_ones(verdicts, day)
        return verdicts

    @api.model
    def _b2b_with_versions(self, parts):
        """Pair parts of charges with the versions that they are billed under."""
        parts = list(parts)
        versions = self.browse(part.version for part in parts)
        return list(zip(versions, parts, strict=True))

    def _b2b_policy(self):
        """The billing policy of the contract's version, else of the company."""
        contract = self.sudo().contract_id
        return contract.billing_policy_id or contract.company_id.b2b_billing_policy_id

    def _b2b_closings(self, day, ignore_schedule):
        """How the schedule of each policy stands on a day: dict policy → the engine's answer."""
        contracts = self.sudo().search([("origin_id", "in", self.ids)]).contract_id
        policies = contracts.billing_policy_id | contracts.company_id.b2b_billing_policy_id
        calendars = {company: company._b2b_work_calendar() for company in policies.company_id}
        closings = {
            policy: closing_of(
                policy._engine_policy(ignore_schedule=ignore_schedule),
                day,
                policy.closed_until or None,
                calendars[policy.company_id],
            )
            for policy in policies
        }
        return {**closings, policies.browse(): None}

    def _b2b_charge_obstacles(self, retry):
        """What stops whole charges: dict first version → verdict."""
        cases = self.env["b2b.discrepancy"].sudo().search(
            [("charge_id", "in", self.ids), ("state", "=", "open"), ("blocking", "=", True)], order="id desc"
        ).filtered(lambda case: not (retry and case.type == "billing_error"))  # fmt: skip
        found = {}
        for case in cases:
            code = "set_aside" if case.type == "billing_error" else "on_hold"
            origin = case.charge_id.with_env(self.env)
            found[origin] = origin._b2b_charge_waits(code, case.reason or case.name)
        for charge in self.sudo().search([("origin_id", "in", self.ids), ("contract_id.state", "=", "suspended")]):
            contract, origin = charge.contract_id, charge.origin_id.with_env(self.env)
            if origin not in found and not contract.superseded_by_id:
                text = self.env._("The contract %s is suspended; it is billed once that is over.", contract.name)
                found[origin] = origin._b2b_charge_waits("on_hold", text)
        return found

    def _b2b_charge_verdict(self, parts, priced, last, closing):
        """The verdict on a charge with parts that are due, from their prices and its contract's policy.

        :param last: the version of the last part
        """
        policy = last._b2b_policy()
        if not policy:
            return self._b2b_charge_waits(
                "no_policy", self.env._("It has no billing policy; choose one at the contract.")
            )
        if policy.po_required and not last.po_number:
            return self._b2b_charge_waits(
                "po_missing", self.env._("The policy wants the customer's PO number: enter it at the charge.")
            )
        lines, waiting = [], None
        for part, found in zip(parts, priced, strict=True):
            if isinstance(found, Missing):
                waiting = waiting or found
            elif closing.day and (not closing.is_open or part.due_on > closing.day):
                text = self.env._(
                    "Billed when %s, the next closing day, is over.", format_date(self.env, closing.following)
                )
                waiting = waiting or Missing("not_closing_day", text)
            elif not (waiting and last.quantity_source == "meter"):
                lines += found
        currency = lines[0].charge.currency_id if lines else None
        lines = [line for line in lines if line.charge.currency_id == currency]
        if not lines:
            return self._b2b_charge_waits(*waiting)
        return {
            "state": "due",
            "code": False,
            "reason": self.env._("The rest waits: %s", waiting.reason) if waiting else False,
            "group": (last.contract_id.origin_id.id, currency.id),
            "net": float(sum(line.amount for line in lines)),
            "quantities": {self.id: lines},
        }

    def _b2b_charge_waits(self, code, reason):
        state = {"set_aside": "aside", "nothing_to_bill": "nothing"}.get(code, "waits")
        return {"state": state, "code": code, "reason": reason, "group": None, "net": 0.0, "quantities": {}}

    def _b2b_is_over(self, day):
        """Whether the contract, in all its versions, ended before a day."""
        latest = self.sudo().contract_id.origin_id.version_ids.sorted("version")[-1:]
        return bool(latest.date_effective_end) and latest.date_effective_end < day

    @api.model
    def _b2b_hold_small_ones(self, verdicts, day):
        """Put the charges of a contract on one invoice, unless that stays below its policy's minimum amount.

        What a contract leaves that is over is billed however small: nothing would ever come to it.
        """
        groups = {}
        for origin, verdict in verdicts.items():
            if verdict["group"]:
                groups.setdefault(verdict["group"], []).append(origin)
        for key, origins in groups.items():
            net = sum(verdicts[origin]["net"] for origin in origins)
            charge = verdicts[origins[0]]["quantities"][origins[0].id][0].charge
            currency = charge.currency_id
            policy = charge._b2b_policy()
            minimum = policy._engine_policy(currency, day).minimum_amounts.get(currency.id, ZERO)
            if 0 <= net < minimum and not charge._b2b_is_over(day):
                text = self.env._(
                    "Only %(net)s to bill, the policy's minimum is %(minimum)s.",
                    net=currency.format(net),
                    minimum=currency.format(float(minimum)),
                )
                for origin in origins:
                    verdicts[origin].update(origin._b2b_charge_waits("below_minimum", text))
                continue
            group = ("charge", *key)
            for origin in origins:
                verdicts[origin].update(group=group, invoices={group: verdicts[origin]["quantities"]})
