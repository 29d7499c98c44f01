"""The engine's reasons as translatable sentences, and how their parameters are written for people.

The engine explains itself with codes, because it knows no language; `REASONS` there and here have the same codes.
"""

from odoo.tools import LazyTranslate, formatLang

_lt = LazyTranslate(__name__)

SENTENCES = {
    "structured_exact": _lt("The payment's structured reference names %(items)s and the amount is exact."),
    "remittance_exact": _lt("The remittance advice lists %(items)s and its amounts add up to the payment."),
    "remittance_partial": _lt("The remittance advice pays %(items)s in part; %(difference)s stays open."),
    "number_exact": _lt("The text names %(items)s and the amount is exact."),
    "number_supported": _lt("The text names %(items)s, the payer fits and the amount is exact."),
    "number_part": _lt("The payer is known, the text holds the last digits of %(items)s and the amount is exact."),
    "number_subset": _lt("Of the documents the text names, exactly %(items)s add up to the amount."),
    "number_and_others": _lt("The named documents and the payer's %(items)s add up to the amount."),
    "with_discount": _lt("The amount is exact for %(items)s with the early payment discount of %(discount)s."),
    "within_tolerance": _lt("The amount differs by %(difference)s from %(items)s, within the tolerance."),
    "exchange_difference": _lt("A foreign payment for %(items)s; %(difference)s is exchange difference."),
    "with_charge": _lt("%(items)s is named; a bank on the way kept %(difference)s, within what we bear."),
    "short_deduction": _lt("%(items)s is named but %(difference)s was not paid; it stays open as a deduction."),
    "overpaid": _lt("%(items)s is named and paid; %(difference)s was paid too much."),
    "instalments": _lt("%(items)s is named, and this and other payments that name it pay it exactly."),
    "sum_exact": _lt("The payer is known and exactly %(items)s add up to the amount."),
    "sum_corrected": _lt("The payer is known, %(items)s add up to the amount, and the number has a typing error."),
    "oldest_first": _lt("The payer is known and the rule pays the oldest items first: %(items)s."),
    "return_undone": _lt("An earlier payment was returned; its match is undone and the items are open again."),
    "returned_in_batch": _lt("The payment was returned; nothing is applied."),
    "return_uncertain": _lt("A returned payment; several earlier payments or a different amount could be meant."),
    "return_unknown": _lt("A returned payment, but no earlier payment fits it."),
    "amount_far": _lt("%(items)s is named, but the amount is %(difference)s away from what is open."),
    "number_not_enough": _lt("The text may name %(items)s, but the number alone is not enough to be certain."),
    "several_sets": _lt("Several sets of items reach the amount exactly."),
    "search_gave_up": _lt("Sets of up to %(size)s items were tried; too many larger ones are possible."),
    "accident_possible": _lt("A set of items reaches the amount, but among so many that may be chance."),
    "round_amount": _lt("The amount is near one item, but round: it may be money on account."),
    "rival_lines": _lt("Another payment of the batch fits the same items equally well."),
    "duplicate_payment": _lt("%(items)s is paid already, with the same amount."),
    "closed_item": _lt("%(items)s is named, but nothing is open on it."),
    "unknown_number": _lt("The payment names %(number)s, which is no document we know."),
    "contradicting_number": _lt("The amount fits items of the payer, but the text names others."),
    "says_on_account": _lt("The text says %(word)s, so the items that add up to the amount are not what is paid."),
    "came_back": _lt("The text says %(word)s: an earlier payment that came back, though items add up to the amount."),
    "wrong_currency": _lt("The payment is in %(currency)s; what it may be for is in %(expected)s."),
    "several_payers": _lt("Several payers fit equally well."),
    "payer_conflict": _lt("The text names %(items)s of another payer, while the payer's own items fit as well."),
    "payer_unknown": _lt("Neither the payer nor a document was recognised."),
    "items_unknown": _lt("The payer is known, but nothing tells what is paid."),
    "on_account": _lt("The payer is known, nothing tells what is paid; the rule keeps it on account."),
    "outgoing": _lt("Money went out and nothing open fits it."),
    "no_amount": _lt("The line has no amount."),
}
DEDUCTIONS = {
    "discount_late": _lt("The discount was taken too late."),
    "bank_charge": _lt("The bank states these charges, or the text speaks of them."),
    "unexplained": _lt("The payer did not say why."),
}
AMOUNTS = ("difference", "discount")
MOST_LETTERS = 160


def in_words(env, decision, currency):
    """A decision's reason as one sentence in the user's language.

    :param decision: the engine's Decision
    :param currency: res.currency of its amounts
    """
    parameters = {
        name: formatLang(env, float(value), currency_obj=currency) if name in AMOUNTS else _shortened(value)
        for name, value in decision.parameters.items()
    }
    sentence = env._(SENTENCES[decision.reason])  # pylint: disable=gettext-variable
    try:
        return sentence % parameters
    except KeyError:
        return sentence


def _shortened(value):
    text = str(value)
    return text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS].rsplit(",", 1)[0] + " …"
