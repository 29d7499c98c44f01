"""Cases that loaders open for a person, one of a kind for each order, and settle when the shop's next word agrees."""

from odoo import api, models


class MagentoLoaderCase(models.AbstractModel):
    _name = "magento.loader.case"
    _description = "Cases of Shop Orders"

    def _flag(self, pairs, what, kind, values_of):
        """Open one case for each order, or bring it up to date; one that a person closed stays closed.

        What this machine settled (a hold that was released) is opened again when it comes back. It is known by who
        wrote last: loaders run as the scheduler's user, and `_settle` is the only way in which that one closes a case.
        """
        if not pairs:
            return
        cases = self.env["b2b.discrepancy"]
        wanted = [
            {
                "key": self._case_key(order, what),
                "type": kind,
                "company_id": order.company_id.id,
                "order_id": order.id,
                "partner_id": order.partner_id.commercial_partner_id.id,
                "currency_id": order.currency_id.id,
                **values_of(item, order),
            }
            for item, order in pairs
        ]
        closed = cases.search(
            [("state", "!=", "open"), ("key", "in", [values["key"] for values in wanted])], order="id"
        )
        latest = {case.key: case for case in closed}
        by_person = {
            (case.key, case.reason)
            for case in latest.values()
            if case.state == "accepted" or case.write_uid != self.env.user
        }
        cases._flag([values for values in wanted if (values["key"], values["reason"]) not in by_person])

    def _settle(self, pairs, what, outcome):
        for company in {order.company_id for _item, order in pairs}:
            keys = [self._case_key(order, what) for _item, order in pairs if order.company_id == company]
            self.env["b2b.discrepancy"]._settle(keys, outcome, company)

    @api.model
    def _case_key(self, order, what):
        return f"magento:{what}:{order.id}"
