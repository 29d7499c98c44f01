import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** The boxes beside the invoices: choose all, and download only when something is chosen. */
export class InvoiceChoice extends Interaction {
    static selector = ".o_b2b_invoices";
    dynamicContent = {
        ".o_b2b_all": { "t-on-change": this.chooseAll },
        "input[name=ids]": { "t-on-change": () => {} },
        ".o_b2b_download": { "t-att-disabled": () => !this.chosen.length },
    };

    get chosen() {
        return [...this.el.querySelectorAll("input[name=ids]:checked")];
    }

    chooseAll(event) {
        for (const box of this.el.querySelectorAll("input[name=ids]")) {
            box.checked = event.currentTarget.checked;
        }
    }
}

registry.category("public.interactions").add("b2b_invoice_automation.invoice_choice", InvoiceChoice);
