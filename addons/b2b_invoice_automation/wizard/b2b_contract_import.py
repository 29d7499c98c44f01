"""Imports a price list file: in a contract that is prepared, or as whole contracts, one for each customer.

First every row is listed with what it would make and what is wrong with it; nothing is written until no error is left,
or a person chooses to take the good rows and get the others back as a file with the reasons.
"""

import base64
from collections import defaultdict
from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..models.b2b_contract import EDITABLE_STATES
from ..models.price_file_records import PriceFileRecords
from ..models.price_file_words import file_sentence, row_sentence
from ..order_to_cash.price_file.model import PriceFileError, RowProblem
from ..order_to_cash.price_file.reader import read
from ..order_to_cash.price_file.table import open_table, write_xlsx


class Found(NamedTuple):
    """What a file would make: good rules with their values, and problems by row."""

    file: object
    good: list
    problems: dict


class B2bContractImport(models.TransientModel):
    _name = "b2b.contract.import"
    _description = "Import of Contract Prices"

    file = fields.Binary("Price List", attachment=False)
    filename = fields.Char()
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    contract_id = fields.Many2one(
        "b2b.contract",
        ondelete="cascade",
        domain="[('state', 'in', ('draft', 'template'))]",
        help="The draft that the prices go into. Leave it empty to make a draft for each customer of the file.",
    )
    decimal_mark = fields.Selection(
        [("auto", "Found out from the file"), (".", "Point: 1,234.56"), (",", "Comma: 1.234,56")],
        default="auto",
        required=True,
        help="How numbers are written that are text in the file.",
    )
    existing = fields.Selection(
        [("replace", "Replace what the contract says on them"), ("refuse", "Set these rows aside")],
        "Products Priced Already",
        default="replace",
        required=True,
    )
    state = fields.Selection(
        [("upload", "Choose a File"), ("preview", "Look It Over"), ("done", "Done")], default="upload", readonly=True
    )
    line_ids = fields.One2many("b2b.contract.import.line", "import_id", "All Rows", readonly=True)
    wrong_line_ids = fields.One2many(
        "b2b.contract.import.line", "import_id", "To Mend", domain=[("status", "!=", "ok")], readonly=True
    )
    rule_count = fields.Integer(readonly=True)
    error_count = fields.Integer("Rows with Errors", readonly=True)
    summary = fields.Text(readonly=True)
    rejected_file = fields.Binary("Rows Set Aside", readonly=True, attachment=False)
    rejected_name = fields.Char(readonly=True)
    made_ids = fields.Many2many("b2b.contract", readonly=True)

    def action_preview(self):
        """Read the file and list every row; nothing is written."""
        self.ensure_one()
        found = self._read()
        self.line_ids.unlink()
        self.env["b2b.contract.import.line"].create(list(self._preview_lines(found)))
        self._show(found)
        return self._reopen()

    def action_import(self):
        """Write all rows; refused while one of them has an error."""
        found = self._read()
        if count := len(self._wrong_rows(found)):
            raise UserError(
                self.env._(
                    "%(count)s rows have errors. Mend them in the file and choose it again, or import the good rows.",
                    count=count,
                )
            )
        return self._write_rules(found)

    def action_import_good(self):
        """Write the good rows, and give the others back as a file."""
        found = self._read()
        if not found.good:
            raise UserError(self.env._("No row is without error, so nothing can be imported."))
        wrong = self._wrong_rows(found)
        if wrong:
            self.rejected_file = base64.b64encode(write_xlsx(self._rejected_table(found, wrong)))
            self.rejected_name = f"{(self.filename or 'prices').rpartition('.')[0] or 'prices'}-set-aside.xlsx"
        return self._write_rules(found)

    def action_back(self):
        self.ensure_one()
        self.state = "upload"
        return self._reopen()

    def action_view_contracts(self):
        self.ensure_one()
        if len(self.made_ids) == 1:
            return self.made_ids._open_form()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_contract_action")
        return {**action, "domain": [("id", "in", self.made_ids.ids)], "context": {}}

    def _read(self):
        """Return what the file would make, as it is now.

        :raises UserError: when the file cannot be read at all
        """
        self.ensure_one()
        if not self.env["b2b.contract"].has_access("create"):
            raise AccessError(self.env._("Only people who write contracts may import prices."))
        if self.contract_id and self.contract_id.state not in EDITABLE_STATES:
            self.contract_id._touch()
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        mark = None if self.decimal_mark == "auto" else self.decimal_mark
        try:
            file = read(open_table(base64.b64decode(self.with_context(bin_size=False).file)), mark)
        except PriceFileError as error:
            raise UserError(file_sentence(self.env, error))
        return self._judge(file)

    def _judge(self, file):
        records = PriceFileRecords(self.env, self.contract_id.company_id or self.company_id, file)
        problems = defaultdict(list)
        for problem in file.problems:
            problems[problem.row].append(problem)
        priced = set(map(self._about, self.contract_id.rule_ids)) if self.existing == "refuse" else set()
        good = []
        for rule in file.rules:
            contract_values, wrong = records.contract_values(rule, self.contract_id)
            values, wrong_rule = records.values_of(rule, self.contract_id)
            wrong += wrong_rule
            if not wrong and self._about_values(values) in priced:
                wrong.append(RowProblem(rule.rows[0], "priced_already", {}))
            wrong += [one for row in rule.rows for one in problems[row] if one.blocking]
            for problem in wrong:
                if problem not in problems[problem.row]:
                    problems[problem.row].append(problem)
            if not wrong:
                good.append((rule, contract_values, values))
                continue
            for row in rule.rows:
                if not any(one.blocking and one.code != "part_of_wrong_rule" for one in problems[row]):
                    belongs = RowProblem(row, "part_of_wrong_rule", {"other": wrong[0].row})
                    problems[row] += [belongs] if wrong[0].row != row and belongs not in problems[row] else []
        return Found(file, good, problems)

    def _about(self, rule):
        return rule.scope, rule._scope_record().id

    def _about_values(self, values):
        return values["scope"], values.get("product_id") or values.get("product_tmpl_id") or values.get(
            "categ_id", False
        )

    def _wrong_rows(self, found):
        return [row for row, problems in sorted(found.problems.items()) if any(one.blocking for one in problems)]

    def _preview_lines(self, found):
        what = {}
        for rule, contract_values, _values in found.good:
            about = self._name_of(rule)
            for row, tier in zip(rule.rows, rule.tiers, strict=True):
                what.setdefault(row, (about, self._tier_text(rule, tier), contract_values.get("partner_id")))
        for row in found.file.cells:
            problems = found.problems.get(row, ())
            about, text, partner = what.get(row, ("", "", False))
            blocking = any(one.blocking for one in problems)
            yield {
                "import_id": self.id,
                "row": row,
                "status": "error" if blocking else "warning" if problems else "ok",
                "partner_id": partner,
                "about": about or " · ".join(str(cell) for cell in found.file.cells[row] if str(cell))[:80],
                "makes": "" if blocking else text,
                "problem": "\n".join(row_sentence(self.env, one) for one in problems),
            }

    def _name_of(self, rule):
        return rule.description or rule.item or self.env._("All products")

    def _tier_text(self, rule, tier):
        sign = {"fixed": "", "discount": "−", "cost_plus": "+"}[rule.computation]
        value = f"{sign}{tier.value.normalize():f}{'' if rule.computation == 'fixed' else ' %'}"
        return self.env._("from %(floor)s: %(value)s", floor=f"{tier.floor.normalize():f}", value=value)

    def _show(self, found):
        wrong = self._wrong_rows(found)
        texts = [
            self.env._("%(rows)s rows make %(rules)s price rules.", rows=len(found.file.cells), rules=len(found.good))
        ]
        if found.file.ignored:
            texts.append(self.env._("Columns that are not used: %(names)s.", names=", ".join(found.file.ignored)))
        self.write(
            {
                "state": "preview",
                "rule_count": len(found.good),
                "error_count": len(wrong),
                "summary": "\n".join(texts),
            }
        )

    def _rejected_table(self, found, wrong):
        width = len(found.file.header)
        yield [*found.file.header, self.env._("Reason")]
        for row in wrong:
            cells = [*found.file.cells[row], *[""] * width][: max(width, len(found.file.cells[row]))]
            yield [*cells, " ".join(row_sentence(self.env, one) for one in found.problems[row])]

    def _write_rules(self, found):
        contracts = self.contract_id or self.env["b2b.contract"]
        rule_values = []
        if contracts:
            self._remove_replaced(found)
            rule_values = [{**values, "contract_id": contracts.id} for _rule, _contract, values in found.good]
        else:
            by_contract = {}
            for rule, contract_values, values in found.good:
                by_contract.setdefault(rule.contract, (contract_values, []))[1].append(values)
            contracts = contracts.create([contract_values for contract_values, _rules in by_contract.values()])
            for contract, (_values, rules) in zip(contracts, by_contract.values(), strict=True):
                rule_values += [{**rule, "contract_id": contract.id} for rule in rules]
        self.env["b2b.contract.price.rule"].create(rule_values)
        for contract in contracts:
            contract.message_post(body=self.env._("Prices imported from %(file)s.", file=self.filename or "–"))
        self.write({"state": "done", "made_ids": [(6, 0, contracts.ids)], "rule_count": len(rule_values)})
        return self._reopen()

    def _remove_replaced(self, found):
        about = {self._about_values(values) for _rule, _contract, values in found.good}
        self.contract_id.rule_ids.filtered(lambda rule: self._about(rule) in about).unlink()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Import Prices"),
            "context": {"dialog_size": "extra-large"},
        }


class B2bContractImportLine(models.TransientModel):
    _name = "b2b.contract.import.line"
    _description = "Row of a Price List"
    _order = "import_id, row"
    _rec_name = "about"

    import_id = fields.Many2one("b2b.contract.import", required=True, index=True, ondelete="cascade")
    row = fields.Integer(readonly=True)
    status = fields.Selection([("ok", "Good"), ("warning", "Look"), ("error", "Wrong")], readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, ondelete="cascade")
    about = fields.Char("Applies To", readonly=True)
    makes = fields.Char(readonly=True)
    problem = fields.Text("What Is Wrong", readonly=True)
