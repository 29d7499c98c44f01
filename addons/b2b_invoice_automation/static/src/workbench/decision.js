// What the clerk is about to decide about one bank line: chosen items with amounts, what is left over, and where it goes.
// Apart from the screen, so that the arithmetic can be read at once. Amounts are numbers in the chosen items' currency.

import { getCurrency } from "@web/core/currency";

/** A proposal is chosen beforehand from this certainty on, and only where no other is as good. */
const LIKELY = 60;

/** Where money goes that is left over, and what becomes of items that it is short of, by key. */
export const OVER = { p: "account", w: "write_off", r: "refund" };
export const SHORT = { d: "deduction", w: "write_off", o: "part" };

export class Decision {
    /** @param {Object} line as `b2b.workbench.get_line` gives it */
    constructor(line) {
        this.line = line;
        this.clear();
        const [best, next] = line.candidates;
        if (best && best.score >= LIKELY && (!next || next.score < best.score)) {
            this.propose(best);
        }
    }

    clear() {
        this.chosen = [];
        this.proposal = null;
        this.rest = { to: null, reason: "unexplained", note: "" };
    }

    /** Choose what a candidate names, with its amounts; a deduction that it sees is kept as one. */
    propose(candidate) {
        this.clear();
        this.proposal = candidate;
        for (const part of candidate.allocations) {
            const deduction = candidate.deductions[part.item] || 0;
            this.chosen.push({ id: part.item, amount: this.round(part.amount + deduction) });
            if (deduction) {
                this.rest.to = "deduction";
                this.rest.reason = candidate.deduction_reason;
            }
        }
        if (!this.isShort) {
            this.rest.to = null;
        }
    }

    /** Whether all of the line is booked with no item chosen: by a reconciliation model, or as a payment's return. */
    get isWhole() {
        return Boolean(this.proposal) && this.proposal.kind !== "items" && !this.chosen.length;
    }

    get items() {
        return this.line.items;
    }

    item(id) {
        return this.items.find((item) => item.id === id);
    }

    entry(id) {
        return this.chosen.find((entry) => entry.id === id);
    }

    get currencyId() {
        const first = this.chosen.length ? this.item(this.chosen[0].id) : null;
        return first ? first.currency_id : this.line.waiting_currency_id;
    }

    /** Whether items of another currency are paid: then the exchange rate explains the difference. */
    get isForeign() {
        return this.currencyId !== this.line.waiting_currency_id;
    }

    get money() {
        return this.line.waiting[this.currencyId] || 0;
    }

    get applied() {
        const amount = this.chosen.reduce((sum, entry) => sum + entry.amount, 0);
        return this.round(this.isWhole ? this.proposal.amount : amount);
    }

    get left() {
        return this.round(this.money - this.applied);
    }

    /** What needs a destination: nothing where the exchange rate explains the difference. */
    get difference() {
        return this.isForeign || this.isWhole ? 0 : this.left;
    }

    get isShort() {
        return this.difference * this.money < 0;
    }

    get destinations() {
        return !this.difference ? {} : this.isShort ? SHORT : OVER;
    }

    /** Whether everything is said that the server needs. */
    get isComplete() {
        return !this.difference
            ? this.chosen.length > 0 || this.isWhole
            : Object.values(this.destinations).includes(this.rest.to) && (!this.isShort || this.chosen.length > 0);
    }

    /** Whether a write-off is above the clerk's limit; the server counts again, in the company's currency. */
    get isAboveLimit() {
        return (
            this.rest.to === "write_off" &&
            this.currencyId === this.line.company_currency_id &&
            Math.abs(this.difference) > this.line.limit
        );
    }

    toggle(id) {
        const item = this.item(id);
        if (this.isWhole) {
            this.clear();
        }
        if (this.entry(id)) {
            this.chosen = this.chosen.filter((entry) => entry.id !== id);
        } else if (item) {
            if (this.chosen.length && item.currency_id !== this.currencyId) {
                this.clear();
            }
            this.chosen.push({ id, amount: item.residual });
        }
        this._forgetRest();
    }

    setAmount(id, amount) {
        const entry = this.entry(id);
        if (this.isWhole) {
            this.clear();
        }
        if (!amount) {
            this.chosen = this.chosen.filter((one) => one.id !== id);
        } else if (entry) {
            entry.amount = this.round(amount);
        } else {
            this.chosen.push({ id, amount: this.round(amount) });
        }
        this._forgetRest();
    }

    _forgetRest() {
        if (!Object.values(this.destinations).includes(this.rest.to)) {
            this.rest.to = null;
        }
    }

    /** The chosen items as the server takes them. */
    get data() {
        return this.chosen.map((entry) => ({ item: entry.id, amount: entry.amount.toFixed(this.digits) }));
    }

    get digits() {
        const currency = getCurrency(this.currencyId);
        return currency ? currency.digits[1] : 2;
    }

    round(amount) {
        const factor = 10 ** this.digits;
        return Math.round((amount + Number.EPSILON * Math.sign(amount)) * factor) / factor || 0;
    }
}
