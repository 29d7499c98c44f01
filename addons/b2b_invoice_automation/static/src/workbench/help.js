// The keys, explained over the workbench.

import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

export class WorkbenchHelp extends Component {
    static template = "b2b_invoice_automation.WorkbenchHelp";
    static props = { close: Function };

    keys = [
        ["Enter, A", _t("accept, and on to the next line")],
        ["J, ↓ · K, ↑", _t("next line, previous line")],
        ["1 … 9", _t("choose an item, or choose it no more")],
        ["← → Space", _t("go to an item, choose it")],
        ["N", _t("next proposal")],
        ["C", _t("choose nothing")],
        ["F", _t("find any other open item")],
        ["Y", _t("say who paid")],
        ["P", _t("left over: put it on account")],
        ["R", _t("left over: pay it back")],
        ["W", _t("write the difference off")],
        ["D", _t("short: make it a deduction, with a reason")],
        ["O", _t("short: it stays open")],
        ["S", _t("ask sales")],
        ["U", _t("undo the shown line, or the last one")],
        ["/", _t("search bank lines")],
        ["?", _t("these keys")],
        ["Esc", _t("close, leave a field")],
    ];
}
