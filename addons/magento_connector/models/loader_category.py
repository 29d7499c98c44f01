"""Categories of the shop become product categories: the same tree, under the shop's own root categories."""

from odoo import api, models

from .loading import Refused

SHOP_ROOTS = (None, 0, 1)
"""Parents that are nothing a person sees: the shop's invisible root (1) and what is above it."""


class MagentoLoaderCategory(models.AbstractModel):
    _name = "magento.loader.category"
    _inherit = ["magento.loader"]
    _description = "Loader of Categories"

    def _prepare(self, backend, staged):
        """Refuse categories that are above themselves."""
        parents = self._parents(backend) | {item.intent.external_id: item.intent.parent_id for item in staged}
        return {
            item.record_id: Refused(
                self.env._(
                    "Category %(name)s (%(id)s) is above itself in the shop's tree. Give it another parent there.",
                    name=item.intent.name,
                    id=item.intent.external_id,
                )
            )
            for item in staged
            if self._is_above_itself(item.intent.external_id, parents)
        }

    @api.model
    def _is_above_itself(self, category, parents):
        seen, above = set(), parents.get(category)
        while above not in SHOP_ROOTS and above not in seen:
            if above == category:
                return True
            seen.add(above)
            above = parents.get(above)
        return False

    def _load(self, backend, staged):
        intents = {
            item.intent.external_id: item.intent for item in staged if item.intent.parent_id not in SHOP_ROOTS[:2]
        }
        above = {intent.parent_id for intent in intents.values()} - {*SHOP_ROOTS, *intents}
        known = self._known(backend, {*intents, *above})
        self._create_levels(backend, intents, above, known)
        ours = self._made_here(backend, intents)
        parents = {
            external_id: known[intent.parent_id] if intent.parent_id in known else self.env["product.category"]
            for external_id, intent in intents.items()
            if external_id in ours
        }
        moved = [external_id for external_id, parent in parents.items() if known[external_id].parent_id != parent]
        for external_id in moved:  # one by one: Odoo mixes up the paths of a parent and its child that move together
            known[external_id].parent_id = False
        for external_id in moved:
            known[external_id].parent_id = parents[external_id]
        for external_id in parents:
            self._write_changes(known[external_id], {"name": self._name_of(external_id, intents)})
        return {}

    def _create_levels(self, backend, intents, above, known):
        """Make what is missing, parents before children. A parent that was not fetched yet gets its name later."""
        missing = [external_id for external_id in (*sorted(above), *sorted(intents)) if external_id not in known]
        while missing:
            level = [
                external_id
                for external_id in missing
                if external_id not in intents or intents[external_id].parent_id not in missing
            ]
            made = self.env["product.category"].create(
                [
                    {
                        "name": self._name_of(external_id, intents),
                        "parent_id": known[intents[external_id].parent_id].id
                        if external_id in intents and intents[external_id].parent_id in known
                        else False,
                    }
                    for external_id in level
                ]
            )
            known.update(zip(level, made, strict=True))
            self.env["magento.binding"]._bind(
                backend,
                "categories",
                [(str(external_id), known[external_id], known[external_id].name) for external_id in level],
                made.ids,
            )
            missing = [external_id for external_id in missing if external_id not in known]

    def _name_of(self, external_id, intents):
        named = intents[external_id].name if external_id in intents else ""
        return named or self.env._("Category %(id)s", id=external_id)

    # -- lookups ---------------------------------------------------------------------------------------------------

    @api.model
    def _known(self, backend, external_ids):
        """dict of the shop's category id → product.category"""
        found = self.env["magento.binding"]._find(backend, "categories", [str(one) for one in external_ids])
        return {int(external_id): category for external_id, category in found.items()}

    @api.model
    def _made_here(self, backend, external_ids):
        links = self.env["magento.binding"]._links(backend, "categories", [str(one) for one in external_ids])
        return {int(external_id) for external_id, link in links.items() if link.made_here}

    @api.model
    def _parents(self, backend):
        """dict of the shop's category id → its parent's, as they are here"""
        links = self.env["magento.binding"].search([("backend_id", "=", backend.id), ("entity", "=", "categories")])
        by_category = {link.res_id: int(link.external_id) for link in links}
        categories = self.env["product.category"].browse(by_category).exists()
        return {by_category[category.id]: by_category.get(category.parent_id.id) for category in categories}

    @api.model
    def _depths(self, backend, external_ids):
        """dict of the shop's category id → (how deep it is, product.category), of those that are known"""
        if not external_ids:
            return {}
        return {
            external_id: (category.parent_path.count("/"), category)
            for external_id, category in self._known(backend, external_ids).items()
        }

    @api.model
    def _category_ids(self, backend):
        """Ids of all product categories that are the shop's."""
        rows = self.env["magento.binding"]._read_group(
            [("backend_id", "=", backend.id), ("entity", "=", "categories")], ["res_id"]
        )
        return {res_id for (res_id,) in rows}
