"""The life of a contract as its people read it: version by version, who did what when, and what changed."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

BADGES = {"active": "success", "to_approve": "warning", "suspended": "warning", "draft": "info", "template": "info"}


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    timeline_html = fields.Html("Timeline", compute="_compute_timeline_html", sanitize=False)

    @api.depends("state", "version_count", "date_effective_end", "changes_text")
    @api.depends_context("lang", "tz")
    def _compute_timeline_html(self):
        for contract in self:
            versions = contract._timeline() if contract._origin else []
            contract.timeline_html = self.env["ir.qweb"]._render(
                "b2b_invoice_automation.contract_timeline", {"versions": versions}
            )

    def _timeline(self):
        """Return the versions, newest first, each as plain values for the template."""
        self.ensure_one()
        versions = self.origin_id.version_ids.sorted("version", reverse=True)
        decisions = defaultdict(list)
        for decision in (
            self.env["b2b.decision"]
            .sudo()
            .search([("subject_model", "=", self._name), ("subject_id", "in", versions.ids)], order="decided_at, id")
        ):
            decisions[decision.subject_id].append(decision)
        return [version._timeline_entry(decisions[version.id], version == self._origin) for version in versions]

    def _timeline_entry(self, decisions, is_shown):
        states = dict(self._fields["state"]._description_selection(self.env))
        end = self.date_effective_end
        period = {"start": format_date(self.env, self.date_start), "end": format_date(self.env, end)}
        return {
            "title": self.env._("Version %s", self.version),
            "url": f"/odoo/b2b.contract/{self.id}",
            "is_shown": is_shown,
            "in_force": self.is_in_force,
            "state": states[self.state],
            "badge": BADGES.get(self.state, "secondary"),
            "period": self.env._("%(start)s – %(end)s", **period) if end else self.env._("from %(start)s", **period),
            "changes": self._changes()[1:] if self.previous_version_id else [self._first_version_sentence()],
            "is_first": not self.previous_version_id,
            "steps": [*self._timeline_steps(), *(self._timeline_decision(decision) for decision in decisions)],
        }

    def _first_version_sentence(self):
        return self.env._("First version, with %(count)s price rules.", count=self.rule_count)

    def _timeline_steps(self):
        """Return what is kept on the version itself: who edited and submitted it."""
        steps = [
            (self.env._("Edited"), self.last_editor_id, self.last_edited_at),
            (self.env._("Submitted for approval"), self.submitted_by_id, self.submitted_at),
        ]
        return [
            {"what": what, "who": user.sudo().name, "when": self._moment(moment), "reason": ""}
            for what, user, moment in steps
            if moment
        ]

    def _timeline_decision(self, decision):
        return {
            "what": decision.decision.removesuffix(f": {decision.subject_name}"),
            "who": decision.user_id.name,
            "when": self._moment(decision.decided_at),
            "reason": (decision.evidence or {}).get("reason", ""),
        }

    def _moment(self, moment):
        return format_datetime(self.env, moment, dt_format="short")
