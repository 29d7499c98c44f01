import { Component } from "@odoo/owl";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** The parts of an explained price, as `price_panel.py` gives them. */
export class PricePanel extends Component {
    static template = "b2b_invoice_automation.PricePanel";
    static props = { why: Object, close: { type: Function, optional: true } };
}

const FIELDS = [
    { name: "b2b_price_source", type: "selection" },
    { name: "b2b_price_why", type: "json" },
];

/** An icon beside the unit price that says, when asked, which rule gave it; a sheet from below on a phone. */
export class PriceWhy extends Component {
    static template = "b2b_invoice_automation.PriceWhy";
    static props = { ...standardWidgetProps };

    setup() {
        this.popover = usePopover(PricePanel, { position: "top", useBottomSheet: this.env.isSmall });
    }

    get source() {
        return this.props.record.data.b2b_price_source || "pricelist";
    }

    get colour() {
        return { contract: "text-success", manual: "text-warning", unpriced: "text-danger" }[this.source] || "text-muted";
    }

    open(event) {
        this.popover.open(event.currentTarget, { why: this.props.record.data.b2b_price_why });
    }
}

registry.category("view_widgets").add("b2b_price_why", { component: PriceWhy, fieldDependencies: FIELDS });

/** The same panel inside a form. */
export class PriceWhyInline extends Component {
    static template = "b2b_invoice_automation.PriceWhyInline";
    static components = { PricePanel };
    static props = { ...standardWidgetProps };
}

registry.category("view_widgets").add("b2b_price_panel", { component: PriceWhyInline, fieldDependencies: FIELDS });
