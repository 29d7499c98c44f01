/** @odoo-module **/
// The overview of order to cash: what is owed, how fast it comes in, how much went untouched, what waits for a person.

import { Component, onWillStart, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

export class OrderToCashOverview extends Component {
    static template = "b2b_invoice_automation.Overview";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ figures: null });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.figures = await this.orm.call("b2b.overview", "get_figures", []);
    }

    money(amount) {
        return formatCurrency(amount, this.state.figures.currency_id, { humanReadable: Math.abs(amount) >= 1e6 });
    }

    number(value, digits = 1) {
        return value === null || value === false ? "–" : value.toFixed(digits);
    }

    percent(part, whole) {
        return whole ? `${((100 * part) / whole).toFixed(1)} %` : "–";
    }

    /** Width of a bar in percent of the longest one of its list. */
    width(value, list, field) {
        const longest = Math.max(...list.map((entry) => Math.abs(entry[field] || 0)), 0);
        return longest && value ? Math.max(1, (100 * Math.abs(value)) / longest) : 0;
    }

    get agreesWithLedger() {
        return this.state.figures.ledger_difference === 0;
    }

    openItems(name, domain) {
        this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: "account.move.line",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain,
            context: { search_default_group_by_partner: 1 },
        });
    }

    openReceivables() {
        this.openItems(_t("Open receivables"), this.state.figures.domain);
    }

    openOverdue() {
        this.openItems(_t("Overdue receivables"), this.state.figures.overdue_domain);
    }

    openBucket(bucket) {
        this.openItems(bucket.label, bucket.domain);
    }

    openExpected() {
        this.action.doAction("b2b_invoice_automation.b2b_remittance_action", {
            additionalContext: { search_default_expected: 1, search_default_group_expected: 1 },
        });
    }

    openWaiting(entry) {
        this.action.doAction(entry.action, entry.options);
    }
}

registry.category("actions").add("b2b_overview", OrderToCashOverview);
