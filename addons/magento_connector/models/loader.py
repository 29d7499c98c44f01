"""What all loaders share.

A loader turns the intents of one kind of shop record into Odoo records, a batch at a time.
"""

from odoo import api, models

QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
    "no_vat_validation": True,
    "active_test": True,
    "lang": None,
}


class MagentoLoader(models.AbstractModel):
    _name = "magento.loader"
    _description = "Loader of Shop Records"

    @api.model
    def _quiet(self, company):
        """This loader in the company's name, without mail, followers or tracking."""
        return self.sudo().with_company(company).with_context(**QUIET)

    @api.model
    def _prepare(self, backend, staged):
        """Note what set-up a batch needs. What is written here stays even where rows are refused.

        :returns: dict of record id → exception, for rows whose set-up is missing
        """
        return {}

    @api.model
    def _load(self, backend, staged):
        """Create or bring up to date what the intents say. All of it is undone when it raises or returns refusals.

        :param staged: list of `loading.Staged`, of one kind
        :returns: dict of record id → exception, for rows that were refused after they were written
        """
        raise NotImplementedError

    @api.model
    def _stores(self, backend):
        """dict of the shop's store id → magento.store, those that the shop switched off included"""
        stores = self.env["magento.store"].with_context(active_test=False).search([("backend_id", "=", backend.id)])
        return {store.external_id: store for store in stores.with_context(active_test=True)}

    @api.model
    def _write_changes(self, record, values):
        """Write only what differs as the field keeps it, so that a repeated payload writes nothing."""
        changed = {
            name: value
            for name, value in values.items()
            if (record[name] or value)
            and record._fields[name].convert_to_write(record[name], record) != self._stored(record, name, value)
        }
        if changed:
            record.write(changed)
        return changed

    @api.model
    def _stored(self, record, name, value):
        """A value as the field keeps it: an amount has the decimals of its field."""
        field = record._fields[name]
        return field.convert_to_cache(value, record) if field.type in ("float", "monetary") else value
