import { Component, onWillStart, onWillUnmount, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const SECONDS_BETWEEN_LOOKS = 2;

/** What a billing run bills and why the rest waits, by cause and currency; while it runs, how far it is, by itself. */
export class BillingRunSummary extends Component {
    static template = "b2b_invoice_automation.BillingRunSummary";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.summary = useState({ state: "draft", done: 0, all: 0, groups: [] });
        onWillStart(() => this.look(this.props.record));
        onWillUpdateProps(({ record }) => this.look(record));
        onWillUnmount(() => clearTimeout(this.timer));
    }

    async look(record) {
        clearTimeout(this.timer);
        if (!record.resId) {
            Object.assign(this.summary, { state: "draft", done: 0, all: 0, groups: [] });
            return;
        }
        Object.assign(this.summary, await this.orm.silent.call("b2b.billing.run", "get_summary", [record.resId]));
        if (this.summary.state === "running") {
            this.timer = setTimeout(() => this.lookAgain(record), 1000 * SECONDS_BETWEEN_LOOKS);
        }
    }

    /** The form itself is only loaded again when the run has ended: reading stays undisturbed meanwhile. */
    async lookAgain(record) {
        await this.look(record);
        if (this.summary.state !== "running") {
            await record.load();
        }
    }

    get percent() {
        return this.summary.all ? Math.floor((100 * this.summary.done) / this.summary.all) : 0;
    }

    colour(group) {
        return { planned: "info", pending: "info", billed: "success", aside: "danger" }[group.state] || "warning";
    }

    /** In how many invoices the rows are, or will be. */
    invoices(group) {
        if (group.state === "aside" || group.state === "waits") {
            return "";
        }
        return group.invoices === 1 ? _t("1 invoice") : _t("%s invoices", group.invoices);
    }

    open(group) {
        const code = group.state === "waits" ? [["code", "=", group.code]] : [];
        this.action.doAction({
            type: "ir.actions.act_window",
            name: group.label,
            res_model: "b2b.billing.run.line",
            views: [
                [false, this.env.isSmall ? "kanban" : "list"],
                [false, "form"],
            ],
            domain: [["run_id", "=", this.props.record.resId], ["state", "=", group.state], ...code],
        });
    }
}

registry.category("view_widgets").add("b2b_billing_run_summary", {
    component: BillingRunSummary,
    fieldDependencies: [{ name: "state", type: "selection" }],
});
