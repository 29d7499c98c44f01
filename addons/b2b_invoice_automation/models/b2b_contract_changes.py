"""What a version of a contract changes against the one before it, in words, for those who approve and audit it."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    changes_text = fields.Text("Changes", compute="_compute_changes_text")

    @api.depends(
        "previous_version_id",
        "rule_ids.tiers_text",
        "rule_ids.mode_text",
        "rule_ids.display_name",
        "rate_ids.display_name",
        "date_start",
    )
    @api.depends_context("lang")
    def _compute_changes_text(self):
        for contract in self:
            contract.changes_text = "\n".join(contract._changes()) if contract.previous_version_id else ""

    @api.constrains("partner_id", "company_id", "previous_version_id")
    def _check_same_parties(self):
        """What was billed to a customer, and what it took towards a rebate, is never another's."""
        for contract in self:
            before = contract.previous_version_id
            if before and (contract.partner_id, contract.company_id) != (before.partner_id, before.company_id):
                raise ValidationError(
                    self.env._(
                        "A new version stays between %(company)s and %(customer)s. For another customer or company, "
                        "terminate this contract and make a new one.",
                        company=before.company_id.display_name,
                        customer=before.partner_id.display_name,
                    )
                )

    def _changes(self):
        """Return one sentence per change against the previous version."""
        self.ensure_one()
        before = self.previous_version_id
        changes = [self.env._("Counts from %(day)s.", day=format_date(self.env, self.date_start))]
        for name in sorted(self._agreed_fields() - {"rule_ids", "date_start", "name"}):
            old, new = before._shown(name), self._shown(name)
            if old != new:
                changes.append(
                    self.env._(
                        "%(field)s: %(old)s → %(new)s",
                        field=self._fields[name]._description_string(self.env),
                        old=old or "–",
                        new=new or "–",
                    )
                )
        kept = self.env["b2b.contract.price.rule"]
        for rule in self.rule_ids:
            old = rule.previous_rule_id & before.rule_ids
            kept |= old
            if not old:
                changes.append(self.env._("New: %(rule)s: %(prices)s", rule=rule.display_name, prices=rule._in_short()))
            elif change := rule._change_against(old):
                changes.append(f"{rule.display_name}: {change}")
        changes += [
            self.env._("No longer: %(rule)s: %(prices)s", rule=rule.display_name, prices=rule._in_short())
            for rule in before.rule_ids - kept
        ]
        return changes

    def _shown(self, name):
        """Return a field's value as a reader knows it."""
        field, value = self._fields[name], self[name]
        if field.relational:
            return ", ".join(record.display_name or "" for record in value)
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "date":
            return format_date(self.env, value) if value else ""
        return f"{value:g}" if field.type in ("float", "monetary", "integer") else value or ""


class B2bContractPriceRule(models.Model):
    _inherit = "b2b.contract.price.rule"

    def _in_short(self, prices=True):
        """Return the rule's prices, if wanted, and how they are counted, in one line."""
        self.ensure_one()
        days = [format_date(self.env, day) if day else "…" for day in (self.date_start, self.date_end)]
        validity = f"{days[0]} – {days[1]}" if self.date_start or self.date_end else ""
        base = self.base_pricelist_id.display_name if self.computation == "discount" else ""
        return ", ".join(part for part in (prices and self.tiers_text, self.mode_text, base, validity) if part)

    def _change_against(self, old):
        """Return what changed since another version of this rule."""
        about = [rule._about_text() for rule in (old, self)]
        moved = " → ".join(about) if (old.scope, old._scope_record()) != (self.scope, self._scope_record()) else ""
        return ", ".join(part for part in (moved, self._price_change_against(old)) if part)

    def _price_change_against(self, old):
        """Return what changed in prices and how they are counted: tier by tier where only values did."""
        self.ensure_one()
        if old._in_short() == self._in_short():
            return ""
        before = {tier.range_text: tier.value_text for tier in old.tier_ids}
        now = {tier.range_text: tier.value_text for tier in self.tier_ids}
        if before.keys() == now.keys() and old._in_short(prices=False) == self._in_short(prices=False):
            return ", ".join(
                f"{quantity}: {before[quantity]} → {value}"
                for quantity, value in now.items()
                if before[quantity] != value
            )
        return f"{old._in_short()} → {self._in_short()}"
