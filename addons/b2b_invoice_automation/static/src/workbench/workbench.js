// The workbench of cash application: bank lines on the left, the decision about one on the right, everything by keyboard.

import { Component, onMounted, onWillStart, useExternalListener, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/views/fields/formatters";
import { parseFloat as parseAmount } from "@web/views/fields/parsers";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Decision } from "./decision";
import { WorkbenchHelp } from "./help";
import { onKey } from "./keys";
import { Lookup, SEARCH_DELAY } from "./lookup";
import { DESTINATIONS, REASONS, STATES, TABS } from "./words";

const LINES = "account.bank.statement.line";
const READS = "b2b.workbench";
const COMMERCIAL_ENTITY = ["|", ["parent_id", "=", false], ["is_company", "=", true]];
const PAGE = 40;

export class Workbench extends Component {
    static template = "b2b_invoice_automation.Workbench";
    static components = { WorkbenchHelp };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.root = useRef("root");
        this.lookup = new Lookup();
        this.tabs = TABS;
        this.reasons = REASONS;
        const context = this.props.action.context || {};
        const params = this.props.action.params || {};
        this.state = useState({
            tab: context.tab || (params.line_id ? "all" : "todo"),
            journalId: context.active_model === "account.journal" ? context.active_id : false,
            words: "",
            lines: [],
            overview: null,
            lineId: null,
            line: null,
            decision: null,
            cursor: 0,
            panel: null,
            people: [],
            found: [],
            partners: [],
            question: "",
            personId: false,
            done: [],
            message: "",
            error: "",
            busy: false,
            inDetail: Boolean(params.line_id),
        });
        useExternalListener(window, "keydown", (event) => onKey(this, event));
        onWillStart(async () => {
            await this.load();
            const first = params.line_id || (this.state.lines[0] && this.state.lines[0].id);
            if (first) {
                await this.show(first);
            }
        });
        onMounted(() => this.focusList());
    }

    // -- reading ----------------------------------------------------------------------------------------------------

    async load(more = false) {
        const known = this.state.lines.length;
        const { tab, journalId, words } = this.state;
        const range = more ? [known, PAGE] : [0, Math.max(known, PAGE)];
        const answer = await this.orm.call(READS, "get_list", [tab, journalId, words, ...range]);
        this.state.lines = more ? [...this.state.lines, ...answer.lines] : answer.lines;
        this.state.overview = answer;
    }

    /** The list from its beginning, with other filters. */
    async reload() {
        this.state.lines = [];
        await this.load();
        await this.show(this.state.lines.length ? this.state.lines[0].id : null);
    }

    async show(id) {
        this.state.lineId = id;
        this.state.error = "";
        this.state.panel = null;
        this._clearLookup();
        this.state.cursor = 0;
        if (!id) {
            this.state.line = this.state.decision = null;
            return;
        }
        const line = await this.orm.call(READS, "get_line", [id]);
        if (this.state.lineId === id) {
            this.state.line = line;
            this.state.decision = new Decision(line);
            this._scrollTo(id);
        }
    }

    async open(id) {
        this.state.inDetail = true;
        await this.show(id);
    }

    back() {
        this.state.inDetail = false;
    }

    _scrollTo(id) {
        const row = this.root.el && this.root.el.querySelector(`[data-line="${id}"]`);
        if (row) {
            row.scrollIntoView({ block: "nearest" });
        }
    }

    /** The keys are the list's again: on a button that was used, Enter would press it once more. */
    focusList() {
        const list = this.root.el && this.root.el.querySelector(".o_wb_list");
        if (list) {
            list.focus({ preventScroll: true });
        }
    }

    async setTab(tab) {
        this.state.tab = tab;
        await this.reload();
    }

    async setJournal(event) {
        this.state.journalId = Number(event.target.value) || false;
        await this.reload();
    }

    search(event) {
        this.state.words = event.target.value;
        browser.clearTimeout(this._timer);
        this._timer = browser.setTimeout(() => this.reload(), SEARCH_DELAY);
    }

    get position() {
        return this.state.lines.findIndex((line) => line.id === this.state.lineId);
    }

    async move(step) {
        const next = this.position + step;
        if (next >= this.state.lines.length && this.hasMore) {
            await this.load(true);
        }
        const line = this.state.lines[Math.max(next, 0)];
        if (line && line.id !== this.state.lineId) {
            await this.show(line.id);
        }
    }

    get hasMore() {
        return this.state.overview && this.state.lines.length < this.state.overview.total;
    }

    // -- deciding ---------------------------------------------------------------------------------------------------

    get isOpen() {
        return this.state.line && !this.state.line.done;
    }

    get mayDecide() {
        return this.isOpen && this.state.line.may_apply && !this.isWaiting;
    }

    /** Whether a call is on its way, or the shown line is not the one that is chosen in the list yet. */
    get isWaiting() {
        return this.state.busy || (this.state.line && this.state.line.id !== this.state.lineId);
    }

    get isApplied() {
        const line = this.state.line;
        return line && (line.done || line.applied.length > 0 || ["applied", "manual"].includes(line.state));
    }

    toggle(id) {
        if (this.mayDecide) {
            this.state.decision.toggle(id);
        }
    }

    toggleNumber(number) {
        const item = this.state.line && this.state.line.items[number];
        if (item) {
            this.state.cursor = number;
            this.toggle(item.id);
        }
    }

    setAmount(id, event) {
        try {
            this.state.decision.setAmount(id, parseAmount(event.target.value || "0"));
            this.state.error = "";
        } catch {
            this.state.error = _t("“%s” is no amount.", event.target.value);
        }
        const entry = this.state.decision.entry(id);
        event.target.value = entry ? this.float(entry.amount) : "";
    }

    propose(candidate) {
        if (this.mayDecide) {
            this.state.decision.propose(candidate);
            this.focusList();
        }
    }

    proposeNext() {
        const candidates = this.candidates;
        if (candidates.length) {
            const at = candidates.findIndex((one) => this.isProposed(one));
            this.propose(candidates[(at + 1) % candidates.length]);
        }
    }

    isProposed(candidate) {
        const proposal = this.state.decision.proposal;
        return Boolean(proposal) && proposal.proposal_id === candidate.proposal_id;
    }

    get candidates() {
        return this.state.line ? this.state.line.candidates : [];
    }

    destine(to) {
        const decision = this.state.decision;
        if (!this.mayDecide) {
            return;
        }
        if (!Object.values(decision.destinations).includes(to)) {
            this.state.error = !decision.difference
                ? ["deduction", "part", "write_off"].includes(to)
                    ? _t("The payment covers what is chosen. Write an item's whole open amount beside it: what is short of it can then be a deduction.")
                    : _t("Nothing is left over. Press C to choose nothing, then the whole payment is.")
                : decision.isShort
                  ? _t("The payment is short of the chosen items: it stays open (O), is a deduction (D) or written off (W).")
                  : _t("Money is left over: put it on account (P), pay it back (R) or write it off (W).");
            return;
        }
        if (["account", "refund"].includes(to) && !this.state.line.partner && !decision.chosen.length) {
            this.openPanel("payer");
            this.state.error = _t("Nobody knows who paid. Say who it was, then choose again.");
            return;
        }
        this.state.error = "";
        decision.rest.to = to;
        this.focusList();
        if (to === "deduction") {
            this.openPanel("deduction");
        }
    }

    get destinations() {
        const decision = this.state.decision;
        return Object.values(decision.destinations).map((to) => ({
            to,
            label: DESTINATIONS[to][0],
            key: DESTINATIONS[to][1],
            chosen: decision.rest.to === to,
        }));
    }

    clear() {
        if (this.mayDecide) {
            this.state.decision.clear();
            this.focusList();
        }
    }

    async accept() {
        const decision = this.state.decision;
        if (!this.mayDecide) {
            return;
        }
        if (!decision.isComplete) {
            this.state.error = decision.difference
                ? _t("%s is not explained yet. Say what becomes of it.", this.money(decision.difference, decision.currencyId))
                : _t("Choose what the payment is for.");
            return;
        }
        if (decision.isAboveLimit) {
            return this.askManager();
        }
        const proposalId = decision.proposal ? decision.proposal.proposal_id : false;
        const rest = decision.difference ? { ...decision.rest } : null;
        const name = this.state.line.payer || this.state.line.text;
        const amount = this.money(this.state.line.amount, this.state.line.currency_id);
        const answer = await this._act("action_workbench_apply", [decision.data, rest, proposalId]);
        if (answer) {
            this.state.done.push(this.state.lineId);
            await this._goOn(_t("%(amount)s of %(name)s applied. U takes it back.", { amount, name }));
        }
    }

    async askManager() {
        const decision = this.state.decision;
        const proposalId = decision.proposal ? decision.proposal.proposal_id : false;
        const name = await this._act("action_workbench_ask_manager", [decision.data, proposalId]);
        if (name) {
            await this._goOn(_t("%s is asked to write it off.", name), true);
        }
    }

    async undo() {
        const id = this.isApplied ? this.state.lineId : this.state.done.at(-1);
        if (!id || this.isWaiting || !this.state.overview.may_apply) {
            this.state.message = _t("There is nothing to take back.");
            return;
        }
        if (id !== this.state.lineId) {
            await this.show(id);
        }
        if (await this._act("action_workbench_undo", [])) {
            this.state.done = this.state.done.filter((one) => one !== id);
            await this.load();
            await this.show(id);
            this.state.message = _t("Taken back.");
        }
    }

    /** One call about the shown line; what the server refuses is shown, and the line read again where it changed. */
    async _act(method, args) {
        this.state.busy = true;
        this.state.error = "";
        const id = this.state.line.id;
        try {
            const answer = await this.orm.silent.call(LINES, method, [[id], this.state.line.version, ...args]);
            this.focusList();
            return answer;
        } catch (error) {
            if (!String(error.exceptionName || "").startsWith("odoo.exceptions")) {
                throw error;
            }
            const line = await this.orm.call(READS, "get_line", [id]);
            if (line.version !== this.state.line.version) {
                this.state.line = line;
                this.state.decision = new Decision(line);
            }
            this.state.error = error.data.message;
        } finally {
            this.state.busy = false;
        }
    }

    /** On to the next line of the list; `stays` where the decided one remains in it. */
    async _goOn(message, stays = false) {
        const at = this.position;
        const next = this.state.lines[at + 1] || this.state.lines[stays ? at : at - 1];
        this.state.message = message;
        if (!next) {
            this.state.inDetail = false;
        }
        await Promise.all([this.load(), this.show(next ? next.id : null)]);
    }

    // -- panels -------------------------------------------------------------------------------------------------------

    openPanel(name) {
        this._clearLookup();
        this.state.panel = name;
        this._focusSoon(`.o_wb_panel_${name} .o_wb_first`);
    }

    closePanel() {
        this._clearLookup();
        this.state.panel = null;
        this.focusList();
    }

    _focusSoon(selector) {
        browser.setTimeout(() => {
            const element = this.root.el && this.root.el.querySelector(selector);
            if (element) {
                element.focus();
                element.scrollIntoView({ block: "nearest" });
            }
        });
    }

    async openAsk() {
        if (!this.mayDecide) {
            return;
        }
        if (!this.state.people.length) {
            this.state.people = await this.orm.call(READS, "get_people", []);
        }
        const seller = this.state.line.items.map((item) => item.salesperson).find(Boolean);
        this.state.personId = this.state.line.salesperson || seller || this.state.people[0]?.id || false;
        this.state.question = "";
        this.openPanel("ask");
    }

    async ask() {
        if (await this._act("action_workbench_ask", [this.state.question, Number(this.state.personId)])) {
            const person = this.state.people.find((one) => one.id === Number(this.state.personId));
            await this._goOn(_t("%s is asked.", person ? person.name : ""), true);
        }
    }

    /** What was found belongs to words that are no longer there. */
    _clearLookup() {
        this.lookup.forget();
        this.state.found = [];
        this.state.partners = [];
    }

    findItems(event) {
        const words = event.target.value;
        this._clearLookup();
        this.lookup.look(
            () => this.orm.call(READS, "get_items", [this.state.lineId, words]),
            (answer) => {
                const known = new Set(this.state.line.items.map((item) => item.id));
                this.state.found = answer.items.filter((item) => !known.has(item.id));
                Object.assign(this.state.line.waiting, answer.waiting);
            }
        );
    }

    /** Take an item that was looked for among those of the line, and choose it. */
    takeItem(item) {
        this.state.line.items.push(item);
        this.state.found = this.state.found.filter((one) => one.id !== item.id);
        this.toggle(item.id);
    }

    findPartners(event) {
        const words = event.target.value.trim();
        this._clearLookup();
        if (words) {
            this.lookup.look(
                () => this.orm.call("res.partner", "name_search", [words, COMMERCIAL_ENTITY], { limit: 8 }),
                (partners) => {
                    this.state.partners = partners;
                }
            );
        }
    }

    async setPayer(partnerId) {
        this.state.partners = [];
        if (await this._act("action_workbench_payer", [partnerId])) {
            await this.load();
            await this.show(this.state.lineId);
        }
    }

    async forget(alias) {
        await this.orm.call("b2b.payer.alias", "action_forget", [[alias.id]]);
        this.state.line.learned = this.state.line.learned.filter((one) => one.id !== alias.id);
        this.state.message = _t("“%s” is forgotten.", alias.name);
    }

    openRecord(model, id) {
        this.action.doAction({ type: "ir.actions.act_window", res_model: model, res_id: id, views: [[false, "form"]] });
    }

    // -- words --------------------------------------------------------------------------------------------------------

    money(amount, currencyId) {
        return formatCurrency(amount, currencyId);
    }

    float(amount) {
        return formatFloat(amount, { digits: [16, this.state.decision.digits] });
    }

    stateOf(line) {
        const [label, tone] = STATES[line.state] || STATES.old;
        return { label, tone };
    }

    /** The text in pieces, those that were recognised with what they are. */
    get pieces() {
        const { text, spans } = this.state.line;
        const pieces = [];
        let at = 0;
        for (const span of spans) {
            pieces.push({ text: text.slice(at, span.start), kind: null });
            pieces.push({ text: text.slice(span.start, span.end), kind: span.kind, title: span.title });
            at = span.end;
        }
        pieces.push({ text: text.slice(at), kind: null });
        return pieces.filter((piece) => piece.text);
    }

    get progress() {
        const { progress, counts } = this.state.overview;
        const finished = progress.untouched + progress.by_hand;
        const automatic = progress.untouched + progress.corrected;
        return {
            ...progress,
            finished,
            left: counts.todo,
            rate: progress.decided ? ((100 * progress.untouched) / progress.decided).toFixed(1) : null,
            corrected_rate: automatic ? ((100 * progress.corrected) / automatic).toFixed(1) : "0.0",
            width: finished + counts.todo ? (100 * finished) / (finished + counts.todo) : 100,
        };
    }
}

registry.category("actions").add("b2b_workbench", Workbench);
