"""Templates: contracts without a customer that others are begun from.

A template is a contract in a state of its own. It can be edited freely and is never priced or approved, because only
agreed states are priced and only drafts are submitted; whatever a contract holds, it is copied with it.
"""

from odoo import fields, models
from odoo.exceptions import UserError


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    template_id = fields.Many2one(
        "b2b.contract", "From Template", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )

    def copy_data(self, default=None):
        """A copy of a template is a template, unless a contract is made of it."""
        copied = super().copy_data(default)
        for contract, vals in zip(self, copied, strict=True):
            if contract.state == "template":
                vals.setdefault("state", "template")
        return copied

    def action_save_as_template(self):
        """Keep what this contract says, without its customer, for others to begin with."""
        self.ensure_one()
        title = self.title or self.display_name
        template = self.copy({"state": "template", "partner_id": False, "title": title, "user_id": self.env.uid})
        return template._open_form()

    def action_new_from_template(self):
        """Ask for the customer and the first day of a new contract."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "b2b.contract.new",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("New Contract"),
            "context": {"default_template_id": self.id},
        }

    def _begin_contract(self, partner, first_day, last_day=None):
        """Make a draft contract of this template.

        :param partner: the customer, a commercial entity
        :param last_day: last day, or ``None`` for none
        :returns: the draft; dates inside the template moved with its first day
        """
        self.ensure_one()
        if self.state != "template":
            raise UserError(self.env._("%(name)s is no template.", name=self.display_name))
        contract = self.copy(
            {
                "state": "draft",
                "partner_id": partner.id,
                "date_start": first_day,
                "date_end": last_day,
                "user_id": self.env.uid,
                "template_id": self.id,
            }
        )
        contract._move_days(first_day - self.date_start)
        return contract

    def _move_days(self, distance):
        """Move the days inside the contract, such as the validity of its prices, with its first day.

        :param distance: a ``timedelta``
        """
        for rule in self.rule_ids.filtered(lambda rule: rule.date_start or rule.date_end):
            rule.write({name: rule[name] and rule[name] + distance for name in ("date_start", "date_end")})
