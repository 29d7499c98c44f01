"""What every part of a contract refuses where it is typed: to move to another contract, and what is no number.

Apart from the models because contracts, rules, tiers and rates share it.
"""

from math import isfinite

from odoo.exceptions import UserError, ValidationError


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
    """Refuse values that are no finite number, such as NaN, which no price can be computed with.

    :param model: the model that the values are for
    :param list vals_list: dicts of values to create or write
    :raises ValidationError: when a number is not finite
    """
    for vals in vals_list:
        for name, value in vals.items():
            field = model._fields.get(name)
            if field and field.type in ("float", "monetary") and not isfinite(_number(value)):
                raise ValidationError(
                    model.env._(
                        "%(field)s is not a number. Enter one, for example 12.50.",
                        field=field._description_string(model.env),
                    )
                )


def _number(value):
    try:
        return float(value or 0.0)
    except (TypeError, ValueError):
        return float("nan")
