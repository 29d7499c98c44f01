"""What of the shops waits for a person."""

from odoo import models


class B2bOverview(models.AbstractModel):
    _inherit = "b2b.overview"

    def _waiting(self, company):
        aside = self.env["magento.record"].search_count([("company_id", "=", company.id), ("state", "=", "set_aside")])
        stopped = self.env["magento.stream"].search_count([("company_id", "=", company.id), ("state", "=", "stopped")])
        refused = self.env["magento.outbox"].search_count([("company_id", "=", company.id), ("state", "=", "failed")])
        silent = self.env["magento.backend"].search_count(
            [("company_id", "=", company.id), ("push_state", "=", "stopped")]
        )
        return [
            self._waits(
                "streams",
                self.env._("Shop connections that stopped"),
                stopped,
                "fa-chain-broken",
                "danger",
                "magento_connector.magento_stream_action",
                {"search_default_stopped": 1},
            ),
            self._waits(
                "records",
                self.env._("Shop records set aside"),
                aside,
                "fa-inbox",
                "danger",
                "magento_connector.magento_record_action",
                {"search_default_set_aside": 1},
            ),
            self._waits(
                "sending",
                self.env._("Shops that are told nothing"),
                silent,
                "fa-chain-broken",
                "danger",
                "magento_connector.magento_backend_action",
                {"search_default_told_nothing": 1},
            ),
            self._waits(
                "messages",
                self.env._("Messages the shop refused"),
                refused,
                "fa-paper-plane-o",
                "danger",
                "magento_connector.magento_outbox_action",
                {"search_default_failed": 1},
            ),
            *super()._waiting(company),
        ]
