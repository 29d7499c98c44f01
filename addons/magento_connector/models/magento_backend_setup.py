"""Setting a shop up, step by step: what each step wants, whether it is done, and what is missing, from real data.

The step a person is at is kept with the shop, so that set-up may be left and taken up again by anyone.
"""

from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

STEPS = [
    ("address", "Address"),
    ("credentials", "Credentials"),
    ("check", "Connection"),
    ("stores", "Store views"),
    ("taxes", "Taxes"),
    ("payments", "Payment"),
    ("shipping", "Shipping"),
    ("units", "Quantities"),
    ("go_live", "Go-live"),
    ("dry_run", "Dry run"),
    ("start", "Start"),
]
NAMES = [name for name, _label in STEPS]


class Answer(NamedTuple):
    """What is to be said of a step: whether it is done, in words what is missing or was found, and whether it keeps
    the shop from starting.
    """

    done: bool
    text: str
    blocks: bool = False


class MagentoBackendSetup(models.AbstractModel):
    _name = "magento.backend.setup"
    _description = "Set-Up of a Shop"

    setup_step = fields.Selection(STEPS, "Step", default="address", required=True, copy=False)
    setup_html = fields.Html("This Step", compute="_compute_setup")
    checklist_html = fields.Html("Checklist", compute="_compute_setup")
    ready_text = fields.Char("Ready to Start", compute="_compute_setup")
    ready_percent = fields.Integer("Set Up (%)", compute="_compute_setup")
    next_text = fields.Char("Next", compute="_compute_setup")

    def _compute_setup(self):
        for backend in self:
            points = backend._checklist()
            done = sum(point["done"] for point in points)
            backend.ready_percent = round(100 * done / len(points))
            backend.ready_text = self.env._("%(done)s of %(all)s", done=done, all=len(points))
            backend.next_text = backend._next_step_text()
            backend.checklist_html = Markup("<ul class='list-unstyled mb-0'>%s</ul>") % Markup().join(
                backend._point_html(point) for point in points
            )
            here = next((point for point in points if point["step"] == backend.setup_step), None)
            backend.setup_html = backend._step_html(here) if here else False

    def _next_step_text(self):
        """What is to be done next, in words."""
        return next((point["text"] for point in self._checklist() if not point["done"]), self.env._("press “Start”."))

    @api.model
    def _point_html(self, point):
        icon = "fa-check-circle text-success" if point["done"] else "fa-circle-o text-muted"
        return Markup("<li class='mb-1'><i class='fa fa-fw %s me-2'></i><b>%s</b> <span>%s</span></li>") % (
            icon,
            point["title"],
            point["text"],
        )

    @api.model
    def _step_html(self, point):
        kind = "success" if point["done"] else "warning" if point["blocks"] else "info"
        icon = "fa-check" if point["done"] else "fa-hand-o-right"
        return Markup("<div class='alert alert-%s mb-0' role='status'><i class='fa %s me-2'></i>%s</div>") % (
            kind,
            icon,
            point["text"],
        )

    # -- the checklist ---------------------------------------------------------------------------------------------

    def _checklist(self):
        """Every step before the start, with what is missing in words.

        :returns: list of dicts with ``step``, ``title``, ``done``, ``text`` and ``blocks`` (the shop cannot start
            before)
        """
        self.ensure_one()
        titles = dict(self._fields["setup_step"]._description_selection(self.env))
        return [
            {
                "step": step,
                "title": titles[step],
                **getattr(self, f"_check_{step}")()._asdict(),
            }
            for step in NAMES
            if step != "start"
        ]

    def _check_address(self):
        return Answer(bool(self.url), self.url or self.env._("Enter the shop's address."), not self.url)

    def _check_credentials(self):
        missing = self._missing_secrets()
        if missing:
            return Answer(False, self.env._("Enter %(names)s.", names=", ".join(missing)), True)
        return Answer(True, self.env._("Stored, encrypted."))

    def _check_check(self):
        errors = [finding for finding in self.check_findings or () if finding["level"] == "error"]
        if not self.check_date:
            return Answer(False, self.env._("Press “Check connection”."), True)
        if errors:
            return Answer(False, " ".join(filter(None, (errors[0]["title"], errors[0].get("text")))), True)
        return Answer(True, self.env._("The shop answers, and all rights are there."))

    def _check_stores(self):
        stores = self.store_ids
        if not stores:
            return Answer(False, self.env._("No store view was read yet. Check the connection."), True)
        proposed = stores.filtered("proposed")
        if proposed:
            return Answer(
                False,
                self.env._("Proposals to look at and accept: %(count)s.", count=len(proposed)),
                any(store.company_id != self.company_id for store in proposed),
            )
        return Answer(True, self.env._("Each has its company (%(count)s).", count=len(stores)))

    def _check_taxes(self):
        missing = self.tax_ids.filtered_domain(self.env["magento.tax"]._missing_domain())
        if missing:
            return Answer(
                False,
                self.env._(
                    "No tax in Odoo yet for %(codes)s. Orders with them wait until there is one.",
                    codes=", ".join(missing[:5].mapped("display_name")),
                ),
            )
        if not self.tax_ids:
            return Answer(
                bool(self.looked_at),
                self.env._("None seen in the newest orders; they are noted as orders come.")
                if self.looked_at
                else self.env._("Not known before the connection works."),
            )
        proposed = self.tax_ids.filtered("proposed")
        if proposed:
            return Answer(False, self.env._("Proposals to look at and accept: %(count)s.", count=len(proposed)))
        return Answer(True, self.env._("Each rate has its tax (%(count)s).", count=len(self.tax_ids)))

    def _check_payments(self):
        return self._check_methods(self.payment_method_ids)

    def _check_shipping(self):
        return self._check_methods(self.shipping_method_ids)

    def _check_methods(self, methods):
        proposed = methods.filtered("proposed")
        if proposed:
            return Answer(False, self.env._("Proposals to look at and accept: %(count)s.", count=len(proposed)))
        if not methods:
            return Answer(
                bool(self.looked_at),
                self.env._("None seen in the newest orders; they are noted as orders come.")
                if self.looked_at
                else self.env._("Not known before the connection works."),
            )
        return Answer(True, self.env._("All are looked at (%(count)s).", count=len(methods)))

    def _check_units(self):
        ours = self.env["decimal.precision"].precision_get("Product Unit")
        if self.quantity_decimals > ours:
            return Answer(
                False,
                self.env._(
                    "Decimals in the newest orders: %(theirs)s. Odoo counts with: %(ours)s. Such orders are "
                    "set aside until the accuracy “Product Unit” is raised.",
                    theirs=self.quantity_decimals,
                    ours=ours,
                ),
            )
        if not self.looked_at:
            return Answer(False, self.env._("Not known before the connection works."))
        return Answer(
            True,
            self.env._(
                "Decimals in the newest orders: %(theirs)s. Odoo counts with: %(ours)s.",
                theirs=self.quantity_decimals,
                ours=ours,
            ),
        )

    def _check_go_live(self):
        if not self.go_live:
            return Answer(
                False, self.env._("No date: every order of the shop, however old, would be billed from here.")
            )
        day = fields.Datetime.context_timestamp(self, self.go_live).strftime("%Y-%m-%d %H:%M")
        return Answer(True, self.env._("Orders placed before %(day)s are history.", day=day))

    def _check_dry_run(self):
        if not self.dry_run_date:
            return Answer(False, self.env._("Try what the newest orders would become; nothing is kept."))
        if self.dry_run_refused:
            return Answer(
                False,
                self.env._(
                    "%(refused)s of %(count)s orders would be set aside. Look at why, mend it, and try again.",
                    refused=self.dry_run_refused,
                    count=self.dry_run_count,
                ),
            )
        return Answer(
            True, self.env._("%(count)s orders, all equal to the shop to the cent.", count=self.dry_run_count)
        )

    # -- walking ---------------------------------------------------------------------------------------------------

    def action_set_up(self):
        """Open the assistant at the step where it was left."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set Up: %(shop)s", shop=self.name),
            "res_model": "magento.backend",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("magento_connector.magento_backend_view_form_setup").id, "form")],
            "target": "current",
        }

    def action_next_step(self):
        """Go one step on; what the step still misses stays on the checklist."""
        self.ensure_one()
        self.setup_step = NAMES[min(NAMES.index(self.setup_step) + 1, len(NAMES) - 1)]
        return True

    def action_previous_step(self):
        self.ensure_one()
        self.setup_step = NAMES[max(NAMES.index(self.setup_step) - 1, 0)]
        return True

    def action_accept_proposals(self):
        """A person has looked at what was proposed in this step, and agrees."""
        self.ensure_one()
        self.check_access("write")
        rows = {
            "stores": self.store_ids,
            "taxes": self.tax_ids,
            "payments": self.payment_method_ids,
            "shipping": self.shipping_method_ids,
        }.get(self.setup_step)
        if rows is None:
            raise UserError(self.env._("This step proposes nothing."))
        rows.filtered("proposed").write({"proposed": False})
        return True

    def action_open_accuracy(self):
        """Open the accuracy of quantities, where an administrator raises it."""
        accuracy = self.env["decimal.precision"].search([("name", "=", "Product Unit")], limit=1)
        if not self.env.user.has_group("base.group_system"):
            raise UserError(
                self.env._("An administrator raises it: Settings › Technical › Decimal Accuracy › Product Unit.")
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": "decimal.precision",
            "res_id": accuracy.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_set_up_done(self):
        """Start the shop and show how it runs."""
        self.ensure_one()
        self.action_start()
        return {
            "type": "ir.actions.act_window",
            "res_model": "magento.backend",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("magento_connector.magento_backend_view_form").id, "form")],
            "target": "main",
        }
