"""The journal items of new invoices, worked out before anything is stored: products, texts, taxes, payment terms.

Apart from ``account_move_complete`` because it stores nothing: it asks the functions of core that know (the tax
engine, the payment terms, the accounts of products and partners, the analytic models), once per product and partner
of a batch.
"""

from odoo import fields
from odoo.fields import Command

SEQUENCE = {"tax": 10000, "payment_term": 12000}
NOT_A_PRODUCT = {"product_id": False, "product_uom_id": False, "quantity": False, "price_unit": 0.0}


class JournalItems:
    """Builds journal items for the draft invoices of one batch.

    :param env: environment of ``account.move``, in the right company
    :param list[dict] values_list: values of the invoices, whose products are read together
    """

    def __init__(self, env, values_list):
        self.env = env
        lines = [command[2] for values in values_list for command in values["invoice_line_ids"]]
        self._products = env["product.product"].browse({line["product_id"] for line in lines if line.get("product_id")})
        self._accounts = {}
        self._distributions = {}
        self._receivables = {}
        self._journals = {}
        self._rated = {}
        self._has_distribution_models = bool(
            env["account.analytic.distribution.model"].sudo().search_count([], limit=1)
        )

    def product(self, product_id):
        """A product of the batch, which is read together with the others."""
        return self.env["product.product"].browse(product_id).with_prefetch(self._products._prefetch_ids)

    def income_account(self, product, fiscal_position, company):
        """The account that core books a product's sale to; empty when it would have to guess."""
        key = product.id, fiscal_position.id, company.id
        if key not in self._accounts:
            template = product.with_company(company).product_tmpl_id
            self._accounts[key] = template.get_product_accounts(fiscal_pos=fiscal_position)["income"]
        return self._accounts[key]

    def has_rate(self, currency, company, day):
        """Whether amounts in a currency can be booked on a day."""
        key = currency.id, company.id, day
        if key not in self._rated:
            self._rated[key] = bool(currency._b2b_with_rate(company, day))
        return self._rated[key]

    def journal(self, company, currency):
        """The journal that core takes for an invoice that names none."""
        key = company.id, currency.id
        if key not in self._journals:
            move = (
                self.env["account.move"]
                .with_company(company)
                .new({"move_type": "out_invoice", "company_id": company.id, "currency_id": currency.id})
            )
            self._journals[key] = move.journal_id
        return self._journals[key]

    def build(self, move, lines):
        """Values of all journal items of a stored, still empty invoice.

        :param list[dict] lines: values of the invoice lines
        :returns: list of values for ``account.move.line.create``
        """
        AccountTax = self.env["account.tax"]
        common = {
            "move_id": move.id,
            "partner_id": move.commercial_partner_id.id,
            "currency_id": move.currency_id.id,
            "is_storno": False,
            "parent_state": move.state,
            "date": move.date,
            "invoice_date": move.invoice_date,
            "ref": move.ref,
            "move_name": move.name,
            "no_followup": False,
            "price_subtotal": 0.0,
            "price_total": 0.0,
        }
        base_lines = [self._base_line(move, values) for values in lines if values["display_type"] == "product"]
        AccountTax._add_tax_details_in_base_lines(base_lines, move.company_id)
        AccountTax._round_base_lines_tax_details(base_lines, move.company_id)
        AccountTax._add_accounting_data_in_base_lines_tax_details(
            base_lines, move.company_id, include_caba_tags=move.always_tax_exigible
        )
        taxed = AccountTax._prepare_tax_lines(base_lines, move.company_id)
        amounts = iter(taxed["base_lines_to_update"])
        products, texts = [], []
        for values in lines:
            if values["display_type"] != "product":
                texts.append({**values, "move_id": move.id})
                continue
            base_line, found = next(amounts)
            products.append(
                {
                    **common,
                    **values,
                    **found,
                    "account_id": base_line["account_id"].id,
                    "analytic_distribution": base_line["analytic_distribution"],
                    "price_subtotal": base_line["tax_details"]["total_excluded_currency"],
                    "price_total": base_line["tax_details"]["total_included_currency"],
                }
            )
        taxes = [
            {**common, **NOT_A_PRODUCT, **values, "display_type": "tax", "sequence": SEQUENCE["tax"]}
            for values in taxed["tax_lines_to_add"]
        ]
        terms = [{**common, **NOT_A_PRODUCT, **values} for values in self._terms(move, products, taxes)]
        for values in (*products, *taxes, *terms):
            values.update(self._residual(move, values))
        return products + texts + taxes + terms

    def _residual(self, move, values):
        """What is open of a new journal item: all of it, on accounts where items are reconciled."""
        account = self.env["account.account"].browse(values["account_id"])
        if not account.reconcile and account.account_type not in ("asset_cash", "liability_credit_card"):
            return {"amount_residual": 0.0, "amount_residual_currency": 0.0, "reconciled": False}
        residual = move.company_currency_id.round(values["balance"])
        residual_currency = move.currency_id.round(values["amount_currency"])
        return {
            "amount_residual": residual,
            "amount_residual_currency": residual_currency,
            "reconciled": move.company_currency_id.is_zero(residual) and move.currency_id.is_zero(residual_currency),
        }

    @staticmethod
    def totals(items):
        """The amounts of an out invoice with these journal items, as ``account.move._compute_amount`` sums them."""

        def total(types, name):
            return sum(values[name] for values in items if values["display_type"] in types)

        untaxed, tax = total(["product"], "balance"), total(["tax"], "balance")
        untaxed_currency, tax_currency = total(["product"], "amount_currency"), total(["tax"], "amount_currency")
        return {
            "amount_untaxed": -untaxed_currency,
            "amount_tax": -tax_currency,
            "amount_total": -(untaxed_currency + tax_currency),
            "amount_residual": total(["payment_term"], "amount_residual_currency"),
            "amount_untaxed_signed": -untaxed,
            "amount_untaxed_in_currency_signed": -untaxed_currency,
            "amount_tax_signed": -tax,
            "amount_total_signed": -(untaxed + tax),
            "amount_residual_signed": total(["payment_term"], "amount_residual"),
            "amount_total_in_currency_signed": -(untaxed_currency + tax_currency),
            "invoice_date_due": max(values["date_maturity"] for values in items if values.get("date_maturity")),
            "payment_state": "not_paid",
        }

    def _base_line(self, move, values):
        """A product line for the tax engine, as ``_prepare_product_base_line_for_taxes_computation`` makes it."""
        product = self.product(values["product_id"])
        account = self.income_account(product, move.fiscal_position_id, move.company_id)
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            None,
            product_id=product,
            product_uom_id=self.env["uom.uom"].browse(values["product_uom_id"]),
            tax_ids=self.env["account.tax"].browse(values["tax_ids"][0][2]),
            price_unit=values["price_unit"],
            quantity=values["quantity"],
            discount=values["discount"],
            currency_id=move.currency_id,
            rate=move.invoice_currency_rate,
            sign=move.direction_sign,
            special_mode=False,
            is_refund=False,
            partner_id=move.commercial_partner_id,
            account_id=account,
            analytic_distribution=self._distribution(move, product, account, values),
            extra_tax_data=values.get("extra_tax_data"),
        )

    def _distribution(self, move, product, account, values):
        """The analytic distribution, as ``account.move.line._compute_analytic_distribution`` finds it."""
        if values.get("analytic_distribution"):
            return values["analytic_distribution"]
        order_line = self.env["sale.order.line"].browse([command[1] for command in values.get("sale_line_ids", ())])[:1]
        related = order_line.analytic_distribution or {}
        if not self._has_distribution_models:
            return related or None
        accounts = frozenset(int(number) for numbers in related for number in numbers.split(",") if number.strip())
        key = move.commercial_partner_id.id, product.id, account.id, move.company_id.id, accounts
        if key not in self._distributions:
            line = self.env["account.move.line"].new(
                {
                    "move_id": move.id,
                    "partner_id": key[0],
                    "product_id": key[1],
                    "account_id": key[2],
                }
            )
            plans = self.env["account.analytic.account"].browse(accounts).exists().root_plan_id
            self._distributions[key] = self.env["account.analytic.distribution.model"]._get_distribution(
                line._get_analytic_distribution_arguments(plans)
            )
        return related | self._distributions[key] or None

    def _terms(self, move, products, taxes):
        """Values of the payment term lines, as ``account.move._compute_needed_terms`` and its lines' computes make
        them."""

        def total(items, name):
            return -sum(values[name] for values in items)

        term = move.invoice_payment_term_id
        amounts = {
            "tax_amount_currency": total(taxes, "amount_currency"),
            "tax_amount": total(taxes, "balance"),
            "untaxed_amount_currency": total(products, "amount_currency"),
            "untaxed_amount": total(products, "balance"),
        }
        receivable = self._receivable(move)
        common = {
            "display_type": "payment_term",
            "sequence": SEQUENCE["payment_term"],
            "account_id": receivable.id,
            "tax_ids": [Command.set([])],
        }
        if not term:
            return [
                {
                    **common,
                    **self._term_name(move, 1, 0),
                    "date_maturity": move.invoice_date_due or move.invoice_date,
                    "discount_balance": 0.0,
                    "discount_amount_currency": 0.0,
                    "balance": amounts["tax_amount"] + amounts["untaxed_amount"],
                    "amount_currency": amounts["tax_amount_currency"] + amounts["untaxed_amount_currency"],
                }
            ]
        terms = term._compute_terms(
            date_ref=move.invoice_date, currency=move.currency_id, company=move.company_id, sign=1, **amounts
        )
        discount = {
            "discount_date": terms.get("discount_date"),
            "discount_balance": terms.get("discount_balance") or 0.0,
            "discount_amount_currency": terms.get("discount_amount_currency") or 0.0,
        }
        due = {}
        for line in terms["line_ids"]:
            part = due.setdefault(fields.Date.to_date(line["date"]), {"balance": 0.0, "amount_currency": 0.0})
            part["balance"] += line["company_amount"]
            part["amount_currency"] += line["foreign_amount"]
        return [
            {**common, **discount, **part, **self._term_name(move, len(term.line_ids), index), "date_maturity": day}
            for index, (day, part) in enumerate(sorted(due.items()))
        ]

    def _term_name(self, move, count, index):
        reference = move.payment_reference
        if reference and move.ref and reference != move.ref:
            reference = f"{move.ref} - {reference}"
        if count > 1:
            reference = self.env._("%(name)s installment #%(number)s", name=reference or "", number=index + 1).lstrip()
        return {"name": reference or False}

    def _receivable(self, move):
        key = move.commercial_partner_id.id, move.company_id.id, move.fiscal_position_id.id
        if key not in self._receivables:
            move = move.with_company(move.company_id)
            account = (
                move.commercial_partner_id.property_account_receivable_id
                or move.company_id.partner_id.property_account_receivable_id
            )
            self._receivables[key] = move.fiscal_position_id.map_account(account)
        return self._receivables[key]
