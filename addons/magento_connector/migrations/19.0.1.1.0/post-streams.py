"""Shops that were connected before get the kinds of records that can be read now."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["magento.backend"].with_context(active_test=False).search([])._ensure_streams()
