"""Credit memos of the shop become credit notes of exactly their amounts, linked with what they take back.

A memo waits until what it credits is billed and posted here, however long that takes, and for the shipments that came
before it (`loader_return.py`); what will never be billed is taken off the order (`loader_unbilled.py`). More than was
billed is a case for a person. What a billing run or a person credited already for the same quantities is linked, not
credited again.
"""

from typing import Any, NamedTuple

from odoo import api, models
from odoo.fields import Command

from .loader_order_lines import CHARGE_PRODUCTS
from .loading import REFUSALS, Refused, Staged, Waits
from .magento_document import CREDIT_MEMO
from .magento_tax import NO_TAX


class Memo(NamedTuple):
    """A credit memo on its way into the books.

    :ivar billed: dict of order line → (quantity, the memo's line or None) that is credited
    :ivar lowered: the same for what comes off the order
    :ivar values: of the credit note; falsy where there is nothing to credit
    """

    item: Staged
    order: Any
    document: Any
    billed: dict
    lowered: dict
    values: Any


class MagentoLoaderCreditMemo(models.AbstractModel):
    _name = "magento.loader.credit.memo"
    _inherit = [
        "magento.loader.document",
        "magento.loader.document.lines",
        "magento.loader.payment",
        "magento.loader.return",
        "magento.loader.unbilled",
        "magento.loader.told.refund",
        "magento.loader.order.lines",
        "magento.loader.order.follow",
        "magento.loader.order.notes",
    ]
    _description = "Loader of Credit Memos"

    def _load(self, backend, staged):
        rows = self._note_all(backend, CREDIT_MEMO, staged)
        bound = self.env["magento.binding"]._find(backend, "credit_memos", [item.external_id for item in staged])
        bound |= self._recognise(
            backend, "credit_memos", "account.move", "refund", [row for row in rows if row[0].external_id not in bound]
        )
        for item, _order, document in rows:
            if item.external_id in bound and bound[item.external_id]._name == "account.move":
                self._write_changes(document, {"move_id": bound[item.external_id].id})
        self._compare_told(backend, rows, bound)
        new = [row for row in rows if row[0].external_id not in bound and row[0].intent.state != "cancelled"]
        refusals = {}
        for part in self._rounds(new):
            refusals.update(self._credit_round(backend, part))
        if not refusals:
            self._capture(backend, rows)
            self._flag_refunds(backend, self.env["sale.order"].browse({order.id for _item, order, _document in rows}))
        return refusals

    @api.model
    def _noted_values(self, intent):
        return self._money_values(intent)

    # -- one memo of each order ------------------------------------------------------------------------------------

    def _credit_round(self, backend, rows):
        """Credit memos of different orders together.

        :returns: dict of record id → refusal
        """
        refusals, ready, links = {}, [], []
        without_tax = self._without_tax(backend, [row[1] for row in rows])
        for item, order, document in rows:
            try:
                parts, rest = self._parts(item.intent, order)
                same = self._credited_already(document, order, parts)
                if same:
                    links.append((item, order, document, parts, same))
                    continue
                billed, lowered = self._billed_and_not(item, order, parts)
                self._require_shipped(backend, item, billed, lowered)
                values = (billed or rest) and self._credit_values(item, order, billed, rest, without_tax)
                ready.append(Memo(item, order, document, billed, lowered, values))
            except REFUSALS as refusal:
                refusals[item.record_id] = refusal
        if refusals:
            return refusals
        for item, _order, document, _parts, move in links:
            document.move_id = move
            self.env["magento.binding"]._bind(backend, "credit_memos", [(item.external_id, move, item.intent.number)])
        for memo in ready:
            self._lower_unbilled(memo.item, memo.order, memo.lowered)
        self._link_without_note(backend, [memo for memo in ready if not memo.values])
        noted = [memo for memo in ready if memo.values]
        for company in {memo.order.company_id for memo in noted}:
            of_company = [memo for memo in noted if memo.order.company_id == company]
            refusals.update(self.with_company(company)._credit(backend, of_company))
        if not refusals:
            self._take_back([(memo.item, memo.order, memo.document, memo.billed) for memo in noted])
        return refusals

    def _billed_and_not(self, item, order, parts):
        """Divide what a memo takes back into what is billed and posted here, and what never will be.

        :returns: two dicts of order line → (quantity, the memo's line or None)
        :raises Waits: when more will be billed, or the order is older than the memo
        :raises Refused: when all is billed and the memo is larger
        """
        billed, lowered = {}, {}
        for line, (quantity, memo_line) in parts.items():
            posted = _posted_quantity(line)
            never = self._never_billed(item, line, quantity, posted)
            if line.product_uom_id.compare(quantity - never, posted) > 0:
                raise self._not_billed(item, line, quantity - never)
            first, rest = self._split_line(memo_line, quantity, quantity - never, order.currency_id.rounding)
            if never:
                lowered[line] = never, rest
            if line.product_uom_id.compare(quantity, never) > 0 or not quantity:
                billed[line] = quantity - never, first
        if not parts and not any(move.state == "posted" for move in order.invoice_ids):
            raise self._waits_for_invoice(item, order)
        return billed, lowered

    def _not_billed(self, item, line, quantity):
        order = line.order_id
        ever = _posted_quantity(line, with_credits=False)
        if line.product_uom_id.compare(ever, line.product_uom_qty) < 0:
            return self._waits_for_invoice(item, order)
        return Refused(
            self.env._(
                "Credit memo %(number)s credits %(quantity)s × %(product)s of order %(order)s, but only %(left)s are "
                "billed and not credited yet here. Compare the credit notes of the order, and ignore the memo when it "
                "is credited already.",
                number=item.intent.number,
                order=order.display_name,
                quantity=f"{quantity:g}",
                product=line.product_id.display_name,
                left=f"{_posted_quantity(line):g}",
            )
        )

    def _waits_for_invoice(self, item, order):
        return Waits(
            self.env._(
                "Credit memo %(number)s credits what is not billed yet of order %(order)s. It goes on by itself when "
                "the invoice is posted.",
                number=item.intent.number,
                order=order.display_name,
            ),
            self._awaits("invoice", item),
        )

    def _link_without_note(self, backend, memos):
        """A memo that took all of its amounts off the order is linked with the order."""
        self.env["magento.binding"]._bind(
            backend, "credit_memos", [(memo.item.external_id, memo.order, memo.item.intent.number) for memo in memos]
        )

    def _credited_already(self, document, order, parts):
        """A credit note that Odoo made by itself for the same quantities and total, and that has no memo yet."""
        for move in order.invoice_ids.filtered(
            lambda move: move.move_type == "out_refund" and move.state != "cancel" and not move.magento_document_ids
        ):
            if order.currency_id.compare_amounts(move.amount_total, document.amount_total):
                continue
            quantities = {}
            for line in move.invoice_line_ids:
                for order_line in line.sale_line_ids:
                    quantities[order_line] = quantities.get(order_line, 0.0) + order_line._magento_quantity(line)
            wanted = {line: quantity for line, (quantity, _line) in parts.items() if quantity}
            if quantities.keys() == wanted.keys() and all(
                not line.product_uom_id.compare(quantities[line], quantity) for line, quantity in wanted.items()
            ):
                return move
        return self.env["account.move"]

    # -- values ----------------------------------------------------------------------------------------------------

    @api.model
    def _without_tax(self, backend, orders):
        """dict of company → what lines without tax carry there; empty where a person has not chosen"""
        return {
            company: self.env["magento.tax"]._resolve(backend, company, {(NO_TAX, 0.0)})[NO_TAX, 0.0]
            for company in {order.company_id for order in orders}
        }

    def _credit_values(self, item, order, parts, rest, without_tax):
        """Values of the credit note of a memo."""
        order = order._b2b_in_invoice_language()
        policy = order.b2b_billing_policy_id
        commands = [
            Command.create(self._credit_line_values(line, quantity, memo_line, position))
            for position, (line, (quantity, memo_line)) in enumerate(parts.items(), 1)
            if memo_line or quantity
        ]
        commands += [
            Command.create(self._loose_line_values(order, line, without_tax[order.company_id], len(parts) + position))
            for position, line in enumerate(rest, 1)
        ]
        return {
            **order._prepare_invoice(),
            "move_type": "out_refund",
            "invoice_date": self._day(order, item.intent.created_at),
            "ref": item.intent.number,
            "purchase_order_reference": order.client_order_ref,
            "reversed_entry_id": self._reversed(item, order, parts).id,
            "b2b_billing_policy_id": policy.id,
            "b2b_deliver": policy.auto_send,
            "invoice_line_ids": commands,
        }

    def _credit_line_values(self, order_line, quantity, line, sequence):
        values = order_line._prepare_invoice_line(quantity=quantity or 1.0, sequence=sequence)
        if not quantity:
            values["sale_line_ids"] = []
        if line:
            values["extra_tax_data"] = self._given_amounts(order_line, line, values["quantity"])
        return values

    def _loose_line_values(self, order, line, without_tax, sequence):
        """What belongs to no line of the order: adjustments without tax, and tax on other amounts."""
        product = self.env.ref(CHARGE_PRODUCTS[line.kind])
        taxes, amounts = without_tax, {}
        if line.tax:
            taxes = max(
                order.order_line.tax_ids,
                key=lambda tax: sum(order.order_line.filtered(lambda one: tax in one.tax_ids).mapped("price_tax")),
                default=without_tax,
            )
        if taxes:
            amounts[str(taxes.id)] = {
                "tax_amount_currency": float(line.tax),
                "base_amount_currency": float(line.net),
            }
        return {
            "sequence": sequence,
            "display_type": "product",
            "product_id": product.id,
            "name": line.name or product.name,
            "quantity": 1.0,
            "price_unit": float(line.net),
            "discount": 0.0,
            "tax_ids": [Command.set(taxes.ids)],
            "b2b_po_number": order.client_order_ref,
            "extra_tax_data": {
                "manual_total_excluded_currency": float(line.net),
                "manual_tax_amounts": amounts or {"0": {}},
                "currency_id": order.currency_id.id,
                "price_unit": float(line.net),
                "discount": 0.0,
                "quantity": 1.0,
            },
        }

    def _reversed(self, item, order, parts):
        """The invoice that is credited, where it is a single one."""
        if item.intent.invoice_id:
            linked = order.magento_document_ids.filtered(
                lambda document: document.kind == "invoice" and document.external_id == str(item.intent.invoice_id)
            ).move_id
            if linked:
                return linked
        lines = order.order_line.browse([line.id for line in parts]) or order.order_line
        invoices = lines.invoice_lines.move_id.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )
        return invoices if len(invoices) == 1 else invoices.browse()

    # -- making them -----------------------------------------------------------------------------------------------

    def _credit(self, backend, ready):
        """Create credit notes, hold them against the memos, link them, and post them where the policy says.

        :param ready: list of `Memo`
        """
        moves = (
            self.env["account.move"]
            .with_context(default_move_type="out_refund")
            .create([memo.values for memo in ready])
        )
        refusals = {}
        for memo, move in zip(ready, moves, strict=True):
            problem = self._differs(memo, move)
            if problem:
                refusals[memo.item.record_id] = problem
            memo.document.move_id = move
        if refusals:
            return refusals
        self.env["magento.binding"]._bind(
            backend,
            "credit_memos",
            [(memo.item.external_id, move, memo.item.intent.number) for memo, move in zip(ready, moves, strict=True)],
            moves.ids,
        )
        moves.filtered(lambda move: move.b2b_billing_policy_id.auto_post)._b2b_post(moves.browse())
        self._log_credited(list(zip(ready, moves, strict=True)))
        return {}

    def _differs(self, memo, move):
        """A refusal with both figures when a credit note is not the memo (less what came off the order), else None."""
        intent, currency = memo.item.intent, memo.order.currency_id
        off = [line for _quantity, line in memo.lowered.values() if line]
        untaxed, tax = sum(line.net for line in off), sum(line.tax for line in off)
        wrong = [
            (what, shop, here)
            for what, shop, here in (
                (self.env._("untaxed"), float(intent.untaxed - untaxed), move.amount_untaxed),
                (self.env._("tax"), float(intent.tax - tax), move.amount_tax),
                (self.env._("total"), float(intent.total - untaxed - tax), move.amount_total),
            )
            if currency.compare_amounts(shop, here)
        ]
        if not wrong:
            return None
        return Refused(
            self.env._(
                "The credit note of memo %(number)s would differ from the shop: %(figures)s. Credit it by hand and "
                "ignore the memo, or mend the taxes of the order and retry.",
                number=intent.number,
                figures="; ".join(
                    self.env._(
                        "%(what)s %(shop)s in the shop, %(here)s here",
                        what=what,
                        shop=currency.format(shop),
                        here=currency.format(here),
                    )
                    for what, shop, here in wrong
                ),
            )
        )

    def _log_credited(self, made):
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "billing",
                    "record": move,
                    "company": memo.order.company_id,
                    "decision": self.env._(
                        "Credited what the shop refunded with %(number)s.", number=memo.item.intent.number
                    ),
                    "rule": self.env._("Credit memos made in the shop"),
                    "evidence": {
                        "credit_memo": memo.item.external_id,
                        "shop_total": format(memo.item.intent.shop_total, "f"),
                        "orders": [memo.order.name],
                        "total": move.amount_total,
                    },
                    "amount": move.amount_total_in_currency_signed,
                    "currency": move.currency_id,
                }
                for memo, move in made
            ]
        )


def _posted_quantity(order_line, with_credits=True):
    """How much of an order line is billed on posted invoices, less what credit notes took back."""
    quantity = 0.0
    for line in order_line.invoice_lines:
        if line.move_id.state == "posted" and line.move_id.move_type == "out_invoice":
            quantity += order_line._magento_quantity(line)
        elif with_credits and line.move_id.state != "cancel" and line.move_id.move_type == "out_refund":
            quantity -= order_line._magento_quantity(line)
    return quantity
