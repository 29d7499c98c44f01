"""Configurable products: one product with attributes, the shop's simple products as its variants.

Which of them become variants:

- what is new becomes a variant at once;
- what the connector made before, and nothing in Odoo uses yet, is put under the product: it keeps its id;
- what is in use (ordered, moved, priced…), and what was in Odoo before the shop, stays as it is, with a note.

The attributes' variants are made one by one: a shop seldom has all combinations. The shop prices each variant by
itself; what it differs by from the product's own price is kept with the variant.
"""

from collections import Counter
from typing import Any, NamedTuple

from odoo import api, models
from odoo.fields import Command

from .loading import NeedsSetup, NotYet

OF_THE_FAMILY = (
    "product.product",
    "product.template",
    "product.template.attribute.line",
    "product.template.attribute.value",
)
OF_EACH_PRODUCT = ("product.value",)
"""What Odoo makes with every product: no use of it."""


class Member(NamedTuple):
    """A variant to be: its combination, and either the product it is already or the staged row it is made from."""

    external_id: str
    combination: tuple
    price: float
    product: Any = None
    item: Any = None


class Facts(NamedTuple):
    """What is found out about the families of a batch.

    :ivar templates: configurable's external id → product.template
    :ivar values: (magento.attribute, option id) → product.attribute.value
    :ivar notes: child's external id → (configurable's external id, why it is no variant)
    :ivar taken: child's external id → SKU of the configurable it became a variant of
    """

    families: list
    templates: dict
    values: dict
    notes: dict
    taken: dict


class MagentoLoaderVariant(models.AbstractModel):
    _name = "magento.loader.variant"
    _description = "Loader of Variants"

    def _not_ready(self, backend, families, staged_ids):
        """dict of record id → why a configurable product has to wait"""
        if not families:
            return {}
        attributes = self.env["magento.attribute"]._known(backend)
        children = {str(child) for item in families for child in item.intent.children}
        known = {*self.env["magento.binding"]._links(backend, "products", children), *staged_ids}
        refusals = {}
        for item in families:
            missing = [choice.label for choice in item.intent.choices if choice.attribute_id not in attributes]
            if missing:
                refusals[item.record_id] = NeedsSetup(
                    self.env._(
                        "The variants of %(sku)s differ by %(names)s, which is not known here. Fetch the product "
                        "attributes (the integration needs the right Stores › Attributes › Product); it then goes on "
                        "by itself.",
                        sku=item.intent.sku,
                        names=", ".join(missing),
                    ),
                    "attribute",
                )
            elif item.intent.children and not known & {str(child) for child in item.intent.children}:
                refusals[item.record_id] = NotYet(
                    self.env._("None of the variants of %(sku)s has been fetched yet.", sku=item.intent.sku)
                )
        self.env["magento.record"]._note_awaited(backend, [item for item in families if item.record_id in refusals])
        return refusals

    def _group(self, backend, families, sold, unknown, setting):
        """Make and complete the products of configurable ones.

        :param families: staged configurable products
        :param sold: staged products that are sold by themselves
        :param unknown: dict of external id → staged row of those that Odoo does not know by id or SKU
        :returns: (dict of external id → new variant, `Facts`)
        """
        if not families:
            return {}, None
        facts = Facts(sorted(families, key=lambda item: item.intent.external_id), {}, {}, {}, {})
        members = self._members(backend, facts, {item.external_id: item for item in sold}, unknown, setting)
        self._templates(backend, facts, members, setting)
        places = self._places_of_values(facts.templates.values())
        created = self._create_variants(members, facts, places, setting)
        self._move_variants(members, facts, places)
        return created, facts

    # -- who belongs to whom ---------------------------------------------------------------------------------------

    def _members(self, backend, facts, staged, unknown, setting):
        """dict of the configurable's external id → list of `Member`; why others are none is noted in the facts."""
        binding = self.env["magento.binding"]
        facts.templates.update(binding._find(backend, "configurables", [item.external_id for item in facts.families]))
        child_ids = [str(child) for item in facts.families for child in item.intent.children]
        links, products = binding._links(backend, "products", child_ids), binding._find(backend, "products", child_ids)
        attributes = self.env["magento.attribute"]._known(backend)
        used = self._in_use([product for key, product in products.items() if links[key].made_here])
        members = {}
        for family in facts.families:
            own = members[family.external_id] = []
            template = facts.templates.get(family.external_id)
            for child in map(str, family.intent.children):
                item, link, product = staged.get(child), links.get(child), products.get(child)
                if item is None and (product is None or not link.shop_kind):
                    continue
                options = dict(item.intent.options) if item else link.options or {}
                combination = self._combination(family.intent, options, attributes)
                reason = self._reason(family, child, product, link, combination, used, unknown, facts)
                if not reason and combination in [member.combination for member in own]:
                    reason = self.env._("Another variant of %(parent)s has the same options.", parent=family.intent.sku)
                facts.notes.setdefault(child, (family.external_id, reason))
                if reason or (product and product.product_tmpl_id == template):
                    continue
                facts.taken[child] = family.intent.sku
                price = self._price(item.intent, setting) if item else product.lst_price
                own.append(Member(child, combination, price, product, None if product else unknown[child]))
        return members

    @api.model
    def _combination(self, intent, options, attributes):
        """The attributes and options of a child, None where it lacks one."""
        pairs = []
        for choice in intent.choices:
            attribute = attributes[choice.attribute_id]
            option = options.get(attribute.code)
            if option not in (attribute.options or {}):
                return None
            pairs.append((attribute, option))
        return tuple(pairs)

    def _reason(self, family, child, product, link, combination, used, unknown, facts):
        """Why a child stays a product of its own, in words; empty where it is a variant or becomes one."""
        words = {"parent": family.intent.sku, "other": facts.taken.get(child)}
        template = product.product_tmpl_id if product else self.env["product.template"]
        if template and template == facts.templates.get(family.external_id):
            return ""
        if child in facts.taken:
            return self.env._("It is a variant of %(other)s, so not of %(parent)s as well.", **words)
        if (link and not link.made_here) or (product is None and child not in unknown):
            return self.env._("A variant of %(parent)s in the shop; the product was in Odoo before.", **words)
        if combination is None:
            return self.env._(
                "A variant of %(parent)s in the shop, without a value for what its variants differ by.", **words
            )
        if product and (product.product_template_attribute_value_ids or len(template.product_variant_ids) > 1):
            return self.env._("It is a variant of another product, so not of %(parent)s.", **words)
        if product and product.id in used:
            return self.env._(
                "A variant of %(parent)s in the shop; it is in use here, so it stays a product of its own.", **words
            )
        return ""

    @api.model
    def _in_use(self, products):
        """Ids of products that anything in Odoo refers to: one short question for each field that could."""
        products = self.env["product.product"].union(*products)
        products = products.filtered(lambda product: not product.product_template_attribute_value_ids)
        if not products:
            return set()
        by_template = {product.product_tmpl_id.id: product.id for product in products}
        used = set()
        for model, name, to_template in self._references():
            wanted = list(by_template) if to_template else products.ids
            groups = self.env[model].sudo().with_context(active_test=False)._read_group([(name, "in", wanted)], [name])
            used |= {by_template[record.id] if to_template else record.id for (record,) in groups}
        return used

    @api.model
    def _references(self):
        """(model, field, whether it refers to the template) of all stored references to products."""
        for name, model in self.env.registry.items():
            if model._abstract or model._transient or not model._auto or name in (*OF_THE_FAMILY, *OF_EACH_PRODUCT):
                continue
            for field in model._fields.values():
                if field.type != "many2one" or not field.store or field.related:
                    continue
                if field.comodel_name in ("product.product", "product.template"):
                    yield name, field.name, field.comodel_name == "product.template"

    # -- products with attributes ----------------------------------------------------------------------------------

    def _templates(self, backend, facts, members, setting):
        """Make the products that are missing, and give all of them the values that their variants need."""
        pairs = {pair for own in members.values() for member in own for pair in member.combination}
        self.env["magento.attribute"].union(*(attribute for attribute, _option in pairs))._ensure_attributes()
        facts.values.update(self.env["magento.attribute"]._values(backend, pairs))
        self._follow_templates(backend, facts, members)
        new = [item for item in facts.families if members[item.external_id] and item.external_id not in facts.templates]
        made = self.env["product.template"].create(
            [self._template_values(item.intent, members[item.external_id], setting, facts) for item in new]
        )
        facts.templates.update({item.external_id: template for item, template in zip(new, made, strict=True)})
        self.env["magento.binding"]._bind(
            backend,
            "configurables",
            [(item.external_id, facts.templates[item.external_id], item.intent.sku) for item in new],
            made.ids,
        )

    def _template_values(self, intent, members, setting, facts):
        """The product's own price is that of its cheapest variant when it is made."""
        values = self._values(intent, setting)
        goods = any(member.item.intent.stockable if member.item else member.product.is_storable for member in members)
        return {
            **{name: values[name] for name in ("name", "sale_ok", "categ_id", "taxes_id") if name in values},
            "type": "consu" if goods else "service",
            "is_storable": goods,
            "list_price": min(member.price for member in members),
            "attribute_line_ids": [
                Command.create({"attribute_id": attribute.id, "value_ids": [Command.set(ids)]})
                for attribute, ids in self._lines(members, facts.values)
            ],
        }

    @api.model
    def _lines(self, members, values):
        """(Odoo's attribute, ids of the values its variants have), in the order in which the shop shows them."""
        lines = {}
        for member in members:
            for pair in member.combination:
                lines.setdefault(pair[0].attribute_id, {})[values[pair].id] = True
        return [(attribute, list(ids)) for attribute, ids in lines.items()]

    def _follow_templates(self, backend, facts, members):
        """Later payloads of configurable products that the connector made: name, status, and new values."""
        links = self.env["magento.binding"]._links(backend, "configurables", facts.templates)
        for item in facts.families:
            template = facts.templates.get(item.external_id)
            if not template:
                continue
            if not links[item.external_id].made_here:
                members[item.external_id] = []
                continue
            self._write_changes(template, {"name": item.intent.name or item.intent.sku, "sale_ok": item.intent.active})
            wanted = self._lines(members[item.external_id], facts.values)
            lines = {line.attribute_id: line for line in template.attribute_line_ids}
            if any(attribute not in lines for attribute, _ids in wanted) or len(lines) != len(item.intent.choices):
                self._keep_apart(item, members, facts)
            else:
                self._add_values(template, lines, wanted)

    def _add_values(self, template, lines, wanted):
        """Give a product more values. Odoo switches its variants on with it; those that were off stay off."""
        off = template.with_context(active_test=False).product_variant_ids.filtered(lambda variant: not variant.active)
        for attribute, ids in wanted:
            missing = [value for value in ids if value not in lines[attribute].value_ids.ids]
            if missing:
                lines[attribute].write({"value_ids": [Command.link(value) for value in missing]})
                off.write({"active": False})

    def _keep_apart(self, item, members, facts):
        """The shop's variants differ by other attributes than those made here: what is new stays apart."""
        reason = self.env._(
            "The variants of %(parent)s differ by other attributes now than when it was taken over, so this one stays "
            "a product of its own.",
            parent=item.intent.sku,
        )
        facts.notes.update({member.external_id: (item.external_id, reason) for member in members[item.external_id]})
        members[item.external_id] = []

    # -- variants --------------------------------------------------------------------------------------------------

    @api.model
    def _places_of_values(self, templates):
        """dict of (template id, value id) → id of the template's own value"""
        found = self.env["product.template.attribute.value"].search(
            [("product_tmpl_id", "in", [template.id for template in templates]), ("ptav_active", "=", True)]
        )
        return {(place.product_tmpl_id.id, place.product_attribute_value_id.id): place.id for place in found}

    def _place_values(self, template, member, facts, places):
        """What makes a product a variant of a template."""
        combination = [places[template.id, facts.values[pair].id] for pair in member.combination]
        return {
            "product_tmpl_id": template.id,
            "product_template_attribute_value_ids": [Command.set(combination)],
        }

    def _create_variants(self, members, facts, places, setting):
        """Make the variants that are new, one statement for all."""
        new = [
            (facts.templates[family], member)
            for family, own in members.items()
            for member in own
            if member.item is not None
        ]
        free = self._free_barcodes({member.external_id: member.item.intent.barcode for _template, member in new})
        products = self.env["product.product"].create(
            [
                {
                    **self._variant_values(member.item.intent, template, setting),
                    **self._place_values(template, member, facts, places),
                    "barcode": free[member.external_id],
                }
                for template, member in new
            ]
        )
        return {member.external_id: product for (_template, member), product in zip(new, products, strict=True)}

    @api.model
    def _variant_values(self, intent, template, setting):
        return {
            "default_code": intent.sku,
            "weight": float(intent.weight or 0),
            "active": intent.active,
            "magento_price_extra": round(self._price(intent, setting) - template.list_price, 6),
        }

    def _move_variants(self, members, facts, places):
        """Put products that the connector made before, and nothing uses yet, under their product."""
        moving = [
            (facts.templates[family], member)
            for family, own in members.items()
            for member in own
            if member.product is not None
        ]
        if not moving:
            return
        former = self.env["product.template"].union(*(member.product.product_tmpl_id for _template, member in moving))
        for template, member in moving:
            member.product.write(
                {
                    **self._place_values(template, member, facts, places),
                    "magento_price_extra": round(member.price - template.list_price, 6),
                    "active": member.product.sale_ok,
                }
            )
        self.env.flush_all()
        self.env.invalidate_all()
        former.unlink()

    # -- afterwards ------------------------------------------------------------------------------------------------

    def _note_family(self, backend, facts):
        """Write with each link whose variant it is, or why it is none."""
        if facts is None:
            return
        links = self.env["magento.binding"]._links(backend, "products", facts.notes)
        for child, (family, reason) in facts.notes.items():
            if child in links:
                links[child]._remember({"parent_external_id": family, "family_note": reason})
        families = self.env["magento.binding"]._links(
            backend, "configurables", [item.external_id for item in facts.families]
        )
        self._adopt(backend, facts, families)
        for item in facts.families:
            if item.external_id in families:
                families[item.external_id]._remember(
                    {
                        "reference": item.intent.sku,
                        "shop_kind": item.intent.product_type,
                        "image_path": item.intent.image,
                        "has_tax_class": item.intent.tax_class_id is not None,
                        "tax_class_external_id": item.intent.tax_class_id or 0,
                    }
                )

    def _adopt(self, backend, facts, families):
        """A configurable product all of whose variants are one product of Odoo is that product."""
        open_families = [item for item in facts.families if item.external_id not in families]
        children = [str(child) for item in open_families for child in item.intent.children]
        products = self.env["magento.binding"]._find(backend, "products", children) if children else {}
        found = []
        for item in open_families:
            templates = Counter(
                products[str(child)].product_tmpl_id for child in item.intent.children if str(child) in products
            )
            if len(templates) == 1:
                (template,) = templates
                if len(template.product_variant_ids) > 1 and sum(templates.values()) == len(item.intent.children):
                    found.append((item.external_id, template, item.intent.sku))
        if found:
            self.env["magento.binding"]._bind(backend, "configurables", found)
