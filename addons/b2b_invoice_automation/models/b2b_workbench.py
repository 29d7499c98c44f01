"""The workbench of cash application: what its screen reads, as plain data in a fixed number of queries.

Apart from the bank lines, whose file `statement_line_workbench.py` has what a person does there.
"""

from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..order_to_cash.typed_amount import readings

CLERK = "b2b_invoice_automation.group_billing_clerk"
MANAGER = "b2b_invoice_automation.group_billing_manager"
READERS = (CLERK, "b2b_invoice_automation.group_auditor")
PAGE = 40
MOST_LINES = 400
TABS = {
    "todo": ("new", "proposed", "case"),
    "proposed": ("proposed",),
    "case": ("case",),
    "applied": ("applied", "manual"),
}
MOST_LEARNED = 20
ROW = (
    "date",
    "payment_ref",
    "partner_name",
    "partner_id",
    "b2b_payer_id",
    "amount",
    "currency_id",
    "journal_id",
    "b2b_state",
    "b2b_score",
    "b2b_reason",
    "is_reconciled",
)


class B2bWorkbench(models.AbstractModel):
    _name = "b2b.workbench"
    _description = "Workbench of Cash Application"

    @api.model
    def _check_reader(self):
        if not self.env.su and not any(map(self.env.user.has_group, READERS)):
            raise AccessError(self.env._("The workbench is for billing clerks, billing managers and auditors."))

    @api.model
    def get_list(self, tab="todo", journal_id=False, words="", offset=0, limit=PAGE):
        """A page of bank lines with what stands over it.

        :param str tab: todo, proposed, case, applied or all
        :param journal_id: only the lines of this journal
        :param str words: in the text, the payer's or the customer's name, or an amount
        :param int offset: lines to skip
        :param int limit: lines at most, and never more than a few pages
        :returns: dict with ``lines``, ``total``, ``counts`` by tab, ``journals`` and ``progress``
        """
        self._check_reader()
        lines = self.env["account.bank.statement.line"]
        base = Domain("company_id", "in", self.env.companies.ids) & Domain("state", "=", "posted")
        if journal_id:
            base &= Domain("journal_id", "=", int(journal_id))
        if words:
            base &= self._words_domain(words.strip())
        counts = self._counts(base)
        domain = base & Domain("b2b_state", "in", TABS[tab]) if tab in TABS else base
        order = "b2b_state desc, date, id" if tab == "todo" else "date desc, id desc"
        found = lines.search_fetch(domain, ROW, order=order, offset=int(offset), limit=min(int(limit), MOST_LINES))
        return {
            "lines": [self._row(line) for line in found],
            "total": counts.get(tab, 0),
            "counts": counts,
            "journals": self._journals(),
            "progress": self._progress(),
            "may_apply": self.env.user.has_group(CLERK),
        }

    def _words_domain(self, words):
        domain = Domain.OR(
            [
                Domain("payment_ref", "ilike", words),
                Domain("partner_name", "ilike", words),
                Domain("partner_id.name", "ilike", words),
            ]
        )
        amounts = [float(amount) for amount in readings(words)]
        return domain | Domain("amount", "in", amounts) if amounts else domain

    def _counts(self, domain):
        by_state = dict(self.env["account.bank.statement.line"]._read_group(domain, ["b2b_state"], ["__count"]))
        counts = {tab: sum(by_state.get(state, 0) for state in states) for tab, states in TABS.items()}
        return {**counts, "all": sum(by_state.values())}

    def _journals(self):
        journals = self.env["account.journal"].search(
            [("type", "in", ("bank", "credit")), ("company_id", "in", self.env.companies.ids)]
        )
        waiting = dict(
            self.env["account.bank.statement.line"]._read_group(
                [("journal_id", "in", journals.ids), ("b2b_state", "in", TABS["todo"]), ("state", "=", "posted")],
                ["journal_id"],
                ["__count"],
            )
        )
        return [{"id": one.id, "name": one.name, "count": waiting.get(one, 0)} for one in journals]

    def _progress(self):
        """What happened today: lines decided, those of them that no person touched, and those that one corrected.

        A line that a rule applied and a person took back counts as decided, but not as untouched.
        """
        midnight = fields.Datetime.context_timestamp(self, fields.Datetime.now()).replace(hour=0, minute=0, second=0)
        since = fields.Datetime.to_string(midnight.astimezone(UTC).replace(tzinfo=None))
        groups = self.env["account.bank.statement.line"]._read_group(
            [("company_id", "in", self.env.companies.ids), ("b2b_decided_at", ">=", since)],
            ["b2b_state", "b2b_automatic", "b2b_corrected"],
            ["__count"],
        )
        decided = sum(count for *_keys, count in groups)
        untouched = sum(
            count for state, automatic, corrected, count in groups if state == "applied" and automatic and not corrected
        )
        by_hand = sum(count for state, _automatic, _corrected, count in groups if state == "manual")
        taken_back = sum(count for _state, _automatic, corrected, count in groups if corrected)
        return {"decided": decided, "untouched": untouched, "by_hand": by_hand, "corrected": taken_back}

    def _row(self, line):
        partner = line.partner_id or line.b2b_payer_id
        return {
            "id": line.id,
            "date": format_date(self.env, line.date),
            "text": line.payment_ref or "",
            "payer": partner.name or line.partner_name or "",
            "known": bool(partner),
            "amount": line.amount,
            "currency_id": line.currency_id.id,
            "journal": line.journal_id.name,
            "state": line.b2b_state or ("old" if line.amount else "none"),
            "score": line.b2b_score,
            "reason": line.b2b_reason or "",
            "done": bool(line.is_reconciled),
        }

    @api.model
    def get_line(self, line_id):
        """Everything about one line that a person needs to decide.

        :raises UserError: when the line is gone
        """
        self._check_reader()
        line = self._line(line_id)
        return {
            **self._row(line),
            "version": line._workbench_version(),
            "journal_id": line.journal_id.id,
            "payer_name": line.partner_name or "",
            "account": line.account_number or "",
            "partner": self._partner(line._workbench_payer()),
            "spans": line._workbench_spans(),
            **self._what_is_open(line),
            "applied": self._applied(line),
            "cases": self._cases(line),
            "learned": self._learned(line),
            "limit": line.company_id._b2b_write_off_limit(),
            "company_currency_id": line.company_id.currency_id.id,
            "salesperson": self._salesperson(line),
            "may_apply": self.env.user.has_group(CLERK),
            "move_id": line.move_id.id,
        }

    @api.model
    def get_items(self, line_id, words):
        """Open items of any customer by number, reference, name or amount."""
        self._check_reader()
        line = self._line(line_id)
        items = line._workbench_items(words.strip()) if words.strip() else []
        return {"items": items, "waiting": self._waiting(line, items, [])}

    @api.model
    def get_people(self):
        """Whom a question can be sent to: the salespeople first, then all other people of the company.

        :returns: list of dicts with ``id`` and ``name``
        """
        self._check_reader()
        users = self.env["res.users"].search(
            [("share", "=", False), ("company_ids", "in", self.env.companies.ids)], order="name", limit=200
        )
        sellers = users & self.env.ref("sales_team.group_sale_salesman").sudo().all_user_ids.with_env(self.env)
        return [{"id": user.id, "name": user.name} for user in sellers | users]

    def _line(self, line_id):
        line = self.env["account.bank.statement.line"].browse(int(line_id)).exists()
        if not line:
            raise UserError(self.env._("This bank line is no longer there. Reload the list."))
        line.check_access("read")
        return line

    def _partner(self, partner):
        return {"id": partner.id, "name": partner.name} if partner else None

    def _what_is_open(self, line):
        if line.is_reconciled:
            return {"items": [], "candidates": [], "waiting": {}, "waiting_currency_id": line.currency_id.id}
        items = line._workbench_items()
        candidates = line._workbench_candidates()[line.id]
        return {
            "items": items,
            "candidates": self._with_people(candidates),
            "waiting": self._waiting(line, items, candidates),
            "waiting_currency_id": line._b2b_waiting_currency().id,
        }

    def _with_people(self, candidates):
        """Candidates that a person made, with who that was."""
        proposals = self.env["b2b.match.proposal"].browse(
            [one["proposal_id"] for one in candidates if one.get("proposal_id")]
        )
        people = {proposal.id: proposal.user_id.name or "" for proposal in proposals}
        deductions = {proposal.id: proposal._deductions() for proposal in proposals}
        reasons = {proposal.id: proposal._deduction_reason() for proposal in proposals}
        return [
            {
                **one,
                "by": people.get(one.get("proposal_id"), ""),
                "deductions": deductions.get(one.get("proposal_id"), {}),
                "deduction_reason": reasons.get(one.get("proposal_id"), "unexplained"),
            }
            for one in candidates
        ]

    def _waiting(self, line, items, candidates):
        """Currency → what of the line is not explained yet, counted in it."""
        if line.is_reconciled:
            return {}
        wanted = {line._b2b_waiting_currency().id, *(one["currency_id"] for one in (*items, *candidates))}
        currencies = self.env["res.currency"].browse(wanted)
        return {currency.id: float(line._b2b_waiting_in(currency)) for currency in currencies}

    def _applied(self, line):
        """What the line was booked on: documents with their amounts, and accounts."""
        own = line._seek_for_lines()[2]
        partials = own.matched_debit_ids | own.matched_credit_ids
        found = []
        for item in own:
            mine = (item.matched_debit_ids | item.matched_credit_ids) & partials
            moves = (mine.debit_move_id | mine.credit_move_id).move_id - line.move_id
            found.append(
                {
                    "name": ", ".join(moves.mapped("name")) or item.account_id.display_name,
                    "move_id": moves.id if len(moves) == 1 else False,
                    "label": "" if moves else item.name or "",
                    "partner": item.partner_id.commercial_partner_id.name or "",
                    "amount": -item.amount_currency,
                    "currency_id": item.currency_id.id,
                }
            )
        return found

    def _cases(self, line):
        types = dict(self.env["b2b.discrepancy"]._fields["type"]._description_selection(self.env))
        return [
            {
                "id": case.id,
                "type": types[case.type],
                "name": case.name,
                "reason": case.reason or "",
                "owner": case.user_id.name or "",
                "deadline": format_date(self.env, case.date_deadline) if case.date_deadline else "",
                "open": case.state == "open",
            }
            for case in line.b2b_discrepancy_ids.sorted(lambda case: case.state != "open")
        ]

    def _learned(self, line):
        """What was learned about this line's payer, and whether from this very line."""
        payer = line._workbench_payer()
        if not payer:
            return []
        aliases = self.env["b2b.payer.alias"].search(
            [("partner_id", "=", payer.id), ("company_id", "=", line.company_id.id)], limit=MOST_LEARNED
        )
        return [
            {"id": alias.id, "kind": alias.kind, "name": alias.name, "here": alias.statement_line_id == line}
            for alias in aliases
        ]

    def _salesperson(self, line):
        payer = line._workbench_payer()
        return (payer.user_id or line.b2b_discrepancy_ids.move_id.invoice_user_id[:1]).id
