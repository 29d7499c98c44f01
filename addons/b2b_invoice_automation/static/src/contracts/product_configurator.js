import { ComboConfiguratorDialog } from "@sale/js/combo_configurator_dialog/combo_configurator_dialog";
import { ProductConfiguratorDialog } from "@sale/js/product_configurator_dialog/product_configurator_dialog";
import { SaleOrderLineProductField } from "@sale/js/sale_product_field";
import { patch } from "@web/core/utils/patch";

for (const dialog of [ProductConfiguratorDialog, ComboConfiguratorDialog]) {
    dialog.props = { ...dialog.props, b2bContractId: { type: Number, optional: true } };
}

patch(SaleOrderLineProductField.prototype, {
    _getAdditionalDialogProps() {
        const contract = this.props.record.model.root.data.b2b_contract_id;
        return { ...super._getAdditionalDialogProps(), ...(contract && { b2bContractId: contract.id }) };
    },
});

patch(ProductConfiguratorDialog.prototype, {
    _getAdditionalRpcParams() {
        const contract = this.props.b2bContractId;
        return { ...super._getAdditionalRpcParams(), ...(contract && { b2b_contract_id: contract }) };
    },
});
