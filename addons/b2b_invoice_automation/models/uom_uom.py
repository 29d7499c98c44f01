from odoo import models


class UomUom(models.Model):
    _inherit = "uom.uom"

    def _b2b_reference_id(self):
        """Return the id of the smallest unit that this one converts to (dozen: unit), or ``None`` for no unit."""
        return int(self.parent_path.split("/", 1)[0]) if self.parent_path else self.id or None
