"""Contract prices as the shop's tier prices, as far as these can say what was agreed.

The shop knows one price for a customer group, a product and a quantity of one order line. A contract is one customer's,
so its customer must have a group of its own there. Volume tiers of a fixed price or a discount can be said so; slices
at different prices, quantities counted over orders or periods, and prices that follow our cost cannot: they are listed.
"""

from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.b2b_invoice_automation.models.b2b_contract_pricing import PriceRequest

DECIMALS = 4


class MagentoPushContractPrice(models.AbstractModel):
    _name = "magento.push.contract.price"
    _description = "Contract Prices Told to the Shop"

    @api.model
    def _add_contracts(self, backend, products, scope, ladders, problems):
        """Put the prices of contracts in force in the place of those of their customers' groups.

        :param dict ladders: (group name, product) → [(quantity, price)], changed in place
        """
        today = fields.Date.context_today(self)
        by_partner = self._contracts_by_partner(scope.company, today)
        for partner, group in self._groups_of(backend, by_partner, problems).items():
            contracts = by_partner[partner]
            fitting = self._expressible(contracts.rule_ids, today, problems)
            rungs = self._contract_ladders(contracts, fitting, products, scope, today)
            for product, ladder in rungs.items():
                below = [step for step in ladders.get((group.name, product), ()) if step[0] < ladder[0][0]]
                ladders[group.name, product] = [*below, *ladder]

    @api.model
    def _contracts_by_partner(self, company, today):
        contracts = self.env["b2b.contract"].search(
            self.env["b2b.contract"]._in_force_domain(today) & Domain("company_id", "=", company.id),
            order="sequence, date_start desc, id desc",
        )
        return contracts.grouped("partner_id")

    @api.model
    def _groups_of(self, backend, partners, problems):
        """dict of customer → its own group in the shop; who has none is named."""
        members = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "in", [partner.id for partner in partners]),
                ("magento_group_id.backend_id", "=", backend.id),
            ]
        )
        groups = {}
        for member in members:
            groups.setdefault(member.commercial_partner_id, member.magento_group_id)
        sharing = self.env["res.partner"].search([("magento_group_id", "in", [group.id for group in groups.values()])])
        owners = defaultdict(set)
        for member in sharing:
            owners[member.magento_group_id].add(member.commercial_partner_id)
        found = {}
        for partner, group in groups.items():
            if owners[group] == {partner}:
                found[partner] = group
            else:
                problems.append(
                    self.env._(
                        "%(customer)s shares the shop's group “%(group)s” with others, who would get its contract "
                        "prices too. Give it a group of its own in the shop.",
                        customer=partner.display_name,
                        group=group.name,
                    )
                )
        return found

    @api.model
    def _expressible(self, rules, today, problems):
        """The rules that count today and that the shop can express."""
        fitting = rules.browse()
        for rule in rules:
            if (rule.date_start and rule.date_start > today) or (rule.date_end and rule.date_end < today):
                continue
            why = self._why_not_expressible(rule)
            if why:
                problems.append(
                    self.env._(
                        "%(contract)s, %(rule)s: %(why)s",
                        contract=rule.contract_id.display_name,
                        rule=rule.display_name,
                        why=why,
                    )
                )
            else:
                fitting += rule
        return fitting

    @api.model
    def _why_not_expressible(self, rule):
        if rule.computation == "cost_plus":
            return self.env._("the price follows our cost, which the shop does not know.")
        if rule.mode == "graduated":
            return self.env._("each slice has its own price; the shop has one price for the whole quantity.")
        if rule.basis != "line":
            return self.env._("quantities are counted over several lines or orders; the shop looks at one line.")
        if rule.tier_ids.sorted("floor")[-1:].ceiling:
            return self.env._("the price ends at a quantity; the shop's tiers have no end.")
        return ""

    @api.model
    def _contract_ladders(self, contracts, fitting, products, scope, today):
        """dict of product → [(quantity, price)] under a customer's contracts.

        A product that is priced by a rule which the shop cannot express is left out.
        """
        requests = [
            PriceRequest(
                key=(product, quantity),
                product=product,
                quantity=quantity,
                uom=product.uom_id,
                day=today,
                contracts=contracts,
                currency=scope.currency,
                company=scope.company,
            )
            for product, quantities in self._steps(contracts.rule_ids, products).items()
            for quantity in sorted(quantities)
        ]
        priced = self.env["b2b.contract"]._price(requests) if requests else {}
        ladders, spoiled = defaultdict(list), set()
        for (product, quantity), line in priced.items():
            if line.rule is None:
                continue
            if line.rule not in fitting._ids or line.total is None or len(line.slices) != 1:
                spoiled.add(product)
                continue
            price = self._in_terms(float(line.slices[0].unit_price), scope.currency, product, scope)
            ladders[product].append((quantity, round(price, DECIMALS)))
        return {product: ladder for product, ladder in ladders.items() if product not in spoiled}

    @api.model
    def _steps(self, rules, products):
        """dict of product → quantities, in its own unit, at which some rule's price may change."""
        steps = defaultdict(set)
        for rule in rules:
            for product in self._covered(rule, products):
                factor = rule.uom_id.factor / product.uom_id.factor if rule.uom_id else 1.0
                if rule.uom_id and not rule.uom_id._has_common_reference(product.uom_id):
                    continue
                steps[product] |= {1.0, *(tier.floor * factor for tier in rule.tier_ids if tier.floor * factor > 1)}
        return steps

    @api.model
    def _covered(self, rule, products):
        if rule.scope == "variant":
            return [rule.product_id] if rule.product_id in products else []
        if rule.scope == "product":
            return [product for product in rule.product_tmpl_id.product_variant_ids if product in products]
        if rule.scope == "category":
            path = rule.categ_id.parent_path or "/"
            return [product for product in products if (product.categ_id.parent_path or "").startswith(path)]
        return list(products)
