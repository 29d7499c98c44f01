"""What every part of a contract refuses where it is typed: to move elsewhere, and values that nothing comes of.

Apart from the models because contracts, rules, tiers and rates share it.
"""

from math import isfinite

from odoo import fields
from odoo.exceptions import UserError, ValidationError

LARGEST = 1e15
FIRST_YEAR, LAST_YEAR = 1900, 2999


def refuse_other_parent(records, field_name, vals):
    """Keep a part of a contract in the contract, or rule, that it was made for.

    Moving it would change what another contract says, which may be frozen and approved.

    :param records: the rules, tiers or rates about to be written
    :param str field_name: the field that names the parent
    :param dict vals: what is about to be written
    :raises UserError: when another parent is written
    """
    if field_name in vals and any(record[field_name].id != vals[field_name] for record in records):
        raise UserError(
            records.env._(
                "%(name)s belongs to its contract and cannot be moved. Delete it here and enter it in the other one.",
                name=records[:1].display_name,
            )
        )


def refuse_endless_numbers(model, vals_list):
    """Refuse what nothing can be computed with: numbers such as NaN or 1e300, and days at the end of all calendars.

    :param model: the model that the values are for
    :param list vals_list: dicts of values to create or write
    :raises ValidationError: when a number is not finite or too large, or a day too far off
    """
    for vals in vals_list:
        for name, value in vals.items():
            field = model._fields.get(name)
            if field and field.type in ("float", "monetary"):
                _refuse_number(model, field, _number(value))
            elif field and field.type == "date" and value:
                _refuse_far_day(model, field, fields.Date.to_date(value))


def _refuse_number(model, field, number):
    label = field._description_string(model.env)
    if not isfinite(number):
        raise ValidationError(model.env._("%(field)s is not a number. Enter one, for example 12.50.", field=label))
    if abs(number) >= LARGEST:
        raise ValidationError(
            model.env._("%(field)s: %(number)s is too large. Enter less.", field=label, number=f"{number:g}")
        )


def _refuse_far_day(model, field, day):
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            model.env._(
                "%(field)s: enter a day between %(first)s and %(last)s, not %(day)s. A last day is left empty for "
                "“without end”.",
                field=field._description_string(model.env),
                first=FIRST_YEAR,
                last=LAST_YEAR,
                day=day.isoformat(),
            )
        )


def _number(value):
    try:
        return float(value or 0.0)
    except (TypeError, ValueError):
        return float("nan")
