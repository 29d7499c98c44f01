"""How a shop is doing, in one word and in words that say what to do."""

from odoo import api, fields, models


class MagentoBackendHealth(models.AbstractModel):
    _name = "magento.backend.health"
    _description = "Health of a Shop"

    health = fields.Selection(
        [("new", "Being set up"), ("good", "Healthy"), ("attention", "Needs attention"), ("paused", "Paused")],
        compute="_compute_health",
    )
    health_text = fields.Char("In Words", compute="_compute_health")

    @api.depends(
        "stream_ids.state",
        "stream_ids.error",
        "has_credentials",
        "set_aside_count",
        "last_success",
        "started_at",
        "paused",
        "breaker",
        "push_state",
    )
    def _compute_health(self):
        for backend in self:
            failing = backend.stream_ids.filtered(
                lambda stream: stream.state in ("retrying", "stopped") and not stream.lack
            )
            failing = failing.sorted(lambda stream: stream.state != "stopped")
            running = backend.stream_ids.filtered(lambda stream: stream.state != "paused")
            if not backend.started_at:
                backend.health = "new"
                backend.health_text = self.env._("Not started: %(next)s", next=backend._next_step_text())
            elif backend.paused or (backend.stream_ids and not running):
                backend.health = "paused"
                backend.health_text = self.env._("Nothing is fetched or sent until you resume. Nothing is lost.")
            elif failing:
                backend.health = "attention"
                backend.health_text = self.env._(
                    "%(stream)s: %(error)s", stream=failing[0].display_name, error=failing[0].error or ""
                )
            elif backend.push_state == "stopped":
                backend.health = "attention"
                backend.health_text = self.env._("Nothing is sent: %(error)s", error=backend.push_error or "")
            elif backend.set_aside_count:
                backend.health = "attention"
                backend.health_text = self.env._("%(count)s records wait for a person.", count=backend.set_aside_count)
            elif not backend.last_success:
                backend.health, backend.health_text = "good", self.env._("Started; the first records are on their way.")
            else:
                backend.health = "good"
                backend.health_text = (
                    self.env._("%(count)s records are being processed.", count=backend.waiting_count)
                    if backend.waiting_count
                    else self.env._("Everything is taken over.")
                )
