"""The labels of the labelled world: what its lines of each doubtful kind hold, and what is true of them."""

import random
import re
from collections import defaultdict
from functools import cache
from itertools import combinations
from types import SimpleNamespace

import pytest
from cash_builders import money
from cash_world import make_world, score_decisions, writing
from cash_world.lines import SHARES


@cache
def facts():
    """A world, and its items, names and paid documents by what the tests look for."""
    world = make_world(11, lines=6_000, items=9_000)
    of_payer, closed = defaultdict(list), defaultdict(list)
    for item in world.items:
        of_payer[item.payer].append(item)
    for reference in world.closed:
        closed[reference.number].append(reference)
    items = {item.key: item for item in world.items}
    names = {payer.key: payer.name for payer in world.payers}
    return SimpleNamespace(world=world, items=items, names=names, of_payer=of_payer, closed=closed)


def lines_of(*kinds):
    """Lines of these kinds with their labels."""
    labelled = [(line, facts().world.labels[line.key]) for line in facts().world.lines]
    return [(line, label) for line, label in labelled if label.scenario in kinds]


def payer_of(label):
    """The one customer whose items a line pays."""
    (payer,) = {facts().items[key].payer for key in label.truth}
    return payer


def digits(number):
    return str(int(number.rsplit("/", 1)[1]))


def words(line):
    """All that a line says, without the blanks and breaks that banks put in."""
    return re.sub(r"\s", "", " ".join((line.text, line.end_to_end_id, *line.structured_references)))


def named_paid(line):
    """The paid invoices that a line names and whose amount it has."""
    paid = [found for references in facts().closed.values() for found in references if found.number.startswith("INV")]
    return [found for found in paid if found.amount == line.amount and digits(found.number) in words(line)]


def known_digits():
    numbers = [name for item in facts().world.items for name in item.references if "/" in name]
    return {digits(number) for number in (*numbers, *(name for name in facts().closed if "/" in name))}


def test_every_kind_of_line_occurs_and_rare_ones_are_rare():
    made = defaultdict(int)
    for label in facts().world.labels.values():
        made[label.scenario] += 1
    assert set(made) == set(SHARES)
    assert made["number"] > 20 * made["list_with_unknown"] > 0
    assert sum(label.truth is None for label in facts().world.labels.values()) < 20


def test_a_list_pays_its_open_numbers_whatever_is_paid_for_the_one_that_is_paid():
    for line, label in lines_of("list_with_paid"):
        payer, rest = payer_of(label), line.amount - sum(label.truth.values())
        assert all(facts().items[key].residual == amount for key, amount in label.truth.items())
        paid = [found for references in facts().closed.values() for found in references if found.payer == payer]
        assert not rest or any(found.amount == rest for found in paid)
        assert not (label.decidable and rest)
    assert {label.decidable for _line, label in lines_of("list_with_paid")} == {True, False}


def test_a_list_pays_its_open_numbers_whatever_is_paid_for_the_one_nobody_knows():
    for line, label in lines_of("list_with_unknown"):
        payer_of(label)
        assert all(facts().items[key].residual == amount for key, amount in label.truth.items())
        assert line.amount > sum(label.truth.values())
        assert not label.decidable
        assert re.search(r"[89]\d{4}", words(line))


@pytest.mark.parametrize("kind", ["short_paid", "paid_among_equals", "paid_in_id"])
def test_a_second_payment_pays_nothing(kind):
    for line, label in lines_of(kind):
        assert (label.truth, label.decidable) == ({}, False)
        assert named_paid(line)
    tempting = [
        line
        for line, _label in lines_of(kind)
        if any(item.residual == line.amount for found in named_paid(line) for item in facts().of_payer[found.payer])
    ]
    assert len(tempting) * 3 > len(lines_of(kind))


def test_the_number_among_equals_is_paid_and_several_of_its_price_are_open():
    for line, _label in lines_of("paid_among_equals"):
        payers = [found.payer for found in named_paid(line)]
        assert any(sum(item.residual == line.amount for item in facts().of_payer[payer]) > 1 for payer in payers)


def test_a_remittance_list_pays_the_open_documents_on_it():
    for line, label in lines_of("remittance_paid", "remittance_unknown", "remittance_debit_note"):
        listed = {document.number: document.amount for document in line.remitted_documents}
        named = {facts().items[key].references[0] for key in label.truth}
        (other,) = listed.keys() - named
        assert named <= listed.keys()
        assert not label.decidable
        rest = line.amount - sum(facts().items[key].residual for key in label.truth)
        assert listed[other] in (rest, None)
        assert (other in facts().closed) == (label.scenario == "remittance_paid")
        assert (rest < 0) == label.no_write_off == (label.scenario == "remittance_debit_note")
        assert sum(label.truth.values()) == (line.amount if rest < 0 else line.amount - rest)


def test_a_number_among_the_words_of_a_field_is_the_items():
    for line, label in lines_of("number_in_id"):
        ((key, amount),) = label.truth.items()
        field = "".join((*line.structured_references, line.end_to_end_id * (not line.structured_references)))
        assert digits(facts().items[key].references[0]) in field
        assert " " in field
        assert len(field) <= 35
        assert amount == line.amount == facts().items[key].residual
        assert label.decidable


def test_a_number_that_nobody_knows_is_no_open_items():
    known = known_digits()
    for line, label in lines_of("unknown_in_id"):
        assert (label.truth, label.decidable) == ({}, False)
        listed = "".join(document.number for document in line.remitted_documents)
        assert any(number not in known for number in re.findall(r"[89]\d{4}", words(line) + listed))


def test_an_order_with_a_paid_and_an_open_invoice_pays_the_open_one():
    for line, label in lines_of("order_half_paid"):
        ((key, amount),) = label.truth.items()
        order = facts().items[key].references[1]
        assert order.lower() in words(line).lower()
        assert label.decidable
        assert [found.payer for found in facts().closed[order]] == [facts().items[key].payer]
        assert amount == line.amount == facts().items[key].residual
    for line, label in lines_of("order_paid_again"):
        orders = [name for name in facts().closed if name.lower() in words(line).lower() and name.startswith("S")]
        assert label.truth == {}
        assert any(facts().closed[order][0].amount == line.amount for order in orders)


def test_a_sister_company_is_told_by_its_whole_name():
    for line, label in lines_of("sister_name"):
        if label.truth is None:  # several of one price
            assert not label.decidable
            continue
        ((key, amount),) = label.truth.items()
        name = facts().names[facts().items[key].payer]
        assert line.payer_name.casefold() == name.casefold()
        assert not line.payer_account
        bodies = {writing.without_form(other) for other in facts().names.values() if other != name}
        body = writing.without_form(name)
        assert body.rsplit(" ", 1)[0] in bodies or any(other.startswith(f"{body} ") for other in bodies)
        assert amount == line.amount == facts().items[key].residual


def test_a_company_that_is_no_customer_pays_nothing():
    bodies = {writing.without_form(name) for name in facts().names.values()}
    for line, label in lines_of("no_customer"):
        body = writing.without_form(line.payer_name)
        assert (label.truth, label.decidable) == ({}, False)
        assert body not in bodies
        assert body.rsplit(" ", 1)[0] in bodies or any(name.startswith(f"{body} ") for name in bodies)


def test_names_as_banks_print_them_are_the_customers():
    for line, label in lines_of("name_as_printed"):
        if label.truth is None:  # several of one price
            assert not label.decidable
            continue
        ((key, amount),) = label.truth.items()
        assert line.payer_name.isascii()
        assert line.payer_name.isupper()
        assert not line.payer_account
        first = facts().names[facts().items[key].payer].split()[0].upper()
        assert first in line.payer_name or not first.isascii()
        assert amount == line.amount == facts().items[key].residual
    printed = {writing.in_capitals(random.Random(seed), "Müller Große Łódź Pvt Ltd") for seed in range(60)}
    assert {"MUELLER GROSSE LODZ PRIVATE LIMITED", "MULLER GROSSE LODZ PVT. LTD."} <= printed


def test_a_little_too_much_is_not_for_a_pair_that_nobody_named():
    for line, label in lines_of("over_by_pair"):
        ((key, amount),) = label.truth.items()
        others = [item for item in facts().of_payer[facts().items[key].payer] if item.key != key]
        over, residuals = line.amount - amount, [item.residual for item in others]
        assert label.decidable
        assert amount == facts().items[key].residual
        assert 2 <= over <= amount / 20
        assert over not in residuals
        assert over in {one + other for one, other in combinations(residuals, 2)}


def test_nobody_can_tell_an_advance_only_where_it_is_a_sum_of_items_to_the_cent():
    amounts = {item.residual for item in facts().world.items}
    for line, label in lines_of("on_account_in_words"):
        assert line.amount % 50 == 0
        assert not label.decidable
        assert label.truth == {} or (label.truth is None and line.amount in amounts)
    assert any(label.truth == {} for _line, label in lines_of("on_account"))


def test_a_return_takes_back_no_payment_of_another_customer_for_a_common_word():
    past = facts().world.past_payments
    for line, label in lines_of("returned_by_word"):
        assert (label.truth, label.reverses, label.decidable) == ({}, None, False)
        found = [payment for payment in past if payment.references == (line.reversed_reference,)]
        assert any(payment.amount == -line.amount for payment in found)
        payer = next((payer for payer in facts().world.payers if line.payer_account in payer.accounts), None)
        assert not payer or any(payment.payer != payer.key for payment in found)


def test_writing_off_what_no_bank_took_is_wrong():
    for line, label in lines_of("charge_words"):
        ((key, amount),) = label.truth.items()
        missing = facts().items[key].residual - amount
        assert label.decidable
        assert label.no_write_off
        assert amount == line.amount
        assert missing in (money(5), money("12.50"), money(15))
    left = SimpleNamespace(item=key, amount=amount, settled=amount)
    written_off = SimpleNamespace(item=key, amount=amount, settled=amount + missing)
    for allocation, wrong in ((left, []), (written_off, [line.key])):
        decision = SimpleNamespace(line=line.key, outcome="apply", allocations=[allocation], reverses=None)
        assert score_decisions(facts().world, [decision]).wrong == wrong


def test_a_payment_comes_twice_from_the_same_payer_and_either_may_pay():
    lines = sorted((line for line, _label in lines_of("paid_twice")), key=lambda line: line.key)
    labels = facts().world.labels
    for first, second in zip(lines[::2], lines[1::2], strict=True):
        assert (first.payer_name, first.payer_account) == (second.payer_name, second.payer_account)
        assert first.amount == second.amount
        assert first.date < second.date
        assert (labels[second.key].truth, labels[second.key].again) == ({}, first.key)
    for applied, wrong in (([first], []), ([second], []), ([first, second], [second.key])):
        decisions = [
            SimpleNamespace(
                line=line.key,
                outcome="apply" if line in applied else "propose",
                allocations=[SimpleNamespace(item=key, amount=line.amount) for key in labels[first.key].truth],
                reverses=None,
            )
            for line in (first, second)
        ]
        score = score_decisions(facts().world, decisions)
        assert score.wrong == wrong
        assert (score.decidable, score.touchless) == (1, first in applied)
