"""Several contracts of one customer: which stand beside each other, and which of them counts for which product."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

RULES_SHOWN = 5


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    beside_ids = fields.Many2many("b2b.contract", string="Valid at the Same Time", compute="_compute_beside")
    beside_text = fields.Text("Which Contract Counts", compute="_compute_beside")

    @api.depends("partner_id", "company_id", "date_start", "date_effective_end", "sequence", "currency_id", "rule_ids")
    @api.depends_context("lang")
    def _compute_beside(self):
        for contract in self:
            others = contract._beside()
            contract.beside_ids = others
            contract.beside_text = "\n".join(contract._beside_sentences(others))

    def _beside(self):
        """Return the customer's other contracts that count on a day on which this one does, or would."""
        self.ensure_one()
        if not self.partner_id or not self.date_start or self.state == "template":
            return self.browse()
        last_day = self.date_effective_end or fields.Date.to_date("9999-12-31")
        domain = self._in_force_domain(self.date_start, last_day) & Domain(
            [
                ("partner_id", "=", self.partner_id._origin.id or self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("origin_id", "!=", self.origin_id.id),
                ("state", "=", "active"),
            ]
        )
        return self.search(domain, order="sequence, date_start desc, id desc")

    def _beside_sentences(self, others):
        sentences = []
        for other in others.filtered("rule_ids") if self.rule_ids else ():
            first, reason = self._which_counts(other)
            sentences.append(
                self.env._(
                    "%(other)s is valid at the same time. Where both have a price, %(first)s counts: %(reason)s.",
                    other=other.display_name,
                    first=self.env._("this contract") if first == self else self.env._("that contract"),
                    reason=reason,
                )
            )
            if common := self._priced_in_both(other):
                names = ", ".join(sorted(common)[:RULES_SHOWN])
                more = len(common) - RULES_SHOWN
                sentences.append(
                    self.env._("Both have: %(names)s and %(more)s more.", names=names, more=more)
                    if more > 0
                    else self.env._("Both have: %(names)s.", names=names)
                )
        return sentences

    def _which_counts(self, other):
        """Return the contract that prices come from where both have one, and why: the order of ``_in_force_for``."""
        self.ensure_one()
        if self.currency_id != other.currency_id:
            return self, self.env._("in orders in %s, because that is its currency", self.currency_id.name)
        if self.sequence != other.sequence:
            first = min(self, other, key=lambda contract: contract.sequence)
            second = other if first == self else self
            return first, self.env._(
                "its precedence is %(first)s, before %(second)s", first=first.sequence, second=second.sequence
            )
        if self.date_start != other.date_start:
            first = max(self, other, key=lambda contract: contract.date_start)
            return first, self.env._("it began later, on %s", format_date(self.env, first.date_start))
        first = max(self, other, key=lambda contract: contract._origin.id or float("inf"))
        return first, self.env._("it was written later")

    def _b2b_ranked_sentences(self):
        """Say, of contracts in force in their order, which one counts first and why."""
        sentences = []
        for number, contract in enumerate(self, start=1):
            text = f"{number}. {contract.display_name}: {contract.renewal_text}"
            if number < len(self):
                text += " " + self.env._("It counts before the next one: %s.", contract._which_counts(self[number])[1])
            sentences.append(text)
        return sentences

    def _priced_in_both(self, other):
        """Return the names of what rules of both contracts are about, the narrower of two that overlap."""
        ours, theirs = self.rule_ids, other.rule_ids
        about_ours, about_theirs = ours._about(), theirs._about()
        return {rule.display_name for rule in ours if rule._meets(about_theirs)} | {
            rule.display_name for rule in theirs if rule.scope in ("variant", "product") and rule._meets(about_ours)
        }


class B2bContractPriceRule(models.Model):
    _inherit = "b2b.contract.price.rule"

    def _about(self):
        """Return what the rules are about: a set of (scope, id of its record)."""
        return {(rule.scope, rule._scope_record().id) for rule in self}

    def _meets(self, about):
        """Say whether what this rule is about has a price, as a whole, by any of the rules that are about some records.

        :param about: what :meth:`_about` gave
        """
        self.ensure_one()
        template = self.product_tmpl_id if self.scope == "product" else self.product_id.product_tmpl_id
        path = (template.categ_id if template else self.categ_id).parent_path or ""
        wider = {
            ("all", False),
            ("variant", self.product_id.id),
            ("product", template.id),
            *(("category", int(part)) for part in path.split("/") if part),
        }
        return not wider.isdisjoint(about)


class ResPartner(models.Model):
    _inherit = "res.partner"

    b2b_contracts_text = fields.Text(
        "Contracts That Count",
        compute="_compute_b2b_contracts_text",
        groups="sales_team.group_sale_salesman,b2b_invoice_automation.group_billing_clerk,"
        "b2b_invoice_automation.group_auditor",
    )

    @api.depends_context("lang")
    def _compute_b2b_contracts_text(self):
        today = fields.Date.context_today(self)
        contracts = self.env["b2b.contract"]._in_force_for(self.commercial_partner_id, self.env.companies, today, today)
        by_partner = contracts.grouped("partner_id")
        for partner in self:
            ours = by_partner.get(partner.commercial_partner_id, contracts.browse())
            partner.b2b_contracts_text = "\n".join(ours._b2b_ranked_sentences())
