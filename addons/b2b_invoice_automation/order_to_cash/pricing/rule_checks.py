"""What is wrong with price rules, found where they are typed or imported, before they price anything.

Apart from the engine, which only asks whether a rule is usable; screens and imports want every problem at
once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from .model import BASES, COMPUTATIONS, MODES, SCOPES, PriceRule
from .tiers import Problem, check_tiers

_HIGHEST_DISCOUNT = Decimal(100)
_LOWEST_MARKUP = Decimal(-100)


def check_rule(rule: PriceRule) -> list[Problem]:
    """Return what is wrong with one rule: its own fields and its tiers.

    Blocking, beside those of :func:`~.tiers.check_tiers`: ``unknown_scope``, ``unknown_computation``,
    ``unknown_mode``, ``unknown_basis``, ``scope_without_record``, ``ends_before_it_begins``,
    ``unit_not_positive``, ``rate_not_positive`` and ``negative_price`` (a price below zero, a discount
    above 100 %, a markup below −100 %).
    """
    problems = [
        Problem(f"unknown_{name}", {"value": value, "allowed": allowed})
        for name, value, allowed in (
            ("scope", rule.scope, SCOPES),
            ("computation", rule.computation, COMPUTATIONS),
            ("mode", rule.mode, MODES),
            ("basis", rule.basis, BASES),
        )
        if value not in allowed
    ]
    if rule.scope != "all" and rule.scope_id is None:
        problems.append(Problem("scope_without_record", {"scope": rule.scope}))
    if rule.valid_from and rule.valid_to and rule.valid_to < rule.valid_from:
        problems.append(Problem("ends_before_it_begins", {"valid_from": rule.valid_from, "valid_to": rule.valid_to}))
    if rule.uom_factor <= 0 or rule.unit_step < 0:
        problems.append(Problem("unit_not_positive", {"factor": rule.uom_factor, "step": rule.unit_step}))
        return problems
    problems += [
        Problem("rate_not_positive", {"currency": currency, "rate": rate})
        for currency, rate in rule.fixed_rates.items()
        if rate <= 0
    ]
    problems += [
        Problem("negative_price", {"floor": tier.floor, "value": tier.value, "computation": rule.computation})
        for tier in rule.tiers
        if _is_negative(rule.computation, tier.value)
    ]
    return problems + check_tiers(rule.tiers, rule.unit_step)


def check_rules(rules: Iterable[PriceRule]) -> dict[object, list[Problem]]:
    """Return the problems of a set of rules, by rule id; a rule without any is left out.

    Beside :func:`check_rule`, it finds ``overlapping_rules``: the same contract, scope, record and
    sequence, valid on a common day. Pricing still decides (higher floor, later start, lower id), so these
    do not block; a person should say what was meant by another sequence or validity.
    """
    found: dict[object, list[Problem]] = {}
    alike: dict[tuple, list[PriceRule]] = defaultdict(list)
    for rule in rules:
        if problems := check_rule(rule):
            found[rule.id] = problems
        alike[rule.contract, rule.scope, rule.scope_id, rule.sequence].append(rule)
    for rivals in alike.values():
        for earlier, later in _overlapping(rivals):
            problem = Problem(
                "overlapping_rules",
                {
                    "rule": earlier.id,
                    "from": later.valid_from,
                    "to": _first_end(earlier, later),
                },
                blocking=False,
            )
            found.setdefault(later.id, []).append(problem)
    return found


def _overlapping(rules: list[PriceRule]) -> Iterator[tuple[PriceRule, PriceRule]]:
    ordered = sorted(rules, key=lambda rule: (rule.valid_from or date.min, rule.id))
    longest = ordered[0]
    for rule in ordered[1:]:
        if (rule.valid_from or date.min) <= (longest.valid_to or date.max):
            yield longest, rule
        if (rule.valid_to or date.max) > (longest.valid_to or date.max):
            longest = rule


def _first_end(one: PriceRule, other: PriceRule) -> date | None:
    ends = [rule.valid_to for rule in (one, other) if rule.valid_to]
    return min(ends) if ends else None


def _is_negative(computation: str, value: Decimal) -> bool:
    if computation == "discount":
        return value > _HIGHEST_DISCOUNT
    return value < (_LOWEST_MARKUP if computation == "cost_plus" else 0)
