"""The product configurator of an order under a contract shows the contract's prices."""

from odoo.http import request

from odoo.addons.sale.controllers.product_configurator import SaleProductConfiguratorController


class ContractProductConfigurator(SaleProductConfiguratorController):
    def _get_basic_product_information(
        self, product_or_template, pricelist, combination, b2b_contract_id=None, **kwargs
    ):
        """Show the price of the order's contract, where it has one for the variant.

        :param int b2b_contract_id: the order's contract
        """
        values = super()._get_basic_product_information(product_or_template, pricelist, combination, **kwargs)
        if b2b_contract_id and product_or_template.is_product_variant:
            price = self._b2b_contract_price(int(b2b_contract_id), product_or_template, combination, **kwargs)
            if price is not None:
                values["price"] = price
        return values

    def _b2b_contract_price(self, contract_id, product, combination, quantity, uom, currency, date, **_kwargs):
        contract = request.env["b2b.contract"].search([("id", "=", contract_id)])
        if not contract:
            return None
        contracts, day = contract._for_configurator(currency, date)
        product = product.with_context(**product._get_product_price_context(combination))
        prices = contracts._unit_prices(product, quantity or 1.0, currency, contract.company_id, day, uom=uom)
        return next(iter(prices.values()), None)
