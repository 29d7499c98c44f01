// What the workbench calls its tabs, states, destinations and reasons. Apart from the screen, because keys and views share them.

import { _t } from "@web/core/l10n/translation";

export const TABS = [
    ["todo", _t("To do")],
    ["proposed", _t("Proposed")],
    ["case", _t("Cases")],
    ["applied", _t("Applied")],
    ["all", _t("All")],
];
export const STATES = {
    new: [_t("New"), "secondary"],
    proposed: [_t("Proposed"), "info"],
    case: [_t("Case"), "warning"],
    applied: [_t("Applied"), "success"],
    manual: [_t("By hand"), "success"],
    old: [_t("Before"), "secondary"],
    none: [_t("No amount"), "secondary"],
};
export const DESTINATIONS = {
    account: [_t("Put on account"), "P"],
    refund: [_t("Pay back"), "R"],
    write_off: [_t("Write off"), "W"],
    deduction: [_t("Deduction"), "D"],
    part: [_t("Stays open"), "O"],
};
export const REASONS = [
    ["unexplained", _t("Not explained")],
    ["discount_late", _t("Discount taken too late")],
    ["bank_charge", _t("Bank charges")],
    ["price", _t("Price")],
    ["quantity", _t("Quantity")],
    ["goods", _t("Goods returned or damaged")],
    ["promotion", _t("Promotion or rebate")],
];
