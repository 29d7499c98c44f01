"""Matching a known payer by amount: the exact sum of a set, one item with discount or tolerance, oldest
first.

Apart from matching by numbers: here nothing says what is paid, so a match needs that nothing else fits, that
nothing in the line contradicts it, and that no other line of the batch has an equal claim.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from .case import Case, names_others
from .exact_sum import ACCIDENT_LIMIT, FEW_ITEMS, search
from .model import Key, MatchingRule
from .number_index import NumberIndex
from .references import one_edit_apart, parse_number
from .settlement import Counted, Settlement, Terms, document_name, fill, settle_exactly, settle_nearly
from .sums import MOST_ITEMS, eligible_items, in_units
from .words import speaks_against_amounts

_WIDEST_DISCOUNT = Decimal("0.85")


def contradicted(case: Case, terms: Terms, index: NumberIndex, keys: Iterable[Key]) -> str:
    """Why a set of items found by amount must not be used: the code of the reason, or nothing.

    A number that is nobody's must be one keystroke away from the number of an item in the set; last digits
    of other items, or of a paid document, must not stand in the text, nor a short number of somebody else's. (Lines
    that name documents never come here.)
    """
    keys = tuple(keys)
    if case.reading.unknown and not all(
        _is_typing_error(unknown, keys, terms, index) for unknown in case.reading.unknown
    ):
        return "unknown_number"
    paid = case.paid_hints or any(key not in terms.pool.items for key in case.fragments)
    if paid or names_others(case):
        return "contradicting_number"
    hinted = {target.key for number in case.hints for target in number.open if terms.pool.is_open(target.key)}
    hinted.update(filter(terms.pool.is_open, case.fragments))
    return "contradicting_number" if hinted and not hinted.intersection(keys) else ""


def _is_typing_error(unknown, keys, terms, index):
    """Only where paid documents are known (else it may be one of these) and the number is not yet to come."""
    if not index.knows_closed or index.is_still_to_come(unknown.number):
        return False
    for key in keys:
        references = terms.pool.items[key].references
        number = parse_number(references[0]) if references else None
        if number and one_edit_apart(number.compact, unknown.number.compact):
            return True
    return False


def _adds_unnamed(case, keys, terms, index):
    """Whether a line with a mistyped number would pay items that are neither near to it nor hinted at."""
    hinted = {target.key for number in case.hints for target in number.open}
    return bool(case.reading.unknown) and not all(
        key in hinted or any(_is_typing_error(unknown, (key,), terms, index) for unknown in case.reading.unknown)
        for key in keys
    )


def _said_otherwise(case):
    """Code of the words that say that no invoice is paid, noted with the word itself."""
    code, word = speaks_against_amounts(case.line)
    if code:
        case.note_parameters = {"word": word}
    return code


def settle_by_sum(case: Case, rule: MatchingRule, counted: Counted, terms: Terms, index: NumberIndex):
    """The one set of the payer's items that adds up to the amount; None, with a note, where there is none.

    :returns: a `Settlement` or None.
    """
    payer = case.identity.payer
    keys = eligible_items(terms.pool, payer, counted.currency, case.line.date, rule.prepaid_days)
    if not keys:
        if len(terms.pool.book(payer, counted.currency)) > MOST_ITEMS:
            case.note, case.note_parameters = "search_gave_up", {"size": 0}
        return None
    units = in_units([terms.left(key) for key in keys], counted.amount)
    result = search(units.target, units.values)
    sets = [tuple(keys[position] for position in chosen) for chosen in result.sets]
    case.tied = tuple(sets[:5])
    if not result.convincing:
        if result.gave_up:
            case.note, case.note_parameters = "search_gave_up", {"size": result.searched_size}
        elif sets:
            case.note = "several_sets" if len(sets) > 1 else "accident_possible"
        return None
    if len(sets[0]) < len(keys) and _mostly_netted(sets[0], counted, terms):
        case.note = "accident_possible"
        return None
    against = _said_otherwise(case) or contradicted(case, terms, index, sets[0])
    if not against and _adds_unnamed(case, sets[0], terms, index):
        against = "unknown_number"
    rivals = _other_explanations(keys, sets[0], counted, terms)
    if against or rivals:
        case.note = against or "several_sets"
        case.tied = (*case.tied, *((key,) for key in rivals))
        return None
    reason, score = ("sum_corrected", 80) if case.reading.unknown else ("sum_exact", 85)
    return settle_exactly(sets[0], counted, terms, reason, score)


def _mostly_netted(chosen, counted, terms):
    """Whether credit notes eat more than half of the invoices of a set: large items can make any small amount."""
    credits = sum(abs(terms.left(key)) for key in chosen if terms.left(key) * counted.amount < 0)
    return 2 * credits > credits + abs(counted.amount)


def _other_explanations(keys, chosen, counted, terms):
    """Single items that fit with their discount, or are close where the exact set has several items."""
    fitting = []
    for key in keys:
        due = terms.left(key) - terms.discount(key)
        if due * counted.amount <= 0 or chosen == (key,):
            continue
        group = terms.tolerance(terms.pool.items[key].payer, counted.currency)
        close = len(chosen) > 1 and group.allows(due - counted.amount, due)
        if close or (due == counted.amount and terms.discount(key)):
            fitting.append(key)
    return fitting


def settle_near_one(case: Case, rule: MatchingRule, counted: Counted, terms: Terms, index: NumberIndex):
    """The one item of the payer that fits with its discount or within the tolerance; None where not one.

    :returns: a `Settlement` or None.
    """
    payer = case.identity.payer
    group = terms.tolerance(payer, counted.currency)
    slack = min(
        (limit for limit in (group.amount, _percent_of(group.percent, counted.amount)) if limit is not None),
        default=Decimal(0),
    )
    low, high = sorted(
        (
            counted.amount - slack.copy_sign(counted.amount),
            (counted.amount + slack.copy_sign(counted.amount)) / _WIDEST_DISCOUNT,
        )
    )
    eligible = set(eligible_items(terms.pool, payer, counted.currency, case.line.date, rule.prepaid_days))
    fitting = []
    for key in terms.pool.book(payer, counted.currency).between(low, high):
        if key not in eligible:
            continue
        settlement = settle_exactly((key,), counted, terms, "sum_exact", 82) or settle_nearly(
            (key,), counted, terms, 75
        )
        if settlement and _is_simple(settlement.allocations[0]):
            fitting.append(settlement)
    if len(fitting) != 1:
        case.tied = tuple(tuple(a.item for a in settlement.allocations) for settlement in fitting)
        case.note = "several_sets" if fitting else case.note
        return None
    if fitting[0].reason == "within_tolerance" and _is_round(counted.amount):
        case.tied = tuple(tuple(a.item for a in settlement.allocations) for settlement in fitting)
        case.note = "round_amount"
        return None
    return _unless_accident(case, fitting[0], slack, eligible, terms, index)


def _is_round(amount):
    """Whether an amount is one that people choose, as 250 or 1000: near an item by chance, likelier than paid wrong."""
    digits = amount.normalize().as_tuple()
    return digits.exponent > 0 and len(digits.digits) <= 2


def _is_simple(allocation):
    """Discount or tolerance explains the difference, not both together and no exchange rate."""
    return not allocation.exchange_difference and not (allocation.discount and allocation.write_off)


def _percent_of(percent, amount):
    return None if percent is None else abs(amount) * percent / 100


def _unless_accident(case, settlement, slack, eligible, terms, index):
    """Refuse a fit that chance could give among many items, or that something in the line contradicts."""
    keys = [allocation.item for allocation in settlement.allocations]
    if len(eligible) > FEW_ITEMS:
        reach = max(abs(terms.left(key)) for key in eligible)
        width = 2 * slack if settlement.reason == "within_tolerance" else Decimal("0.01")
        if len(eligible) * width > reach * Decimal(str(ACCIDENT_LIMIT)) * 10:
            case.tied, case.note = (tuple(keys),), "accident_possible"
            return None
    against = _said_otherwise(case) or contradicted(case, terms, index, keys)
    if against:
        case.tied, case.note = (tuple(keys),), against
        return None
    return settlement


def settle_oldest(case: Case, rule: MatchingRule, counted: Counted, terms: Terms, index: NumberIndex):
    """Spread the amount over the payer's oldest undisputed items; None where nothing is open.

    :returns: a `Settlement` or None.
    """
    keys = [
        key
        for key in eligible_items(terms.pool, case.identity.payer, counted.currency, case.line.date, rule.prepaid_days)
        if not terms.pool.items[key].disputed
    ]
    keys.sort(key=lambda key: (terms.pool.items[key].due_date, terms.pool.items[key].date, key))
    allocations, remainder = fill(keys, counted, terms)
    against = contradicted(case, terms, index, [allocation.item for allocation in allocations])
    if against or not allocations:
        case.note = against or case.note
        return None
    names = ", ".join(document_name(terms.pool.items[allocation.item]) for allocation in allocations)
    return Settlement(allocations, counted.currency, remainder, "oldest_first", 60, {"items": names})
