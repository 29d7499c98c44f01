"""What the registry says of access: rights of each persona on each of our models, and what RPC can call."""

import inspect

OUR_MODULES = ("b2b_invoice_automation", "magento_connector")
OPERATIONS = {"c": "create", "r": "read", "w": "write", "d": "unlink"}
PERSONAS = {
    "public": "base.group_public",
    "portal": "base.group_portal",
    "employee": "base.group_user",
    "salesman": "sales_team.group_sale_salesman",
    "clerk": "b2b_invoice_automation.group_billing_clerk",
    "manager": "b2b_invoice_automation.group_billing_manager",
    "auditor": "b2b_invoice_automation.group_auditor",
}


def our_models(env):
    """Names of the models that our addons define, abstract ones left out."""
    return sorted(
        name for name, model in env.registry.items() if model._original_module in OUR_MODULES and not model._abstract
    )


def rights(env, users):
    """Access of each persona as text: dict model → dict persona → letters of create, read, write, delete.

    :param users: dict persona → user
    """
    return {
        name: {
            persona: "".join(
                letter for letter, operation in OPERATIONS.items() if env[name].with_user(user).has_access(operation)
            )
            for persona, user in users.items()
        }
        for name in our_models(env)
    }


def callable_by_rpc(env):
    """Public methods that our addons define, on our models and on those we extend: dict model → sorted names."""
    found = {}
    for name, model in env.registry.items():
        names = {
            attribute
            for parent in model.__mro__
            if parent.__module__.startswith(tuple(f"odoo.addons.{module}." for module in OUR_MODULES))
            for attribute, value in vars(parent).items()
            if inspect.isfunction(value)
            and not attribute.startswith("_")
            and not getattr(value, "_api_private", False)
            and attribute not in ("init",)
        }
        names = {attribute for attribute in names if not getattr(getattr(model, attribute), "_api_private", False)}
        if names:
            found[name] = sorted(names)
    return found


def fields_of_ours(env, model_name):
    """Names of the fields that our addons add to a model of others and that the environment's user may read."""
    return sorted(
        name
        for name in env[model_name].fields_get(attributes=())
        if set(env[model_name]._fields[name]._modules) <= set(OUR_MODULES) and env[model_name]._fields[name]._modules
    )


def models_with_company_but_no_rule(env):
    """Models of ours with a stored company that no record rule limits to the user's companies."""
    ruled = {
        rule.model_id.model
        for rule in env["ir.rule"].sudo().search([("global", "=", True)])
        if "company_id" in (rule.domain_force or "")
    }
    return [
        name
        for name in our_models(env)
        if "company_id" in env[name]._fields
        and env[name]._fields["company_id"].store
        and not env[name]._transient
        and name not in ruled
    ]
