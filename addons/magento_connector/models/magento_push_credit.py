"""Company credit of Adobe Commerce: the limit, and a balance in step with what the company owes here.

The shop counts only orders that were paid by its company credit. What else a company owes us, and what it has paid us
meanwhile, only Odoo knows. So the shop's balance is read, and the difference to what is owed here is told as an
operation, each with a name of its own, by which it is found in the shop's history after an unclear answer.

An order on company credit is in the shop's balance at once, and in our books when it was read. So the orders that the
shop has and we have not are looked at after its balances were read: a company that has one waits until it is here.
"""

import json
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models

from ..magento_wire.search import Search
from .magento_outbox import OPEN_STATES

PAGE = 200
ON_CREDIT = "companycredit"
ANY_COMPANY = ""
MOST_PAGES = 20
SOON = timedelta(minutes=5)


class MagentoPushCredit(models.AbstractModel):
    _name = "magento.push.credit"
    _inherit = ["magento.push"]
    _description = "Company Credit Told to the Shop"

    @api.model
    def _compare(self, backend, shop):
        """Queue limits and balances that differ from what is agreed and owed here.

        :param Shop shop: to read from
        :returns: number of messages
        :raises ShopError: when the shop does not answer
        """
        companies = self._companies(backend)
        if not companies:
            return 0
        rows = []
        for credit in self._credits(shop):
            partner = companies.get(str(credit.get("company_id")))
            if partner and str(credit.get("currency_code")) == backend.company_id.currency_id.name:
                company = {"company": str(credit["company_id"])}
                rows += [row | company for row in self._rows(backend, partner, credit)]
        if any(row["effect"] == "credit_balance" for row in rows):
            rows = self._without_unread(backend, shop, rows)
        if rows:
            self.env["magento.outbox"].sudo()._put(rows)
        return len(rows)

    @api.model
    def _without_unread(self, backend, shop, rows):
        """Leave out balances of companies with an order that our books lack or have otherwise; look again soon."""
        unread = self._unread(backend, shop)
        kept = [row for row in rows if row["effect"] != "credit_balance" or not unread & {ANY_COMPANY, row["company"]}]
        if len(kept) < len(rows):
            cron = self.env.ref("magento_connector.ir_cron_push_compare", raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger(at=fields.Datetime.now() + SOON)
        return kept

    @api.model
    def _unread(self, backend, shop):
        """The shop's ids of companies with orders on credit that are fetched but not processed, or not fetched yet."""
        waiting = self.env["magento.record"].search_fetch(
            [
                ("backend_id", "=", backend.id),
                ("entity", "=", "orders"),
                ("state", "in", ("staged", "set_aside")),
                ("payload", "like", ON_CREDIT),
            ],
            ["payload"],
        )
        companies = {self._company_on_credit(json.loads(record.payload)) for record in waiting}
        stream = backend.stream_ids.filtered(lambda stream: stream.entity == "orders")
        position = stream._position()
        for _page in range(MOST_PAGES):
            page = shop.fetch("orders", position, stream._page_sizes().current)
            companies |= {self._company_on_credit(payload) for payload in page.records}
            position = page.cursor
            if page.done:
                break
        else:
            companies.add(ANY_COMPANY)
        return companies - {None}

    @api.model
    def _company_on_credit(self, payload):
        """The shop's id of the company of an order that was paid on its credit, None of one that was not."""
        payment = payload.get("payment") if isinstance(payload, dict) else None
        if not isinstance(payment, dict) or payment.get("method") != ON_CREDIT:
            return None
        extension = payload.get("extension_attributes")
        company = extension.get("company_order_attributes") if isinstance(extension, dict) else None
        return str(company.get("company_id") or ANY_COMPANY) if isinstance(company, dict) else ANY_COMPANY

    @api.model
    def _companies(self, backend):
        """dict of the shop's company id → commercial entity."""
        bindings = self.env["magento.binding"].search(
            [("backend_id", "=", backend.id), ("entity", "=", "companies"), ("model", "=", "res.partner")]
        )
        found = self.env["magento.binding"]._find(backend, "companies", bindings.mapped("external_id"))
        return {key: partner.commercial_partner_id.with_company(backend.company_id) for key, partner in found.items()}

    @api.model
    def _credits(self, shop):
        """Yield the shop's company credits, page by page."""
        number, read = 1, 0
        while True:
            answer = shop.call("GET", "companyCredits/", Search().sort("entity_id").page(PAGE, number).pairs())
            rows = answer.get("items") or []
            yield from rows
            read += len(rows)
            if not rows or read >= int(answer.get("total_count") or 0):
                return
            number += 1

    @api.model
    def _rows(self, backend, partner, credit):
        target, currency = str(credit["id"]), backend.company_id.currency_id
        rows = []
        limit = partner.credit_limit if backend.company_id.account_use_credit_limit else 0.0
        if limit and currency.compare_amounts(float(credit.get("credit_limit") or 0), limit):
            values = {"limit": f"{limit:.2f}", "currency": currency.name}
            rows.append(self._row(backend, "credit_limit", f"credit_limit:{target}", target, partner, values))
        owed = max(0.0, partner.credit + partner.credit_to_invoice)
        change = currency.round(-owed - float(Decimal(str(credit.get("balance") or 0))))
        if not currency.is_zero(change) and not self._is_under_way(backend, target):
            key = f"credit:{target}-{self._next_number()}"
            rows.append(
                self._row(backend, "credit_balance", key, target, partner, {
                    "value": f"{change:.2f}",
                    "currency": currency.name,
                    "operation": "reimbursed" if change > 0 else "updated",
                    "comment": self.env._("Balance as in the books: %(owed)s owed.", owed=f"{owed:.2f}"),
                })
            )  # fmt: skip
        return rows

    @api.model
    def _row(self, backend, effect, key, target, partner, values):
        subject = f"credit:{target}"
        return {
            "backend": backend,
            "effect": effect,
            "key": key,
            "target": target,
            "subject": subject,
            "values": values,
            "document": partner,
        }

    @api.model
    def _operations(self, backend, target):
        return [("backend_id", "=", backend.id), ("effect", "=", "credit_balance"), ("target", "=", target)]

    @api.model
    def _is_under_way(self, backend, target):
        """An operation whose outcome is open may be in the balance or not: the next one waits until that is clear."""
        domain = [*self._operations(backend, target), ("state", "in", OPEN_STATES)]
        return bool(self.env["magento.outbox"].search_count(domain, limit=1))

    @api.model
    def _next_number(self):
        """A number that no operation had before: the shop's history is searched for it."""
        return self.env["ir.sequence"].sudo().next_by_code("magento.credit.operation")
