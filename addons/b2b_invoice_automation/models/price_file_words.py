"""Puts what is wrong with a price list file into sentences that say what to do, in the reader's language."""

from decimal import Decimal


def file_sentence(env, error):
    """Return why a file cannot be read at all.

    :param error: a ``PriceFileError``
    """
    texts = {
        "empty": env._("The file is empty. Choose another one."),
        "too_large": env._("The file has more than %(limit)s MB. Split it."),
        "not_a_table": env._("This is no CSV and no XLSX file. Save the price list as one of these."),
        "unreadable": env._("The file cannot be read. %(where)s %(reason)s"),
        "no_header": env._(
            "No row with headings was found among the first ones. At least these are needed: %(columns)s. "
            "Export a contract's prices to see all of them."
        ),
        "ambiguous_heading": env._(
            "Row %(row)s: the quantity in a heading can be read in two ways. Write 1000 instead of 1.000 or 1,000."
        ),
        "no_rows": env._("The file has headings and no rows below them."),
        "too_many_rows": env._("The file has more than %(limit)s rows. Split it."),
    }
    return texts.get(error.code, error.code) % error.parameters


def row_sentence(env, problem):
    """Return what is wrong with a row, and what to do.

    :param problem: a ``RowProblem``
    """
    text = {**_cell_texts(env), **_tier_texts(env), **_record_texts(env)}.get(problem.code, problem.code)
    shown = {name: _shown(value) for name, value in problem.parameters.items()}
    return text % shown


def _cell_texts(env):
    return {
        "bad_number": env._("%(column)s: “%(value)s” is no number that can be used. Write it like 1234.56 or 1234,56."),
        "ambiguous_number": env._(
            "%(column)s: “%(value)s” can be read in two ways. Choose the decimal mark of the file above."
        ),
        "bad_date": env._("%(column)s: “%(value)s” is no day. Write it like 2026-12-31."),
        "ambiguous_date": env._(
            "%(column)s: “%(value)s” can be read in two ways. Write it like 2026-12-31 or 31.12.2026."
        ),
        "bad_yes_no": env._("%(column)s: “%(value)s” is neither yes nor no."),
        "unknown_word": env._("%(column)s: “%(value)s” is not known. Use one of: %(allowed)s."),
        "text_too_long": env._("%(column)s has more than %(limit)s characters. Shorten it."),
        "no_price": env._("There is no price, discount or markup. Enter one, or delete the row."),
        "two_prices": env._("There are a price and a percentage, or two of these. Keep one of them."),
        "applies_to_nothing": env._(
            "It does not say what it applies to. Enter a SKU or a category, or “All products”."
        ),
        "duplicate_row": env._("Row %(other)s says the same product and quantity already. Delete one of them."),
        "overlapping_rules": env._(
            "Row %(other)s is about the same for the same days. Give them other validities, or a sequence."
        ),
        "part_of_wrong_rule": env._("Belongs to row %(other)s, which is wrong: the tiers of a product go together."),
    }


def _tier_texts(env):
    return {
        "unordered_tiers": env._("It begins at %(floor)s, below the row before it (%(previous)s). Sort the rows."),
        "negative_floor": env._("A tier cannot begin at %(floor)s; begin at 0 or above."),
        "floor_between_steps": env._("A tier cannot begin at %(floor)s, because whole units are counted."),
        "duplicate_floor": env._("Another row begins at %(floor)s too; keep one of them."),
        "ceiling_below_floor": env._("A tier from %(floor)s cannot end at %(ceiling)s."),
        "tiers_overlap": env._("A tier that goes up to %(ceiling)s overlaps the one that begins at %(floor)s."),
        "gap_between_tiers": env._("Nothing is agreed between %(ceiling)s and %(floor)s; let the tiers touch."),
        "negative_price": env._("%(value)s would make a price below zero."),
        "ends_before_it_begins": env._("It ends on %(valid_to)s, before it begins on %(valid_from)s."),
        "too_fine": env._("%(value)s has more decimals than can be kept (%(digits)s). Round it."),
    }


def _record_texts(env):
    return {
        "unknown_product": env._(
            "No product has the SKU, barcode or name “%(value)s”. Correct it, or make the product."
        ),
        "ambiguous_product": env._("%(count)s products have “%(value)s”: %(names)s. Give each its own SKU."),
        "archived_product": env._("%(name)s is archived. Restore it, or name the product that replaced it."),
        "unknown_category": env._("No product category is called “%(value)s”. Write its whole path, with “ / ”."),
        "ambiguous_category": env._("%(count)s categories are called “%(value)s”. Write the whole path, with “ / ”."),
        "unknown_unit": env._("No unit of measure is called “%(value)s”."),
        "other_unit": env._("%(product)s is sold by %(product_unit)s, which cannot be converted to %(unit)s."),
        "unknown_pricelist": env._("There is not exactly one pricelist called “%(value)s”."),
        "unknown_customer": env._("No company has the VAT number, reference or name “%(value)s”. Make it first."),
        "ambiguous_customer": env._("%(count)s companies fit “%(value)s”. Use the VAT number or the reference."),
        "customer_missing": env._("It does not say the customer. Add a column “Customer”, or import in a contract."),
        "other_customer": env._("It is for “%(value)s”, and the contract is with %(customer)s."),
        "unknown_currency": env._("There is no active currency “%(value)s”. Use its three letters, such as EUR."),
        "other_currency": env._("It is in %(value)s, and the contract in %(currency)s."),
        "currency_without_rate": env._("%(value)s has no exchange rate. Enter one under Accounting ‣ Currencies."),
        "contract_ends_before_it_begins": env._("The contract ends on %(end)s, before it begins on %(start)s."),
        "priced_already": env._("The contract has a price for it already. Choose “Replace”, or delete the row."),
    }


def _shown(value):
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return ", ".join(value) if isinstance(value, list | tuple) else value
