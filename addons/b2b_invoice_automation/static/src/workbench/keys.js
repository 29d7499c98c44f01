// The keys of the workbench. Apart from the screen: here is the whole list of them, and when a key is meant for the screen.

const WRITING = "input:not([type=checkbox]), textarea, select, [contenteditable=true]";
const ELSEWHERE = ".modal, .o_command_palette, .o-dropdown--menu, .o-mail-ChatWindow";

const KEYS = {
    a: (bench) => bench.accept(),
    enter: (bench) => bench.accept(),
    j: (bench) => bench.move(1),
    arrowdown: (bench) => bench.move(1),
    k: (bench) => bench.move(-1),
    arrowup: (bench) => bench.move(-1),
    n: (bench) => bench.proposeNext(),
    c: (bench) => bench.clear(),
    p: (bench) => bench.destine("account"),
    r: (bench) => bench.destine("refund"),
    w: (bench) => bench.destine("write_off"),
    d: (bench) => bench.destine("deduction"),
    o: (bench) => bench.destine("part"),
    s: (bench) => bench.openAsk(),
    u: (bench) => bench.undo(),
    y: (bench) => bench.mayDecide && bench.openPanel("payer"),
    f: (bench) => bench.mayDecide && bench.openPanel("find"),
    "?": (bench) => bench.openPanel("help"),
    "/": (bench) => bench.root.el.querySelector(".o_wb_search").focus(),
    " ": (bench) => bench.toggleNumber(bench.state.cursor),
    arrowright: (bench) => moveCursor(bench, 1),
    arrowleft: (bench) => moveCursor(bench, -1),
    escape: (bench) => bench.closePanel(),
};

/** The next of the items, for the space bar. */
function moveCursor(bench, step) {
    const count = bench.state.line ? bench.state.line.items.length : 0;
    if (count) {
        bench.state.cursor = (bench.state.cursor + step + count) % count;
    }
}

/**
 * @param {Workbench} bench
 * @param {KeyboardEvent} event
 */
export function onKey(bench, event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || !bench.root.el) {
        return;
    }
    if (document.querySelector(ELSEWHERE)) {
        return;
    }
    const key = event.key.toLowerCase();
    if (event.target.closest && event.target.closest(WRITING)) {
        inField(bench, event, key);
        return;
    }
    const pressable = { enter: "button, a", " ": "button, a, input" }[key];
    if (pressable && event.target.closest && event.target.closest(pressable)) {
        return;
    }
    if (bench.state.panel === "help" && key !== "?") {
        event.preventDefault();
        bench.closePanel();
        return;
    }
    const act = /^[1-9]$/.test(key) ? () => bench.toggleNumber(Number(key) - 1) : KEYS[key];
    if (act) {
        event.preventDefault();
        act(bench);
    }
}

/** In a field only two keys mean something: Escape leaves it, Enter takes what was written, once its answer is there. */
function inField(bench, event, key) {
    if (key === "escape") {
        event.preventDefault();
        event.target.blur();
        bench.closePanel();
    } else if (key === "enter" && event.target.tagName !== "TEXTAREA") {
        event.preventDefault();
        if (bench.lookup.isPending) {
            return;
        }
        event.target.blur();
        if (bench.state.panel === "deduction") {
            bench.closePanel();
            bench.accept();
        } else if (bench.state.panel === "payer" && bench.state.partners.length) {
            bench.setPayer(bench.state.partners[0][0]);
        } else if (bench.state.panel === "find" && bench.state.found.length) {
            bench.takeItem(bench.state.found[0]);
        }
        bench.focusList();
    }
}
