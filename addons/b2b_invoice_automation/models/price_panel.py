"""The panel “Why this price?”: the stored explanation of a price in parts, readable at first sight.

It says the same as the sentences of ``price_explanation.py``, for a small table instead of a text. All is taken from
what was stored with the line: a contract that changes later changes nothing here.
"""

from odoo.tools import format_date, formatLang

from .price_explanation import (
    basis_sentence,
    lead_sentence,
    problem_sentence,
    rejected_sentence,
    shown_number,
    shown_price,
)


def price_panel(line):
    """Return the parts of the panel for an order line, or ``False`` where there is nothing to explain.

    :param line: a ``sale.order.line``
    :returns: dict of ``source`` (label of where the price is from), ``lead``, ``facts`` ([label, value]), ``rows``
        ([quantity, price, amount, tier]), ``total``, ``problem`` and ``notes`` (sentences)
    """
    env, explanation, source = line.env, line.b2b_price_explanation, line.b2b_price_source
    label = dict(line._fields["b2b_price_source"]._description_selection(env)).get(source, "")
    if not explanation:
        if source != "pricelist" or not line.order_id.b2b_contract_id:
            return False
        note = env._("No contract rule covers this product; the price comes from the pricelist.")
        return {"source": label, "lead": "", "facts": [], "rows": [], "total": "", "problem": "", "notes": [note]}
    names, parameters = explanation.get("names", {}), explanation["parameters"]
    problem = parameters.get("problem")
    rejected = rejected_sentence(env, parameters["rejected"]) if parameters.get("rejected") else ""
    return {
        "source": label,
        "lead": lead_sentence(env, source),
        "facts": [[env._("Contract"), names.get("contract") or ""], [env._("Price rule"), names.get("rule") or ""]]
        + ([] if problem else _facts(env, line, names, parameters)),
        "rows": [_row(env, cut, names, parameters, line.currency_id) for cut in parameters["tiers"]],
        "total": _total(env, parameters, line.currency_id),
        "problem": problem_sentence(env, problem) if problem else "",
        "notes": [rejected] if rejected else [],
    }


def _facts(env, line, names, parameters):
    facts = [[env._("Computed as"), _computation(env, names, parameters)]]
    facts.append([env._("Quantity counted"), basis_sentence(env, parameters, names).rstrip(" :") + "."])
    if names.get("uom") and names.get("uom") != names.get("line_uom"):
        unit = env._("agreed per %(unit)s, here per %(line_unit)s", unit=names["uom"], line_unit=names.get("line_uom"))
        facts.append([env._("Unit"), unit])
    if (rate := parameters.get("rate")) not in (None, "1"):
        facts.append([env._("Exchange rate"), _rate(env, rate, names)])
    if parameters.get("valid_from") or parameters.get("valid_to"):
        days = [format_date(env, parameters.get(name)) or "…" for name in ("valid_from", "valid_to")]
        facts.append([env._("Valid"), " – ".join(days)])
    if parameters.get("list_price") and parameters["tiers"]:
        facts.append([env._("Sales price"), _against_list_price(env, parameters, line.currency_id)])
    return facts


def _computation(env, names, parameters):
    return {
        "fixed": env._("Fixed price"),
        "discount": env._("Discount off %(base)s", base=names.get("base") or env._("the sales price")),
        "cost_plus": env._("Markup on our cost"),
    }[parameters["computation"]]


def _rate(env, rate, names):
    text = env._(
        "1 %(contract)s = %(rate)s %(order)s",
        contract=names.get("contract_currency") or "",
        rate=shown_number(env, rate),
        order=names.get("currency") or "",
    )
    fixed = env._("fixed in the contract") if names.get("rate_is_fixed") else env._("of the order's date")
    return f"{text}, {fixed}"


def _against_list_price(env, parameters, currency):
    quantity = sum(float(cut["quantity"]) for cut in parameters["tiers"])
    amount = sum(float(cut["amount"]) for cut in parameters["tiers"])
    listed = float(parameters["list_price"])
    average = amount / quantity if quantity else float(parameters["tiers"][0]["unit_price"])
    percent = (average - listed) / listed * 100
    price = shown_price(env, parameters["list_price"], currency)
    if abs(percent) < 0.005:
        return env._("%(price)s: the same", price=price)
    shown = formatLang(env, abs(percent), digits=1)
    if percent < 0:
        return env._("%(price)s: the contract is %(percent)s %% cheaper", price=price, percent=shown)
    return env._("%(price)s: the contract is %(percent)s %% dearer", price=price, percent=shown)


def _row(env, cut, names, parameters, currency):
    unit = names.get("line_uom") or ""
    if cut["value"] is None:
        tier = env._("no tier: sales price")
    else:
        floor, value = shown_number(env, cut["floor"]), shown_number(env, cut["value"])
        tier = {
            "fixed": env._("tier from %(floor)s", floor=floor),
            "discount": env._("from %(floor)s: %(value)s %% off", floor=floor, value=value),
            "cost_plus": env._("from %(floor)s: cost + %(value)s %%", floor=floor, value=value),
        }[parameters["computation"]]
    return [
        f"{shown_number(env, cut['quantity'])} {unit}",
        shown_price(env, cut["unit_price"], currency),
        formatLang(env, float(cut["amount"]), currency_obj=currency),
        tier,
    ]


def _total(env, parameters, currency):
    cuts = parameters["tiers"]
    return formatLang(env, sum(float(cut["amount"]) for cut in cuts), currency_obj=currency) if len(cuts) > 1 else ""
