"""A contract's price list as a file that can be changed in a spreadsheet and imported again."""

import base64

from odoo import api, fields, models

from ..order_to_cash.money import to_decimal
from ..order_to_cash.price_file.model import FileRule
from ..order_to_cash.price_file.table import render, write_csv, write_xlsx
from ..order_to_cash.pricing.tiers import Tier


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    price_file_xlsx = fields.Binary("Prices as XLSX", compute="_compute_price_files")
    price_file_csv = fields.Binary("Prices as CSV", compute="_compute_price_files")

    @api.depends("rule_ids")
    def _compute_price_files(self):
        for contract in self:
            rules = contract.rule_ids._as_file_rules()
            table = list(render(rules, contract.rule_ids.mapped("display_name")))
            contract.price_file_xlsx = base64.b64encode(write_xlsx(table))
            contract.price_file_csv = base64.b64encode(write_csv(table))

    def action_export_prices(self):
        """Download the price list; the format is in the context."""
        self.ensure_one()
        kind = "csv" if self.env.context.get("b2b_format") == "csv" else "xlsx"
        name = "".join(letter if letter.isalnum() else "-" for letter in f"{self.name} v{self.version}")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/b2b.contract/{self.id}/price_file_{kind}/{name}.{kind}?download=true",
            "target": "download",
        }

    def action_import_prices(self):
        """Open the import of a price list in this contract."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "b2b.contract.import",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Import Prices"),
            "context": {"default_contract_id": self.id, "dialog_size": "extra-large"},
        }


class B2bContractPriceRule(models.Model):
    _inherit = "b2b.contract.price.rule"

    def _as_file_rules(self):
        """Return the rules as a price list file says them."""
        return [
            FileRule(
                scope=rule.scope,
                item=rule._file_item(),
                computation=rule.computation,
                base=rule.base_pricelist_id.name or "" if rule.computation == "discount" else "",
                mode=rule.mode,
                basis=rule.basis,
                period=rule.period if rule.basis == "cumulative" else "year",
                unit=rule.uom_id.name or "",
                whole_units=rule.whole_units,
                valid_from=rule.date_start or None,
                valid_until=rule.date_end or None,
                sequence=rule.sequence,
                description=rule.name or "",
                tiers=tuple(rule._file_tier(tier) for tier in rule.tier_ids.sorted("floor")),
            )
            for rule in self
        ]

    def _file_item(self):
        record = self._scope_record()
        if self.scope == "category":
            return record.complete_name
        return "" if self.scope == "all" else record.default_code or record.barcode or record.name

    def _file_tier(self, tier):
        value = tier.price if self.computation == "fixed" else tier.percent
        return Tier(to_decimal(tier.floor, 6), to_decimal(value, 6), to_decimal(tier.ceiling, 6) or None)
