import { Component } from "@odoo/owl";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

export class PriceWhyPopover extends Component {
    static template = "b2b_invoice_automation.PriceWhyPopover";
    static props = { sentences: Array, source: String, close: Function };
}

/** An icon beside the unit price that says, when asked, which rule gave it. */
export class PriceWhy extends Component {
    static template = "b2b_invoice_automation.PriceWhy";
    static props = { ...standardWidgetProps };

    setup() {
        this.popover = usePopover(PriceWhyPopover, { position: "top" });
    }

    get source() {
        return this.props.record.data.b2b_price_source || "pricelist";
    }

    get colour() {
        return { contract: "text-success", manual: "text-warning", unpriced: "text-danger" }[this.source] || "text-muted";
    }

    get sentences() {
        return (this.props.record.data.b2b_price_explanation_text || "").split("\n").filter(Boolean);
    }

    open(event) {
        this.popover.open(event.currentTarget, { sentences: this.sentences, source: this.source });
    }
}

registry.category("view_widgets").add("b2b_price_why", {
    component: PriceWhy,
    fieldDependencies: [
        { name: "b2b_price_source", type: "selection" },
        { name: "b2b_price_explanation_text", type: "text" },
    ],
});
