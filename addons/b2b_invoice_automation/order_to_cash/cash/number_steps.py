"""Matching by what a line names: structured references, remittance lists and numbers read in the text.

Apart from matching by payer and amount: here the payer says what is paid, and the amount must confirm it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain, combinations, product
from typing import NamedTuple

from .case import AGREES, DIFFERS, UNKNOWN, Case, Named, is_return_unnamed, names_others
from .exact_sum import ALL_RIVALS_ITEMS, FEW_ITEMS, search
from .model import SHORT, STRUCTURED, Allocation, Key, MatchingRule
from .number_index import CERTAIN, HINT, SUPPORTED
from .settlement import (
    Counted,
    Settlement,
    document_name,
    settle_exactly,
    settle_less_discounts,
    settle_nearly,
    settle_partly,
)
from .sums import eligible_items, in_units
from .words import speaks_against_amounts

EXACT, COMBINED, NEARLY, PARTLY = "exact", "combined", "nearly", "partly"

# The passes over a batch, strongest first, so that a stronger claim on an item always comes before a weaker. The last
# ones are for the rest of an item that another line paid in part.
PASSES = (
    (EXACT, CERTAIN),
    (EXACT, SUPPORTED),
    (EXACT, HINT),
    (COMBINED, SUPPORTED),
    (NEARLY, SUPPORTED),
    (PARTLY, SUPPORTED),
    (EXACT, CERTAIN),
    (EXACT, SUPPORTED),
)

_MOST_SELECTIONS = 300
_MOST_OPTIONS = 6
_MOST_REDUCED_PERCENT = 30
_SHORT_PERCENT_OF_STRANGERS = Decimal(2)
_SCORE_OF_FAR = 50
_FEWEST_IMPLIED_DIGITS = 4
_CUT_BEFORE, _CUT_AFTER = re.compile(r"\d\s+$"), re.compile(r"\s+\d")


def settle_remittance(case: Case, rule: MatchingRule, counted_in, terms_of) -> Settlement | None:
    """Settle a remittance list: every document is known and open, and the amounts add up to the line.

    Amounts the payer states are taken as stated, even where they pay an item in part only. Far from what is open on an
    item they are only proposed, and what is missing is no deduction; for a known payer the list as a whole counts.

    :param counted_in: currency → the line's money in it, or None.
    :param terms_of: rule → the terms.
    """
    terms = terms_of(rule)
    listed: dict[Key, Decimal | None] = {}
    for remitted in case.remitted:
        targets = [target for target in remitted.open if _is_listed(case, target, remitted.document, terms)]
        if len(targets) != 1 or targets[0].key in listed:
            return None
        listed[targets[0].key] = remitted.document.amount
    counted = _count(listed, counted_in, terms)
    if counted is None:
        return None
    keys = tuple(listed)
    if len(keys) == 1 and not _nothing_closer(case, rule, keys, counted, terms):
        return None
    if any(amount is None for amount in listed.values()):
        return settle_exactly(keys, counted, terms, "remittance_exact", 99)
    return _settle_as_stated(case, listed, counted, terms)


def _is_listed(case, target, document, terms):
    """Whether a listed number stands for an item; last digits alone only with its exact amount."""
    if not terms.pool.is_open(target.key):
        return False
    if case.counts(target, SUPPORTED):
        return True
    return case.counts(target, HINT) and document.amount in (terms.left(target.key), abs(terms.left(target.key)))


def _settle_as_stated(case, listed, counted, terms):
    stated = {key: abs(amount).copy_sign(terms.left(key)) for key, amount in listed.items()}
    if sum(stated.values()) != counted.amount:
        return None
    may_be_far = _is_near_in_all(case, stated, counted, terms)
    allocations, open_difference, far = [], Decimal(0), False
    for key, amount in stated.items():
        missing, discount = terms.left(key) - amount, terms.discount(key)
        if missing * terms.left(key) < 0 or not amount:
            return None
        group = terms.tolerance(terms.pool.items[key].payer, counted.currency)
        if missing and discount and missing == discount:
            allocations.append(Allocation(key, amount, discount))
        elif group.allows(missing, terms.left(key)):
            allocations.append(Allocation(key, amount, write_off=missing))
        elif not may_be_far and _is_far(missing, terms.left(key), counted, terms):
            allocations.append(Allocation(key, amount))
            open_difference, far = open_difference + missing, True
        else:
            allocations.append(Allocation(key, amount, deduction=missing, deduction_reason="unexplained"))
            open_difference += missing
    names = ", ".join(document_name(terms.pool.items[key]) for key in stated)
    parameters = {"items": names, "difference": open_difference}
    reason = "remittance_partial" if open_difference else "remittance_exact"
    discrepancy = SHORT if open_difference else None
    score = _SCORE_OF_FAR if far else 98
    return Settlement(tuple(allocations), counted.currency, Decimal(0), reason, score, parameters, discrepancy, not far)


def _is_near_in_all(case, stated, counted, terms):
    """Whether a known payer keeps back so little of its whole list that it may be much of one small item."""
    payers = {terms.pool.items[key].payer for key in stated}
    charged = [key for key in stated if terms.left(key) * counted.amount > 0]
    due = sum(map(terms.left, charged))
    missing = due - sum(stated[key] for key in charged)
    return payers == {case.identity.payer} and len(charged) > 1 and not _is_far(missing, due, counted, terms)


def _is_far(missing, left, counted, terms):
    """Whether an amount is too far from what is open to be a deduction. A credit may be used in any part."""
    return left * counted.amount > 0 and abs(missing) * 100 > abs(left) * terms.rule.short_percent


def settle_named(
    case: Case, rule: MatchingRule, source: str, mode: str, named: Named, grade: int, counted_in, terms_of
) -> Settlement | None:
    """Settle what a line's numbers name, in one mode of `PASSES`.

    Notes in the case which sets tie, where several fit equally well.

    :param source: the evidence step, `structured` or `number`.
    :param named: the items named at the grade.
    :param counted_in: currency → the line's money in it, or None.
    :param terms_of: rule → the terms.
    :returns: the settlement, or None when this mode cannot decide.
    """
    terms = terms_of(rule)
    keys = tuple(chain.from_iterable((*named.explicit, *named.inferred)))
    counted = _count(keys, counted_in, terms)
    if counted is None or (named.agreement == DIFFERS and mode != EXACT) or is_return_unnamed(case, keys, terms.pool):
        return None
    if mode == EXACT:
        return _exactly(case, rule, source, named, grade, counted, terms)
    if named.agreement == UNKNOWN and _plain_digits_only(case):
        return None
    if not named.explicit or any(len(group) > 1 for group in (*named.explicit, *named.inferred)):
        return None
    if mode == COMBINED:
        return _combined(case, rule, named, counted, terms)
    if case.reading.unknown or _names_closed(case) or not _rest_of_list_is_clear(case, terms):
        return None
    if mode == NEARLY:
        return settle_nearly(_flat((*named.explicit, *named.inferred)), counted, terms, 92)
    if _may_name_more(case, terms):
        return None
    keys = _flat((*named.explicit, *named.inferred))
    known = named.agreement == AGREES and case.identity.payer == terms.pool.items[keys[0]].payer
    percent = rule.short_percent if known else min(rule.short_percent, _SHORT_PERCENT_OF_STRANGERS)
    if len(keys) > 1:
        return settle_less_discounts(keys, counted, terms, percent, 88)
    return settle_partly(keys[0], counted, terms, percent, 88)


def _count(keys, counted_in, terms) -> Counted | None:
    currencies = {terms.pool.items[key].currency for key in keys}
    return counted_in(currencies.pop()) if len(currencies) == 1 else None


def _names_closed(case):
    """Whether a paid document is named, also by the number of an order of which another invoice is open."""
    return any(number.closed for number in case.numbers("all"))


def _plain_digits_only(case):
    """Whether all numbers are digits in a text, where a phone or VAT number may look like them."""
    return not case.structured and not any(character.isalpha() for n in case.reading.numbers for character in n.value)


def _says_what_the_rest_is(case, terms):
    """Whether the line names documents that are paid, of others, or that nobody knows, or goes on with digits as in a
    list.

    These the rest is for, and nothing else.

    Digits that a list implies, with more digits after a space, may be half a number that the bank cut in two.
    """
    if case.reading.unknown or case.unknown_reference or case.paid_hints or speaks_against_amounts(case.line)[0]:
        return True
    if any(number.runs_on for number in case.reading.numbers) or case.lists_other_than_documents or names_others(case):
        return True
    return any(
        number.closed
        and not any(terms.pool.is_open(target.key) for target in number.open)
        and not (number.inferred and len(number.value) < _FEWEST_IMPLIED_DIGITS and _may_be_cut(case.line.text, number))
        for number in case.numbers("all")
    )


def _may_be_cut(text, number):
    return bool(_CUT_BEFORE.search(text[: number.start]) or _CUT_AFTER.match(text, number.end))


def _rest_of_list_is_clear(case, terms):
    """Whether what a remittance list says of documents nobody knows leaves the others paid in full."""
    if not case.unknown_reference:
        return True
    stated = [
        (remitted.document.amount, terms.left(target.key))
        for remitted in case.remitted
        for target in remitted.open
        if terms.pool.is_open(target.key)
    ]
    return bool(stated) and all(amount is not None and abs(amount) == abs(left) for amount, left in stated)


def _may_name_more(case, terms):
    """Whether the text goes on after a number as if it named further documents."""
    named = {target.key for number in case.reading.numbers for target in number.open}
    hinted = {target.key for number in case.hints for target in number.open} | (case.fragments - named)
    return (
        bool(case.paid_hints)
        or any(map(terms.pool.is_open, hinted))
        or any(number.runs_on for number in case.reading.numbers)
    )


def _exactly(case, rule, source, named, grade, counted, terms):
    """The one selection of all that is named that is exact; where a lesser number names more, it must be in it."""
    reason, score = _exact_reason(source, grade)
    fitting: dict[frozenset[Key], Settlement] = {}
    for keys in _selections((*named.explicit, *named.inferred)):
        settlement = settle_exactly(keys, counted, terms, reason, score)
        if settlement:
            fitting[frozenset(keys)] = settlement
    plain = [settlement for settlement in fitting.values() if settlement.reason == reason]
    chosen = plain or list(fitting.values())
    if len(chosen) > 1:
        case.tied = tuple(tuple(a.item for a in settlement.allocations) for settlement in chosen)
    if len(chosen) != 1 or not _nothing_closer(case, rule, _flat(named.explicit), counted, terms):
        return None
    return chosen[0]


def _exact_reason(source, grade):
    if source == STRUCTURED:
        return "structured_exact", 100
    return {CERTAIN: ("number_exact", 98), SUPPORTED: ("number_supported", 95), HINT: ("number_part", 90)}[grade]


def _nothing_closer(case, rule, keys, counted, terms):
    """A number of somebody else's item may be a typing error when the payer's own items fit as well.

    Not a reference with check digits, nor the id of our own request: these nobody types by mistake.
    """
    candidates = case.identity.candidates
    differs = candidates and any(terms.pool.items[key].payer not in candidates for key in keys)
    if not differs or case.has_checked_reference:
        return True
    own = [chosen for payer in sorted(candidates) for chosen in _own_that_fit(case, rule, payer, counted, terms)]
    if own:
        case.tied = (*((key,) for key in keys), *own)
        case.note = "payer_conflict"
        names = ", ".join(document_name(terms.pool.items[key]) for key in keys)
        case.note_parameters = {"items": names}
    return not own


def _own_that_fit(case, rule, payer, counted, terms):
    """Items of a payer that fit an amount: one, also with discount; of few, one within the tolerance or the one sum."""
    eligible = eligible_items(terms.pool, payer, counted.currency, case.line.date, rule.prepaid_days)
    book = terms.pool.book(payer, counted.currency)
    found = [(key,) for key in book.between(counted.amount, counted.amount)]
    for key in eligible:
        discount = terms.discount(key)
        if (discount and terms.left(key) - discount == counted.amount) or (
            len(eligible) <= FEW_ITEMS and settle_nearly((key,), counted, terms, 0)
        ):
            found.append((key,))
    if not found and 1 < len(eligible) <= ALL_RIVALS_ITEMS:
        fitting = _fitting(eligible, counted.amount, terms)
        found = fitting.sets[:1] if fitting.convincing else []
    return list(dict.fromkeys(found))


def _selections(groups: Sequence[tuple[Key, ...]]) -> Iterator[tuple[Key, ...]]:
    """All ways to choose one or several items for each number; none where there are too many ways."""
    options = [_choices(group) for group in groups]
    ways = 1
    for choices in options:
        ways *= len(choices)
    if not groups or ways > _MOST_SELECTIONS:
        return
    for chosen in product(*options):
        yield tuple(dict.fromkeys(chain.from_iterable(chosen)))


def _choices(group):
    if len(group) > _MOST_OPTIONS:
        return [group, *((key,) for key in group)]
    return [chosen for size in range(1, len(group) + 1) for chosen in combinations(group, size)]


def _combined(case, rule, named, counted, terms):
    """A part of the named items, or these and others of their payer; where both fit, neither is certain.

    Amounts that a remittance list states say what each item is paid: then no part of the list is paid in full.
    """
    keys = _flat((*named.explicit, *named.inferred))
    others = None
    if not _says_what_the_rest_is(case, terms):
        others = _others_that_fit(case, rule, keys, named.agreement, counted, terms)
    may_be_parts = len(keys) > 1 and not case.lists_amounts
    parts = _parts_that_fit(named, counted, terms) if may_be_parts else None
    found = [*(parts.sets if parts else ()), *((*keys, *chosen) for chosen in (others.sets if others else ()))]
    if parts and parts.sets and not (others and others.sets):
        if parts.convincing:
            return settle_exactly(parts.sets[0], counted, terms, "number_subset", 90)
    elif others and others.convincing and not (parts and parts.sets):
        return _with_others(case, keys, others.sets[0], counted, terms)
    case.tied = tuple(found) or case.tied
    return None


class _Fitting(NamedTuple):
    """Sets of items that fit, and whether the first of them is certain."""

    sets: list[tuple[Key, ...]]
    convincing: bool


def _fitting(keys, amount, terms):
    units = in_units([terms.left(key) for key in keys], amount)
    result = search(units.target, units.values)
    return _Fitting([tuple(keys[position] for position in chosen) for chosen in result.sets], result.convincing)


def _parts_that_fit(named, counted, terms):
    """What is written out without what is implied, or else any part of it."""
    explicit = _flat(named.explicit)
    if named.inferred and sum(map(terms.left, explicit)) == counted.amount:
        return _Fitting([explicit], True)
    return _fitting(explicit, counted.amount, terms)


def _others_that_fit(case, rule, keys, agreement, counted, terms):
    """Other items of the payer that make up the rest of the amount: more items, or credit notes that reduce it."""
    payers = {terms.pool.items[key].payer for key in keys}
    rest = counted.amount - sum(map(terms.left, keys))
    payer = payers.pop()
    reduces = rest * counted.amount < 0
    trusted = case.identity.payer == payer or (reduces and agreement in (AGREES, UNKNOWN))
    if payers or not rest or not trusted:
        return None
    eligible = eligible_items(terms.pool, payer, counted.currency, case.line.date, rule.prepaid_days)
    others = [key for key in eligible if key not in keys and (not reduces or terms.left(key) * rest > 0)]
    return _fitting(others, rest, terms) if others else None


def _with_others(case, keys, added, counted, terms):
    """Settle named and added items together, unless something simpler explains the amount.

    A payment of half an item is likelier an instalment than netted with a credit note that nobody named, and a small
    difference likelier one within the tolerance than several items. Invoices and credit notes together can make any
    difference.
    """
    due = sum(map(terms.left, keys))
    rest = counted.amount - due
    if rest * counted.amount < 0 and abs(rest) * 100 > abs(due) * _MOST_REDUCED_PERCENT:
        return None
    if any(terms.left(key) * rest < 0 for key in added):
        return None
    hinted = {target.key for number in case.hints for target in number.open if terms.pool.is_open(target.key)}
    if hinted and not hinted.intersection((*keys, *added)):
        return None
    if len(added) > 1 and settle_nearly(keys, counted, terms, 0):
        return None
    settlement = settle_exactly((*keys, *added), counted, terms, "number_and_others", 90)
    names = ", ".join(document_name(terms.pool.items[key]) for key in added)
    settlement.parameters["items"] = names
    return settlement


def _flat(groups):
    return tuple(dict.fromkeys(chain.from_iterable(groups)))
