"""Builders: a company with taxes, a shop, and payloads of the shop's shape."""

import json
import os
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from unittest import SkipTest
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import TransactionCase

SHARED_DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))
CENT = Decimal("0.01")
KEY = "a key for tests, long enough to be one"


def cents(value):
    return Decimal(str(value)).quantize(CENT, ROUND_HALF_UP)


def address(**values):
    """An order's address as the shop sends it."""
    return {
        "address_type": "billing",
        "firstname": "Erika",
        "lastname": "Muster",
        "company": "Muster GmbH",
        "street": ["Hauptstr. 1"],
        "city": "Berlin",
        "postcode": "10115",
        "country_id": "DE",
        "telephone": "+49 30 1",
        "email": "erika@muster.example",
        "vat_id": "DE136695976",
        **values,
    }


def item(item_id, sku="PUMP", quantity=1, price="10.00", rate=19, discount="0", code=None, **values):
    """An order line as REST answers it: amounts after discount, tax as stated."""
    quantity, price, discount = Decimal(str(quantity)), Decimal(str(price)), Decimal(str(discount))
    net = cents(quantity * price) - discount
    tax = cents(net * Decimal(str(rate)) / 100)
    return {
        "item_id": item_id,
        "sku": sku,
        "name": f"Product {sku}",
        "product_type": "simple",
        "product_id": abs(hash(sku)) % 10**6,
        "qty_ordered": float(quantity),
        "qty_shipped": 0,
        "qty_invoiced": 0,
        "qty_refunded": 0,
        "qty_canceled": 0,
        "price": float(price),
        "discount_amount": float(discount),
        "discount_tax_compensation_amount": 0,
        "row_total": float(net),
        "row_total_incl_tax": float(net + tax),
        "tax_amount": float(tax),
        "tax_percent": rate,
        "base_price": float(price),
        "base_row_total_incl_tax": float(net + tax),
        "base_tax_amount": float(tax),
        "extension_attributes": {
            "itemized_taxes": [
                {
                    "tax_code": code or f"DE {rate:g}",
                    "tax_percent": rate,
                    "amount": float(tax),
                    "real_amount": float(tax),
                    "base_amount": float(tax),
                    "real_base_amount": float(tax),
                    "taxable_item_type": "product",
                    "item_id": item_id,
                }
            ]
            if tax
            else []
        },
        **values,
    }


def order(entity_id, items=None, **values):
    """An order as `/V1/orders` answers it, its totals those of its lines."""
    items = [item(entity_id * 10)] if items is None else items
    money = [line for line in items if not line.get("parent_item_id")]
    tax = sum(Decimal(str(line["tax_amount"])) for line in money)
    gross = sum(Decimal(str(line["row_total_incl_tax"])) for line in money)
    billing = values.pop("billing_address", address())
    shipping = values.pop("shipping_address", billing)
    return {
        "entity_id": entity_id,
        "increment_id": f"{entity_id:09d}",
        "store_id": 1,
        "state": "processing",
        "status": "processing",
        "created_at": "2026-11-02 10:00:00",
        "updated_at": "2026-11-02 10:05:00",
        "order_currency_code": "EUR",
        "base_currency_code": "EUR",
        "base_to_order_rate": 1,
        "customer_email": "erika@muster.example",
        "customer_id": 7,
        "customer_firstname": "Erika",
        "customer_lastname": "Muster",
        "customer_is_guest": 0,
        "customer_taxvat": "DE136695976",
        "grand_total": float(gross),
        "base_grand_total": float(gross),
        "tax_amount": float(tax),
        "base_tax_amount": float(tax),
        "shipping_amount": 0,
        "shipping_tax_amount": 0,
        "items": items,
        "billing_address": billing,
        "payment": {"method": "banktransfer", "po_number": "PO-1", "additional_information": ["Bank transfer"]},
        "extension_attributes": {
            "shipping_assignments": [{"shipping": {"address": shipping, "method": "flatrate_flatrate"}}]
        },
        **values,
    }


def shipment(entity_id, order_payload, quantities=None, tracks=(), **values):
    """A shipment as `/V1/shipments` answers it.

    :param dict quantities: item id → quantity; all of the order by default
    :param tracks: (carrier, number) pairs
    """
    items = {line["item_id"]: line for line in order_payload["items"]}
    quantities = quantities or {item_id: line["qty_ordered"] for item_id, line in items.items()}
    return {
        "entity_id": entity_id,
        "increment_id": f"S{entity_id:08d}",
        "order_id": order_payload["entity_id"],
        "created_at": "2026-11-03 09:00:00",
        "updated_at": "2026-11-03 09:00:00",
        "items": [
            {"order_item_id": item_id, "sku": items[item_id]["sku"], "qty": quantity}
            for item_id, quantity in quantities.items()
        ],
        "tracks": [{"carrier_code": "custom", "title": title, "track_number": number} for title, number in tracks],
        "comments": [],
        **values,
    }


def document(entity_id, order_payload, quantities=None, shipping=0, shipping_tax=0, **values):
    """An invoice or credit memo as REST answers it: `row_total` before discount, totals those of its lines.

    :param dict quantities: item id → quantity; all of the order by default
    """
    items = {line["item_id"]: line for line in order_payload["items"]}
    if quantities is None:
        quantities = {item_id: line["qty_ordered"] for item_id, line in items.items()}
    rows = [document_row(items[item_id], quantity) for item_id, quantity in quantities.items()]
    discount = sum(Decimal(str(row["discount_amount"])) for row in rows)
    tax = sum(Decimal(str(row["tax_amount"])) for row in rows) + Decimal(str(shipping_tax))
    net = sum(Decimal(str(row["row_total"])) for row in rows) - discount + Decimal(str(shipping))
    adjustment = Decimal(str(values.get("adjustment_positive", 0))) - Decimal(str(values.get("adjustment_negative", 0)))
    return {
        "entity_id": entity_id,
        "increment_id": f"D{entity_id:08d}",
        "order_id": order_payload["entity_id"],
        "created_at": "2026-11-03 10:00:00",
        "updated_at": "2026-11-03 10:00:00",
        "order_currency_code": order_payload["order_currency_code"],
        "state": 2,
        "grand_total": float(net + tax + adjustment),
        "base_grand_total": float(net + tax + adjustment),
        "tax_amount": float(tax),
        "discount_amount": float(-discount),
        "shipping_amount": float(shipping),
        "shipping_tax_amount": float(shipping_tax),
        "items": rows,
        "comments": [],
        **values,
    }


def document_row(line, quantity):
    quantity, ordered = Decimal(str(quantity)), Decimal(str(line["qty_ordered"]))
    total = cents(Decimal(str(line["price"])) * quantity)
    discount = cents(Decimal(str(line["discount_amount"])) * quantity / ordered)
    return {
        "entity_id": line["item_id"] + 5000,
        "order_item_id": line["item_id"],
        "sku": line["sku"],
        "name": line["name"],
        "qty": float(quantity),
        "price": line["price"],
        "row_total": float(total),
        "discount_amount": float(discount),
        "discount_tax_compensation_amount": 0,
        "tax_amount": float(cents((total - discount) * Decimal(str(line["tax_percent"])) / 100)),
    }


class MagentoCase(TransactionCase):
    """A German company, a shop with one store view, taxes of 19 and 7 per cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(os.environ, {"ORDER_TO_CASH_KEY": KEY}))
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True, "lang": None})
        germany = cls.env.ref("base.de")
        euro = cls.env.ref("base.EUR")
        euro.active = True
        cls.company = cls.env["res.company"].create(
            {"name": "Wholesale SE", "country_id": germany.id, "currency_id": euro.id}
        )
        cls.env.user.write({"company_ids": [Command.link(cls.company.id)], "company_id": cls.company.id})
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.company.account_fiscal_country_id = germany
        cls.make_accounting()
        cls.tax_group = cls.env["account.tax.group"].create(
            {"name": "VAT", "company_id": cls.company.id, "country_id": germany.id}
        )
        cls.taxes = {rate: cls.make_tax(rate) for rate in (19, 7)}
        cls.backend = cls.env["magento.backend"].create(
            {
                "name": "Test shop",
                "started_at": "2026-01-01 00:00:00",
                "url": "https://shop.example.com",
                "company_id": cls.company.id,
                "consumer_key": "key",
                "consumer_secret": "secret",
                "access_token": "token",
                "access_token_secret": "token secret",
            }
        )
        cls.store = cls.make_store(1)

    @classmethod
    def make_accounting(cls):
        """The few accounts and the journal that an invoice needs: much quicker than a chart of accounts."""
        receivable, income = cls.env["account.account"].create(
            [
                {"name": "Receivables", "code": "T1200", "account_type": "asset_receivable", "reconcile": True},
                {"name": "Income", "code": "T4000", "account_type": "income"},
            ]
        )
        cls.env["account.journal"].create(
            {
                "name": "Sales",
                "code": "TSAL",
                "type": "sale",
                "company_id": cls.company.id,
                "default_account_id": income.id,
            }
        )
        for model, field, account in (
            ("res.partner", "property_account_receivable_id", receivable),
            ("product.category", "property_account_income_categ_id", income),
        ):
            cls.env["ir.default"].set(model, field, account.id, company_id=cls.company.id)

    @classmethod
    def make_bank_journal(cls, name="Cards", **values):
        """A journal whose methods have an account for what is on its way to the bank."""
        bank, outstanding, suspense = cls.env["account.account"].create(
            [
                {"name": f"{name} bank", "code": f"T10{len(name)}{name[0]}", "account_type": "asset_cash"},
                {
                    "name": f"{name} outstanding",
                    "code": f"T11{len(name)}{name[0]}",
                    "account_type": "asset_current",
                    "reconcile": True,
                },
                {"name": f"{name} suspense", "code": f"T12{len(name)}{name[0]}", "account_type": "asset_current"},
            ]
        )
        journal = cls.env["account.journal"].create(
            {
                "name": name,
                "code": f"T{name[:4].upper()}",
                "type": "bank",
                "company_id": cls.company.id,
                "default_account_id": bank.id,
                "suspense_account_id": suspense.id,
                **values,
            }
        )
        methods = journal.inbound_payment_method_line_ids + journal.outbound_payment_method_line_ids
        methods.payment_account_id = outstanding
        return journal

    @classmethod
    def make_method(cls, code, journal=None):
        """A payment method of the shop, noted by then or not; with a journal the shop captures the money itself."""
        method = cls.env["magento.payment.method"]._resolve(cls.backend, {code})[code]
        method.journal_id = journal
        return method

    @classmethod
    def make_tax(cls, rate, **values):
        return cls.env["account.tax"].create(
            {
                "name": f"{rate} %",
                "amount": rate,
                "amount_type": "percent",
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                "country_id": cls.company.account_fiscal_country_id.id,
                "tax_group_id": cls.tax_group.id,
                "price_include_override": "tax_excluded",
                **values,
            }
        )

    @classmethod
    def make_store(cls, external_id, **values):
        return cls.env["magento.store"].create(
            {
                "backend_id": cls.backend.id,
                "external_id": external_id,
                "name": f"View {external_id}",
                "code": f"view{external_id}",
                "website_id": 1,
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def give_rate(cls, code, day):
        """A currency counts from a day on, and not before."""
        currency = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
        currency.rate_ids.unlink()
        cls.env["res.currency.rate"].create(
            {"currency_id": currency.id, "company_id": cls.company.id, "name": day, "rate": 1.25}
        )

    def stage(self, entity, *payloads):
        """Stage payloads as fetching would; returns their records."""
        stream = self.backend.stream_ids.filtered(lambda stream: stream.entity == entity)
        self.env["magento.record"]._stage(self.backend, entity, stream._rows(payloads))
        return self.env["magento.record"].search(
            [("backend_id", "=", self.backend.id), ("entity", "=", entity)], order="id"
        )

    def process(self, limit=100):
        """Process until nothing waits; returns how many rows."""
        total = 0
        while True:
            done, _remaining = self.env["magento.record"].process_batch(limit)
            total += done
            if not done:
                return total

    def load(self, entity, *payloads):
        records = self.stage(entity, *payloads)
        self.process()
        return records

    def order_of(self, entity_id):
        """The sales order of a shop order, empty when there is none."""
        found = self.env["magento.binding"]._find(self.backend, "orders", [str(entity_id)])
        return found.get(str(entity_id), self.env["sale.order"])

    def document_of(self, entity, entity_id):
        """What a document of the shop became in Odoo, None when nothing did."""
        return self.env["magento.binding"]._find(self.backend, entity, [str(entity_id)]).get(str(entity_id))

    def bill(self, sale, day="2026-11-05"):
        """Let the billing engine bill an order; returns its invoices."""
        self.env["b2b.billing.run"].with_company(sale.company_id)._bill(sale, day)
        return sale.invoice_ids

    def open_cases(self, sale):
        return self.env["b2b.discrepancy"].search([("order_id", "=", sale.id), ("state", "=", "open")])

    @staticmethod
    def live(name):
        """A recorded answer of a running shop."""
        if not SHARED_DATA.is_dir():
            raise SkipTest(f"the recorded answers are not at {SHARED_DATA}; set SHARED_DATA to their folder")
        return json.loads((SHARED_DATA / "magento" / "live-2.4.7-p3" / name).read_text())
