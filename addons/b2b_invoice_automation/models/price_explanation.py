"""Puts the engine's explanation of a price into sentences, in the reader's language.

It is apart from the models because order lines, the what-if and the portal say the same thing with the same words.
"""

from odoo.tools import format_date, formatLang


def explanation_sentences(line):
    """Return why an order line has its price, as short sentences.

    :param line: a ``sale.order.line``
    :returns: list of translated sentences; empty where there is nothing to explain
    """
    env = line.env
    explanation = line.b2b_price_explanation
    source = line.b2b_price_source
    if not explanation:
        return (
            [env._("No contract rule covers this product; the price comes from the pricelist.")]
            if source == "pricelist" and line.order_id.b2b_contract_id
            else []
        )
    lead = lead_sentence(env, source)
    return ([lead] if lead else []) + rule_sentences(env, explanation, line.currency_id)


def lead_sentence(env, source):
    """Return what comes before the contract's own price where the line has another one, or an empty string."""
    return {
        "manual": env._("The price was typed by hand. By the contract it would be:"),
        "channel": env._("The customer agreed to this price in the shop. By the contract it would be:"),
        "kept": env._("The price was kept from before. By the contract it would be now:"),
    }.get(source, "")


def rule_sentences(env, explanation, currency):
    """Return what the contract says about a line, as short sentences.

    :param explanation: ``Explanation.as_dict()`` of the engine, with ``names``
    :param currency: of the amounts
    """
    names, parameters = explanation.get("names", {}), explanation["parameters"]
    sentences = [
        env._("Contract %(contract)s, rule “%(rule)s”.", contract=names.get("contract"), rule=names.get("rule"))
    ]
    if problem := parameters.get("problem"):
        return [*sentences, problem_sentence(env, problem)]
    sentences.append(basis_sentence(env, parameters, names))
    sentences += amount_sentences(env, explanation, currency)
    if (rate := parameters.get("rate")) not in (None, "1"):
        sentences.append(env._("Converted at %(rate)s.", rate=rate))
    if rejected := parameters.get("rejected"):
        sentences.append(rejected_sentence(env, rejected))
    return sentences


def amount_sentences(env, explanation, currency):
    """Return one sentence per slice, and their sum."""
    names, parameters = explanation.get("names", {}), explanation["parameters"]
    sentences = [_slice_sentence(env, parameters, cut, names, currency) for cut in parameters["tiers"]]
    if len(sentences) > 1:
        total = sum(float(cut["amount"]) for cut in parameters["tiers"])
        sentences.append(env._("Together %(total)s.", total=formatLang(env, total, currency_obj=currency)))
    return sentences


def basis_sentence(env, parameters, names):
    unit = names.get("uom") or names.get("line_uom") or ""
    quantity = shown_number(env, parameters["basis_quantity"])
    start = parameters.get("running_start")
    if parameters["basis"] == "order":
        counted = env._("The whole order counts %(quantity)s %(unit)s.", quantity=quantity, unit=unit)
    elif parameters["basis"] == "cumulative":
        since = parameters.get("period_start")
        counted = env._(
            "All orders since %(day)s count %(quantity)s %(unit)s with this one, %(start)s before it.",
            day=format_date(env, since) if since else env._("the contract began"),
            quantity=quantity,
            unit=unit,
            start=shown_number(env, start or "0"),
        )
    else:
        counted = env._("This line counts %(quantity)s %(unit)s.", quantity=quantity, unit=unit)
    if parameters["mode"] == "graduated":
        return env._("%(counted)s Each slice has its own price:", counted=counted)
    return env._("%(counted)s All units have the price of the tier reached:", counted=counted)


def _slice_sentence(env, parameters, cut, names, currency):
    values = {
        "quantity": shown_number(env, cut["quantity"]),
        "unit": names.get("line_uom") or "",
        "price": shown_price(env, cut["unit_price"], currency),
        "amount": formatLang(env, float(cut["amount"]), currency_obj=currency),
    }
    line = env._("%(quantity)s %(unit)s × %(price)s = %(amount)s", **values)
    if cut["value"] is None:
        return env._("%(line)s (no tier covers these: sales price)", line=line)
    values = {"line": line, "floor": shown_number(env, cut["floor"]), "value": shown_number(env, cut["value"])}
    if parameters["computation"] == "discount":
        return env._("%(line)s (from %(floor)s: %(value)s %% discount)", **values)
    if parameters["computation"] == "cost_plus":
        return env._("%(line)s (from %(floor)s: cost + %(value)s %%)", **values)
    return env._("%(line)s (tier from %(floor)s)", **values)


def unpriced_reason(env, priced):
    """Return why a contract gives a line no price.

    :param priced: the engine's ``PricedLine`` without a total
    """
    explanation = priced.explanation.as_dict()["parameters"]
    if problem := explanation.get("problem"):
        return problem_sentence(env, problem)
    reasons = _reasons(env)
    codes = dict.fromkeys(entry["because"] for entry in explanation["rejected"])
    if not codes:
        return env._("No rule of the contract is about this product.")
    return env._("Its rule does not count: %(reasons)s.", reasons=", ".join(reasons[code] for code in codes))


def _reasons(env):
    return {
        "not_valid_on_date": env._("not valid on the order's date"),
        "other_unit": env._("agreed for another unit"),
        "below_first_floor": env._("quantity below its first tier"),
        "in_gap": env._("quantity in a gap of its tiers"),
        "narrower_scope": env._("a narrower rule counts first"),
        "higher_floor": env._("the other reaches a higher tier"),
        "lower_sequence": env._("the other stands above it"),
        "later_start": env._("the other began later"),
        "lower_id": env._("the other was there first"),
        "earlier_contract": env._("a preferred contract counts first"),
    }


def rejected_sentence(env, rejected):
    reasons = _reasons(env)
    known = env["b2b.contract.price.rule"].sudo().browse([entry["rule"] for entry in rejected]).exists()
    shown = [
        f"{rule.display_name} ({reasons.get(entry['because'], entry['because'])})"
        for entry in rejected[:5]
        if (rule := known.filtered(lambda rule, entry=entry: rule.id == entry["rule"]))
    ]
    return env._("Not used: %(rules)s.", rules=", ".join(shown)) if shown else ""


def problem_sentence(env, problem):
    parameters = problem["parameters"]
    currencies = env["res.currency"].browse(
        [parameters[name] for name in ("currency", "wanted") if parameters.get(name)]
    )
    texts = {
        "no_rate": env._(
            "There is no exchange rate between %(names)s. Enter one, then update the prices.",
            names=" / ".join(currencies.mapped("name")),
        ),
        "no_base_price": env._("The price that the discount or markup starts from is not known."),
        "invalid_rule": env._("The tier table of this rule is not valid. Correct it in a new version of the contract."),
    }
    return texts.get(problem["code"], env._("The contract gives no price (%(code)s).", code=problem["code"]))


def shown_number(env, text):
    number = float(text)
    digits = len(f"{number:.6f}".rstrip("0").partition(".")[2])
    return formatLang(env, number, digits=digits)


def shown_price(env, text, currency):
    digits = max(currency.decimal_places, len(f"{float(text):.6f}".rstrip("0").partition(".")[2]))
    amount = formatLang(env, float(text), digits=digits)
    return (
        f"{currency.symbol}\N{NO-BREAK SPACE}{amount}"
        if currency.position == "before"
        else f"{amount}\N{NO-BREAK SPACE}{currency.symbol}"
    )
