"""The life of a contract: submission, approval by another person, amendment, suspension, termination, expiry.

It is apart from the model's fields because here rights are checked and states change, and nowhere else.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from .b2b_contract import APPROVER_GROUP
from .b2b_contract_terms import refuse_endless_numbers


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    def action_submit(self):
        """The editor is done: check everything and ask another person to approve."""
        self.check_access("write")
        for contract in self:
            contract._require_state("draft")
            contract.rule_ids._check_scope()
            contract.rule_ids._check_tiers()
            contract._check_currency_rate()
        self._set({"state": "to_approve", "submitted_by_id": self.env.uid, "submitted_at": fields.Datetime.now()})
        return True

    def action_approve(self):
        """Approve, as another person than the last editor; the version that it replaces ends the day before."""
        self._require_right_to_approve()
        for contract in self:
            contract._require_state("to_approve")
            if contract.last_editor_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "You edited %(name)s last, so somebody else must approve it.", name=contract.display_name
                    )
                )
        self._set({"state": "active", "approved_by_id": self.env.uid, "approved_at": fields.Datetime.now()})
        for contract in self:
            contract._supersede_previous()
        self._log_step(self.env._("Approved"), {"approved_by": self.env.user.name})
        return True

    def action_reset_to_draft(self):
        """Withdraw a submission."""
        self.check_access("write")
        for contract in self:
            contract._require_state("to_approve")
        self._set({"state": "draft", "submitted_by_id": False, "submitted_at": False})
        return True

    def action_resume(self):
        """Let a suspended contract count again."""
        self._require_right_to_approve()
        for contract in self:
            contract._require_state("suspended")
        self._set({"state": "active"})
        self._log_step(self.env._("Resumed"), {})
        return True

    def action_amend(self):
        """Open a new draft version, or the one that is in preparation."""
        self.ensure_one()
        preparing = self.search(
            [("origin_id", "=", self.origin_id.id), ("state", "in", ("draft", "to_approve"))], limit=1
        )
        return (preparing or self._new_version())._open_form()

    def action_step(self):
        """Ask for the reason (and the last day) of a suspension or termination."""
        step = self.env.context.get("b2b_step")
        return {
            "type": "ir.actions.act_window",
            "res_model": "b2b.contract.step",
            "view_mode": "form",
            "target": "new",
            "name": dict(self.env["b2b.contract.step"]._fields["step"]._description_selection(self.env)).get(step),
            "context": {"default_contract_id": self.id, "default_step": step},
        }

    def action_view_versions(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_contract_action")
        return {**action, "domain": [("origin_id", "=", self.origin_id.id)], "context": {"active_test": False}}

    def action_view_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("sale.action_orders")
        return {
            **action,
            "domain": [("b2b_contract_id", "=", self.id), ("state", "!=", "cancel")],
            "context": {"default_partner_id": self.partner_id.id, "default_b2b_contract_id": self.id},
        }

    def _suspend(self, reason):
        """A person with the right to approve lets the contract rest."""
        self._require_right_to_approve()
        self._require_reason(reason)
        self.ensure_one()._require_state("active")
        self._set({"state": "suspended"})
        self._log_step(self.env._("Suspended"), {"reason": reason})

    def _terminate(self, last_day, reason):
        """A person with the right to approve ends the contract; orders up to the last day keep its prices."""
        self._require_right_to_approve()
        self.ensure_one()._require_state("active", "suspended")
        self._require_reason(reason)
        if not last_day:
            raise UserError(self.env._("Enter the last day: orders up to it keep the contract's prices."))
        refuse_endless_numbers(self, [{"date_terminated": last_day}])
        if last_day < self.date_start - timedelta(days=1):
            raise UserError(
                self.env._(
                    "The last day (%(day)s) is before the contract began (%(start)s).",
                    day=last_day,
                    start=self.date_start,
                )
            )
        touched = self._orders_touched(last_day)
        self._set({"state": "terminated", "date_terminated": last_day})
        self._log_step(self.env._("Terminated as of %(day)s", day=last_day), {"reason": reason, **touched})

    def _orders_touched(self, last_day):
        """Return how many orders under the contract, and lines of it, its end on a day meets, for those who end it.

        Confirmed orders keep their prices and are billed as agreed; quotations are priced anew.
        """
        self.ensure_one()
        after = self._utc_midnight(self.company_id, last_day + timedelta(days=1))
        ours = Domain("b2b_contract_id", "=", self.id)
        kinds = {
            "confirmed_not_invoiced": Domain("state", "=", "sale") & Domain("invoice_status", "!=", "invoiced"),
            "confirmed_after_the_last_day": Domain("state", "=", "sale") & Domain("date_order", ">=", after),
            "quotations_after_the_last_day": Domain("state", "in", ("draft", "sent"))
            & Domain("date_order", ">=", after),
        }
        orders = self.env["sale.order"].sudo()
        return {kind: orders.search_count(ours & domain) for kind, domain in kinds.items()}

    def _require_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason stays with the contract as evidence."))

    @api.model
    def _cron_expire(self):
        """Mark the contracts whose last day is over."""
        over = self.search([("state", "=", "active"), ("date_effective_end", "<", fields.Date.context_today(self))])
        over._set({"state": "expired"})
        over._log_step(self.env._("Expired"), {})
        return len(over)

    def _new_version(self):
        self.ensure_one()
        self._require_state("active", "suspended", "expired", "terminated")
        latest = max(self.origin_id.version_ids, key=lambda contract: contract.version)
        today = fields.Date.context_today(self)
        end = self.date_current_end
        goes_on = end and end >= max(today, latest.date_start)
        kept = {
            name: self[name].sorted("id").filtered(lambda line: line._is_about_something_sold())
            for name in self._continued_fields()
        }
        new = self.copy(
            {
                "name": self.name,
                **{name: [Command.create(vals) for vals in lines.copy_data()] for name, lines in kept.items()},
                "date_start": max(today, latest.date_start),
                "date_end": end if goes_on else False,
                "renewal_kind": self.renewal_kind if goes_on or self.renewal_kind != "renews" else "ends",
            }
        )
        new._set({"version": latest.version + 1, "origin_id": self.origin_id.id, "previous_version_id": latest.id})
        for name, lines in kept.items():
            for earlier, line in zip(lines, new[name].sorted("id"), strict=True):
                line._continue(earlier)
        if dropped := [line.display_name for name, lines in kept.items() for line in self[name] - lines]:
            names = ", ".join(dropped)
            new.message_post(body=self.env._("Not taken over, because the products are archived: %s.", names))
        return new

    @api.model
    def _continued_fields(self):
        """Names of the lines that go on in a new version, each of which knows the one that it continues."""
        return ["rule_ids"]

    def _supersede_previous(self):
        previous = self.previous_version_id
        overlaps = previous.state == "terminated" and previous.date_effective_end >= self.date_start
        if overlaps or previous.state in ("active", "suspended", "expired"):
            last_day = self.date_start - timedelta(days=1)
            previous._set({"date_superseded": last_day, "superseded_by_id": self.id})

    def _require_state(self, *states):
        self.ensure_one()
        if self.state not in states:
            names = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(name)s is “%(state)s”; this needs “%(wanted)s”.",
                    name=self.display_name,
                    state=names[self.state],
                    wanted="” / “".join(names[state] for state in states),
                )
            )

    def _require_right_to_approve(self):
        if not self.env.user.has_group(APPROVER_GROUP):
            raise AccessError(self.env._("Only people with the right “Approve contracts” may do this."))
        self.check_access("read")

    def _log_step(self, decision, evidence):
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "contract",
                    "record": contract,
                    "decision": f"{decision}: {contract.display_name}",
                    "rule": contract.display_name,
                    "company": contract.company_id,
                    "evidence": {
                        **evidence,
                        "terms": contract._terms(),
                        "last_editor": contract.last_editor_id.name,
                        "submitted_by": contract.submitted_by_id.name,
                    },
                }
                for contract in self
            ]
        )

    def _terms(self):
        """Return what was agreed as plain values, for the decision log."""
        self.ensure_one()
        return {
            "customer": self.partner_id.display_name,
            "currency": self.currency_id.name,
            "valid_from": str(self.date_start),
            "valid_until": str(self.date_end or ""),
            "policy": self.price_difference_policy,
            "tolerance": [self.price_tolerance_amount, self.price_tolerance_percent],
            "payment_term": self.payment_term_id.display_name or "",
            "billing_policy": self.billing_policy_id.display_name or "",
            "fixed_rates": {line.currency_id.name: line.rate for line in self.rate_ids},
            "rules": [rule._terms() for rule in self.rule_ids],
        }

    def _open_form(self):
        self.ensure_one()
        return {"type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "view_mode": "form"}
