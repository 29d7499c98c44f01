"""Which quantity of which order line is billed on a day, on which invoice, and why the rest waits.

The plan is made from facts alone and remembers nothing, so it can be made again at any time: what an earlier run
billed is in the facts, and the billing keys refuse what two runs bill at once. An order with a reason to wait
never holds up another.

A schedule bills what was ready on its closing day: orders placed and goods delivered by then. Whoever makes the plan
says when: the scheduler once, when the day is over, by planning as of that day; a person on the day itself, or later
while its run was not made yet. Once that was made, whatever becomes ready later waits for the next closing day.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal, localcontext

from ..money import EXACT
from ..periods import MONDAY_TO_FRIDAY, WorkCalendar
from .grouping import billing_key, group_items, group_key
from .model import ZERO, BillingPlan, BillingPolicy, DueLine, InvoiceGroup, LineFacts, OrderFacts, Waiting

REDUCTION_PART = Decimal("0.01")
"""The smallest part of a discount line that a part of an order takes with it."""
HEADER_PARTS = 7
"""How many leading parts of a group's key no invoice ever mixes: the policy, and what its header says."""


@dataclass(frozen=True, slots=True)
class Closing:
    """How a schedule stands on the day: ``day`` is the last closing day, ``None`` without a schedule."""

    day: date | None = None
    is_open: bool = True
    following: date | None = None


@dataclass(frozen=True, slots=True)
class _Due:
    order: OrderFacts
    line: LineFacts
    quantity: Decimal


def plan_billing(
    orders: Iterable[OrderFacts],
    policies: Mapping[Hashable, BillingPolicy],
    default: BillingPolicy,
    on: date,
    *,
    closed: Mapping[Hashable, date] | None = None,
    calendar: WorkCalendar = MONDAY_TO_FRIDAY,
) -> BillingPlan:
    """Decide what to bill on a day.

    :param orders: facts of the orders that are not billed in full; their order does not matter
    :param policies: billing policies by key
    :param default: the company's policy, for orders without one of their own
    :param on: the day of the run
    :param closed: policy key (``None`` for the default) → day up to which its closing days are done with; where it is
        missing none is left over from before the day of the run
    :param calendar: working days, for schedules that count them
    :returns: groups by date and key of their first order, and every reason why something waits
    """
    waiting: list[Waiting] = []
    due: list[_Due] = []
    closings: dict[Hashable, Closing] = {}
    with localcontext(EXACT):
        for order in sorted(orders, key=lambda order: (order.date, order.key)):
            key, policy = _policy(order, policies, default)
            if key not in closings:
                closings[key] = closing_of(policy, on, (closed or {}).get(key), calendar)
            found, reasons = _assess(order, policy, closings[key], on)
            due += found
            waiting += reasons
        groups, too_small = _groups(due, policies, default, on)
    return BillingPlan(tuple(groups), tuple(waiting + too_small))


def _policy(
    order: OrderFacts,
    policies: Mapping[Hashable, BillingPolicy],
    default: BillingPolicy,
) -> tuple[Hashable, BillingPolicy]:
    policy = policies.get(order.policy)
    return (None, default) if policy is None else (order.policy, policy)


def closing_of(policy: BillingPolicy, on: date, closed: date | None, calendar: WorkCalendar) -> Closing:
    if policy.schedule is None:
        return Closing()
    day = policy.schedule.last_closing(on, calendar)
    return Closing(
        day=day,
        is_open=day == on or (closed is not None and closed < day),
        following=policy.schedule.next_closing(on, calendar),
    )


def _assess(
    order: OrderFacts,
    policy: BillingPolicy,
    closing: Closing,
    on: date,
) -> tuple[list[_Due], list[Waiting]]:
    by_delivery = policy.trigger == "shipped" or (policy.trigger == "schedule" and policy.quantity == "delivered")
    now = _targets(order, by_delivery, None)
    is_open = any(
        target != line.billed or (by_delivery and _still_to_move(order, line, target))
        for line, target in zip(order.lines, now, strict=True)
    )
    if obstacles := list(_obstacles(order, policy, on, is_open)):
        return [], obstacles
    if closing.day is None:
        ready = now
    elif closing.is_open and order.date <= closing.day:
        ready = _targets(order, by_delivery, closing)
    else:
        ready = [line.billed for line in order.lines]
    due, waiting = [], []
    for line, target, in_time in zip(order.lines, now, ready, strict=True):
        if line.draft and _lowers(line, in_time - line.billed):
            waiting.append(Waiting(order.key, line.key, in_time - line.billed, "draft_invoice"))
        elif in_time != line.billed:
            due.append(_Due(order, line, in_time - line.billed))
        if target != in_time:
            next_day = {"next": closing.following}
            waiting.append(Waiting(order.key, line.key, target - in_time, "not_closing_day", next_day))
        if by_delivery:
            waiting += _still_to_move(order, line, target)
    return due, waiting


def _targets(order: OrderFacts, by_delivery: bool, closing: Closing | None) -> list[Decimal]:
    """Return what should be billed of each line in all, as of the closing day, or of now when there is none."""
    if not by_delivery:
        return [_by_order(line) for line in order.lines]
    delivered = [_delivered(line, closing) for line in order.lines]
    movable = [quantity for line, quantity in zip(order.lines, delivered, strict=True) if line.deliverable]
    if movable and not any(movable):
        return [
            _by_delivery(line, quantity) if line.deliverable else line.billed
            for line, quantity in zip(order.lines, delivered, strict=True)
        ]
    targets = [
        _by_delivery(line, quantity) if line.deliverable else line.ordered
        for line, quantity in zip(order.lines, delivered, strict=True)
    ]
    share = _share_of_goods(order.lines, targets)
    return [
        _with_goods(line, share) if not line.deliverable and line.ordered * line.net_unit < 0 else target
        for line, target in zip(order.lines, targets, strict=True)
    ]


def _share_of_goods(lines: Iterable[LineFacts], targets: Iterable[Decimal]) -> Decimal:
    """Return which share of the value of an order's goods is billed with these targets."""
    whole = part = ZERO
    for line, target in zip(lines, targets, strict=True):
        if line.deliverable and line.ordered * line.net_unit > 0:
            whole += line.ordered * line.net_unit
            part += min(target, line.ordered, key=abs) * line.net_unit
    return part / whole if whole else Decimal(1)


def _with_goods(line: LineFacts, share: Decimal) -> Decimal:
    """Bill a discount in step with the goods, so that a small first shipment does not become a credit note by it."""
    if share == 1 or abs(line.billed) > abs(line.ordered):
        return line.ordered
    part = (line.ordered * share).quantize(REDUCTION_PART, ROUND_DOWN)
    return max(part, line.billed, key=abs)


def _delivered(line: LineFacts, closing: Closing | None) -> Decimal:
    if closing is None:
        return line.delivered
    return line.delivered - sum(quantity for day, quantity in line.deliveries if day > closing.day)


def _by_order(line: LineFacts) -> Decimal:
    """Bill what was ordered; what came back after delivery is taken off it, once, by whoever credits it."""
    if not line.deliverable or not line.returned:
        return line.ordered
    sign = _sign(line)
    ordered, delivered, billed = line.ordered * sign, line.delivered * sign, line.billed * sign
    owed = min(ordered, max(delivered, ordered - line.returned))
    if billed <= owed:
        return sign * owed
    kept = min(billed, ordered)
    credited = max(ZERO, line.credited - max(ZERO, line.most_billed - ordered))
    return sign * (kept - max(ZERO, min(kept - owed, line.returned - credited)))


def _by_delivery(line: LineFacts, delivered: Decimal) -> Decimal:
    """Bill what was delivered; what was billed ahead of delivery stays, and only returned goods are credited."""
    sign = _sign(line)
    ahead = (line.billed - delivered) * sign
    if ahead <= 0:
        return delivered
    return line.billed - sign * max(ZERO, min(ahead, line.returned - line.credited))


def _lowers(line: LineFacts, quantity: Decimal) -> bool:
    """Whether billing a quantity takes something back that was billed."""
    return quantity * line.billed < 0


def _still_to_move(order: OrderFacts, line: LineFacts, target: Decimal) -> list[Waiting]:
    sign = _sign(line)
    rest = line.ordered - target - sign * line.returned
    if rest * sign <= 0:
        return []
    code = "waiting_for_shipment" if sign > 0 else "waiting_for_return"
    return [Waiting(order.key, line.key, rest, code, {"ordered": line.ordered, "delivered": line.delivered})]


def _obstacles(order: OrderFacts, policy: BillingPolicy, on: date, is_open: bool) -> Iterator[Waiting]:
    """Yield what keeps a whole order from being billed; all of it, so that a person can mend it in one go."""

    def waits(code: str, **parameters: object) -> Waiting:
        return Waiting(order.key, None, None, code, parameters)

    if order.cancelled:
        yield waits("cancelled")
    elif not order.confirmed:
        yield waits("not_confirmed")
    elif not is_open:
        yield waits("nothing_to_bill")
    else:
        if order.date > on:
            yield waits("future_order", date=order.date)
        if order.set_aside:
            yield waits("set_aside", reason=order.set_aside)
        if order.hold:
            yield waits("on_hold", reason=order.hold)
        if policy.po_required and not order.header.po:
            yield waits("po_missing")
        if policy.trigger == "completed" and not order.completed:
            yield waits("waiting_for_completion", shop_state=order.shop_state)


def _groups(
    due: list[_Due],
    policies: Mapping[Hashable, BillingPolicy],
    default: BillingPolicy,
    on: date,
) -> tuple[list[InvoiceGroup], list[Waiting]]:
    groups, waiting = [], []
    for key, items in _gathered(due, policies, default).items():
        header = items[0].order.header
        policy = policies.get(key[0]) or default
        minimum = policy.minimum_amounts.get(header.currency, ZERO)
        net = _net(items)
        if net < ZERO and policy.late_change == "next_invoice":
            last_day = _last_day_of_waiting(items, policy, on)
            if on <= last_day:
                waiting += _all_wait(items, "credit_later", {"net": net, "until": last_day})
                continue
        if ZERO <= net < minimum:
            waiting += _all_wait(items, "below_minimum", {"net": net, "minimum": minimum, "currency": header.currency})
            continue
        orders = tuple(dict.fromkeys(item.order.key for item in items))
        groups.append(InvoiceGroup(key, key[0], header, orders, tuple(_due_line(item) for item in items), net))
    return groups, waiting


def _gathered(
    due: list[_Due],
    policies: Mapping[Hashable, BillingPolicy],
    default: BillingPolicy,
) -> dict[tuple, list[_Due]]:
    """Gather what goes on one document; the last part of its key says whether it is for reductions alone."""

    def key_of(item: _Due) -> tuple:
        policy_key, policy = _policy(item.order, policies, default)
        at_once = policy.late_change == "credit_note" and _lowers(item.line, item.quantity)
        return (policy_key, *group_key(item.order.header, policy.grouping), at_once)

    groups = group_items(due, key_of)
    for key in [key for key, items in groups.items() if key[-1] and _net(items) >= ZERO]:
        groups.setdefault((*key[:-1], False), []).extend(groups.pop(key))  # as a discount that ends: nothing is less
    for key in [key for key, items in groups.items() if _net(items) < ZERO]:
        policy = policies.get(key[0]) or default
        if policy.late_change == "next_invoice":
            _put_on_next(groups, key, policy)
    return {
        part: items
        for key, together in groups.items()
        for part, items in _without_small_sum(key, together, policies.get(key[0]) or default).items()
    }


def _put_on_next(groups: dict[tuple, list[_Due]], key: tuple, policy: BillingPolicy) -> None:
    """Put a reduction on the first invoice with the same header that bears it and stays as large as one must be."""
    minimum = policy.minimum_amounts.get(groups[key][0].order.header.currency, ZERO)
    for other, items in groups.items():
        if (
            other != key
            and other[:HEADER_PARTS] == key[:HEADER_PARTS]
            and _net(items) > ZERO
            and _net(items + groups[key]) >= minimum
        ):
            groups[other] = items + groups.pop(key)
            return


def _without_small_sum(key: tuple, items: list[_Due], policy: BillingPolicy) -> dict[tuple, list[_Due]]:
    """Take the reductions out of an invoice that they make too small: they wait no longer than their own days."""
    minimum = policy.minimum_amounts.get(items[0].order.header.currency, ZERO)
    lowering = [item for item in items if _lowers(item.line, item.quantity)]
    if policy.late_change != "next_invoice" or not lowering or not ZERO <= _net(items) < minimum:
        return {key: items}
    others = [item for item in items if not _lowers(item.line, item.quantity)]
    return {(*key[:-1], True): lowering} | ({key: others} if others else {})


def _last_day_of_waiting(items: list[_Due], policy: BillingPolicy, on: date) -> date:
    """Return the day up to which a reduction waits for an invoice that bears it."""
    since = min((item.order.reduced_since for item in items if item.order.reduced_since), default=on)
    return since + timedelta(days=policy.credit_after)


def _net(items: list[_Due]) -> Decimal:
    return sum((item.quantity * item.line.net_unit for item in items), ZERO)


def _all_wait(items: list[_Due], code: str, parameters: Mapping[str, object]) -> list[Waiting]:
    return [Waiting(item.order.key, item.line.key, item.quantity, code, parameters) for item in items]


def _due_line(item: _Due) -> DueLine:
    line = item.line
    moved = _sign(line) * line.billed + 2 * line.credited if line.moved is None else line.moved
    key = billing_key("order_line", line.key, moved)
    return DueLine(item.order.key, line.key, item.quantity, key, item.quantity * line.net_unit)


def _sign(line: LineFacts) -> int:
    return -1 if line.ordered < 0 else 1
