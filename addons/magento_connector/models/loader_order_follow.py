"""What a later payload may change in an order that is in Odoo already, and what it may not.

Status, PO number, shipped quantities, holds and cancellation are followed. Amounts are not: the shop makes a new
order when one is edited (`…-1`). What may not change, or changes after billing, becomes a flagged discrepancy for a
person.
"""

from odoo import api, models
from odoo.fields import Command

from ..magento_wire.intents import PRODUCT, content_hash, to_dict
from .loading import Common, amount_text

CHANNEL_STATES = {"complete": "complete", "closed": "complete", "canceled": "canceled"}

FINGERPRINT = "2:"
"""Stands before each order's fingerprint; raised whenever what is read of a line changes."""

PROGRESS = ("quantity_shipped", "quantity_invoiced", "quantity_refunded", "quantity_canceled")
NO_CONTENT = (*PROGRESS, "parent_product_id")


class MagentoLoaderOrderFollow(models.AbstractModel):
    _name = "magento.loader.order.follow"
    _inherit = ["magento.loader.case"]
    _description = "Changes of Shop Orders"

    def _follow(self, backend, pairs):
        """Bring orders up to date.

        :param pairs: list of (`Staged`, order)
        """
        if not pairs:
            return
        methods = self._payment_methods(backend, [item for item, _order in pairs])
        ended = self.env["sale.order"]
        for item, order in pairs:
            wanted = {
                "client_order_ref": item.intent.po_number or order.client_order_ref,
                "b2b_channel_state": self._channel_state(item.intent, order),
                "magento_status": item.intent.status,
            }
            changed = {name: value for name, value in wanted.items() if (order[name] or False) != (value or False)}
            if changed:
                order.write(changed)
            ended += order if "b2b_channel_state" in changed else ended.browse()
            self._write_changes(order, self._money_figures(item.intent, order.currency_id, methods))
        shipped = self._follow_progress(pairs)
        self.env["magento.push.stock"].sudo()._tell_reserved_no_more(ended, shipped)
        self._link_edits(backend, pairs)
        past, live = self._split_history(pairs)
        self._keep_history(backend, past)
        self._flag_changed_content(backend, live)
        self._confirm(backend, live)
        self._cancel([pair for pair in live if pair[0].intent.state == "canceled"])
        self._flag_states(backend, live)
        self._deliver(backend, live)
        self._take_over_comments(backend, pairs)
        self.env["magento.record"]._go_on(
            backend, [f"{what}:{item.external_id}" for item, _order in pairs for what in ("order", "invoice")]
        )

    @api.model
    def _channel_state(self, intent, order):
        """How far the shop is with an order; one that was replaced and is cancelled for it ended, whatever is said."""
        if order.state == "cancel" and order.magento_replaced_by_ids:
            return "canceled"
        return CHANNEL_STATES.get(intent.state, "open")

    def _follow_progress(self, pairs):
        """Note at each line how far the shop is with it; this repeats no other work.

        :returns: the order lines of which the shop has another quantity shipped than was known here, or told to it
        """
        shipped = self.env["sale.order.line"]
        for item, order in pairs:
            lines = {line.magento_item_id: line for line in order.order_line}
            for intent_line in item.intent.lines:
                line = lines.get(intent_line.external_id)
                wanted = {
                    **self._progress_values(intent_line),
                    "magento_parent_product_id": self._product_text(intent_line.parent_product_id),
                }
                if line and any(line[name] != value for name, value in wanted.items()):
                    told = line.magento_told_shipped
                    if max(line.magento_qty_shipped, told) != max(wanted["magento_qty_shipped"], told):
                        shipped += line
                    line.write(wanted)
        return shipped

    # -- edits and cancellation ------------------------------------------------------------------------------------

    def _link_edits(self, backend, pairs):
        """Link an edited order with the one it replaces, whichever comes first, and cancel the latter."""
        replaces = {
            item.intent.replaces_id: (item, order)
            for item, order in pairs
            if item.intent.replaces_id and not order.magento_replaces_id
        }
        found = self.env["magento.binding"]._find(backend, "orders", [str(external_id) for external_id in replaces])
        for replaced_id, (item, order) in replaces.items():
            replaced = found.get(str(replaced_id))
            if replaced and replaced != order:
                order.magento_replaces_id = replaced
                self._cancel([(item, replaced)])
        by_number = {item.intent.replaced_by: order for item, order in pairs if item.intent.replaced_by}
        for replacement in self.env["sale.order"].search(
            [
                ("magento_backend_id", "=", backend.id),
                ("origin", "in", list(by_number)),
                ("magento_replaces_id", "=", False),
            ]
        ):
            if replacement != by_number[replacement.origin]:
                replacement.magento_replaces_id = by_number[replacement.origin]

    def _cancel(self, pairs):
        """Cancel orders of which nothing was delivered or invoiced; the others are cases for a person."""
        free, bound = self.env["sale.order"], []
        for item, order in pairs:
            if order.state == "cancel":
                continue
            if any(move.state != "cancel" for move in order.invoice_ids) or any(
                order.order_line.mapped("qty_delivered")
            ):
                bound.append((item, order))
            else:
                free += order
        if free:
            free.filtered("locked").action_unlock()
            free.b2b_channel_state = "canceled"
            free._action_cancel()
        self._flag(
            bound,
            "canceled",
            "order_change",
            lambda item, order: {
                "name": self.env._("Order %(number)s was cancelled in the shop", number=item.intent.number),
                "reason": self.env._(
                    "The shop cancelled order %(number)s, but it is delivered or invoiced here (%(invoiced)s). "
                    "Take the goods back and "
                    "credit the invoice, or have the order placed again.",
                    number=item.intent.number,
                    invoiced=", ".join(order.invoice_ids.mapped("name")) or self.env._("delivered"),
                ),
                "blocking": True,
            },
        )

    # -- cases -----------------------------------------------------------------------------------------------------

    def _flag_states(self, backend, pairs):
        """Open or settle the cases that follow the shop's status."""
        holds = [pair for pair in pairs if pair[0].intent.state == "holded"]
        self._flag(holds, "hold", "order_change", self._hold_case)
        released = [pair for pair in pairs if pair not in holds]
        self._settle(released, "hold", self.env._("The shop released the order."))
        going_on = [pair for pair in pairs if self._goes_on_without_us(*pair)]
        self._flag(going_on, "canceled_here", "order_change", self._canceled_here_case)
        self._settle(
            [pair for pair in pairs if pair not in going_on],
            "canceled_here",
            self.env._("The order is alive here, or cancelled in the shop as well."),
        )
        refunded = [pair for pair in pairs if pair[0].intent.refunded]
        if backend._reads("credit_memos"):
            self._flag_refunds(backend, self.env["sale.order"].browse([order.id for _item, order in refunded]))
        else:
            self._flag(refunded, "refunded", "order_change", self._refund_case)
        partly = [
            pair
            for pair in pairs
            if pair[0].intent.state != "canceled" and any(line.quantity_canceled for line in pair[0].intent.lines)
        ]
        self._follow_part_cancellation(partly)

    @api.model
    def _goes_on_without_us(self, item, order):
        """Whether the shop ships or bills an order that was cancelled here."""
        if order.state != "cancel" or item.intent.state in ("canceled", "closed") or item.intent.replaced_by:
            return False
        return item.intent.state == "complete" or any(
            line.quantity_shipped or line.quantity_invoiced for line in item.intent.lines
        )

    def _canceled_here_case(self, item, order):
        return {
            "name": self.env._("Order %(number)s goes on in the shop", number=item.intent.number),
            "reason": self.env._(
                "The order is cancelled here, but the shop ships or bills it. Cancel it there and give the money back, "
                "or set it to quotation here and confirm it."
            ),
            "blocking": False,
        }

    def _hold_case(self, item, order):
        return {
            "name": self.env._("Order %(number)s is on hold in the shop", number=item.intent.number),
            "reason": self.env._("The shop put the order on hold. It goes on by itself when the shop releases it."),
            "blocking": True,
        }

    def _refund_case(self, item, order):
        return {
            "name": self.env._("Order %(number)s was refunded in the shop", number=item.intent.number),
            "reason": self.env._(
                "The shop refunded %(refunded)s %(currency)s of this order. Credit it here, unless that is done.",
                refunded=item.intent.refunded,
                currency=item.intent.currency,
            ),
            "blocking": not order.invoice_ids,
            "amount_expected": order.amount_total,
            "amount_found": order.amount_total - float(item.intent.refunded),
        }

    def _part_cancelled_case(self, item, order):
        cancelled = ", ".join(
            f"{line.quantity_canceled.normalize():f} × {line.sku}"
            for line in item.intent.lines
            if line.quantity_canceled
        )
        return {
            "name": self.env._("Part of order %(number)s was cancelled in the shop", number=item.intent.number),
            "reason": self.env._("Cancelled in the shop: %(lines)s. Reduce the quantities here.", lines=cancelled),
            "blocking": True,
        }

    def _flag_buyers(self, pairs, found):
        """Guests whose e-mail address is that of a company's buyer, whom the order does not name."""
        doubtful = [(item, order) for item, order in pairs if found[item.intent.external_id].remark]
        self._flag(
            doubtful,
            "buyer",
            "data",
            lambda item, order: {
                "name": self.env._("Who bought order %(number)s?", number=item.intent.number),
                "reason": found[item.intent.external_id].remark,
                "blocking": False,
            },
        )

    def _flag_changed_content(self, backend, pairs):
        """Amounts that differ from what was taken over: rewritten while nothing happened yet, else a case.

        What was rewritten is compared with the contract again.
        """
        changed = [(item, order) for item, order in pairs if self._has_changed(item.intent, order)]
        drafts = [(item, order) for item, order in changed if order.state in ("draft", "sent")]
        for item, order in drafts:
            self.with_company(order.company_id)._rewrite(backend, item, order)
        self.env["sale.order"].browse([order.id for _item, order in drafts])._b2b_compare_contract_prices()
        edited = [pair for pair in pairs if pair not in changed and self._is_edited_here(*pair)]
        self._flag(
            [pair for pair in (*changed, *edited) if pair not in drafts],
            "content",
            "order_change",
            lambda item, order: {
                "name": self.env._("Order %(number)s changed in the shop", number=item.intent.number),
                "reason": self.env._(
                    "Its lines or amounts differ from those taken over: %(shop)s in the shop now, %(here)s here. "
                    "Bring the order "
                    "here in line, or accept the difference.",
                    shop=f"{item.intent.total} {item.intent.currency}",
                    here=order.currency_id.format(order.amount_total),
                ),
                "amount_expected": float(item.intent.total),
                "amount_found": order.amount_total,
                "blocking": True,
            },
        )
        self._settle(
            [pair for pair in pairs if pair not in changed and pair not in edited],
            "content",
            self.env._("The order agrees with the shop again."),
        )

    @api.model
    def _content_hash(self, intent):
        """Fingerprint of what was ordered and at which amounts, whatever progress the order made since."""
        lines = [
            {name: value for name, value in to_dict(line).items() if name not in NO_CONTENT} for line in intent.lines
        ]
        content = {"lines": lines, "total": intent.total, "tax": intent.tax, "currency": intent.currency}
        return f"{FINGERPRINT}{content_hash(content)}"

    def _has_changed(self, intent, order):
        """Whether an order's content is no longer what was taken over.

        Where an earlier version of this module took it over, its fingerprint says nothing: its total does.
        """
        taken_over, now = order.magento_content_hash, self._content_hash(intent)
        if not taken_over or taken_over == now:
            return False
        of_this_version = taken_over.startswith(now[: now.index(":") + 1])
        if of_this_version or order.magento_total != amount_text(intent.shop_total):
            return True
        order.magento_content_hash = now
        return False

    @api.model
    def _is_edited_here(self, item, order):
        """Whether a person changed the amounts of a quotation that is confirmed by the shop's next word."""
        whole = not item.intent.canceled and not item.intent.refunded
        differs = order.currency_id.compare_amounts(order.amount_total, float(item.intent.total))
        return order.state in ("draft", "sent") and whole and bool(differs)

    def _rewrite(self, backend, item, order):
        """Replace the lines of an unconfirmed order."""
        company = order.company_id
        taxes, _unmapped = self._taxes(backend, company, [item])
        common = Common(
            backend=backend,
            money=self._money(company, {item.intent.currency}, {}),
            products=self._products(backend, [item]),
            taxes=taxes,
            line_defaults=self._line_defaults(company),
            shipping=self._shipping_methods(backend, [item]),
        )
        order.write(
            {
                "order_line": [Command.clear(), *self._line_commands(item.intent, common)],
                "magento_content_hash": self._content_hash(item.intent),
                "magento_total": amount_text(item.intent.shop_total),
            }
        )
        for refusal in self._differing([item], order, taxes).values():
            raise refusal

    # -- deliveries ------------------------------------------------------------------------------------------------

    def _deliver(self, backend, pairs):
        """Deliver what the shop says it shipped: where its shipments cannot be read, by the order's own quantities."""
        confirmed = [(item, order) for item, order in pairs if order.state == "sale"]
        if not backend._reads("shipments"):
            self._deliver_goods(confirmed)
        self._deliver_services(confirmed)

    def _deliver_goods(self, pairs):
        """Deliver shipped quantities as far as one step of the warehouse can tell."""
        due = [(line, wanted) for item, order in pairs for line, wanted in self._shipped(item, order)]
        parts = []
        for line, quantity in due:
            open_moves = line.move_ids.filtered(
                lambda move: (
                    move.state not in ("done", "cancel")
                    and move.location_dest_id.usage == "customer"
                    and not move.move_orig_ids
                )
            )
            for move in open_moves:
                taken = min(quantity, move.product_uom_qty)
                if taken > 0:
                    parts.append((move, taken))
                    quantity -= taken
        if parts:
            moves = self.env["stock.move"]
            moves._magento_take(parts)
            moves.concat(*(move for move, _taken in parts))._action_done()

    @api.model
    def _shipped(self, item, order):
        """(line, quantity) of goods that the shop shipped and this warehouse has not."""
        lines = {line.magento_item_id: line for line in order.order_line}
        for intent_line in item.intent.lines:
            line = lines.get(intent_line.external_id)
            missing = float(intent_line.quantity_shipped) - (line._magento_gone() if line else 0.0)
            if line and line.product_id.type == "consu" and missing > 0:
                yield line, missing
            for part in intent_line.components if intent_line.quantity_shipped else ():
                component = lines.get(str(part.external_id))
                share = float(part.quantity * intent_line.quantity_shipped / (intent_line.quantity or 1))
                if component and component.product_id.type == "consu" and share > component._magento_gone():
                    yield component, share - component._magento_gone()

    def _deliver_services(self, pairs):
        """Shipping and other charges count as delivered once all goods are, or the shop says complete."""
        for item, order in pairs:
            goods = [line for line in item.intent.lines if line.kind == PRODUCT and not line.is_virtual]
            shipped = goods and all(line.quantity_shipped >= line.quantity for line in goods)
            if shipped or item.intent.state == "complete":
                for line in order.order_line.filtered(lambda line: line.qty_delivered_method == "manual"):
                    if line.qty_delivered != line.product_uom_qty:
                        line.qty_delivered = line.product_uom_qty
