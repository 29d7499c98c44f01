import { registry } from "@web/core/registry";

const shown = (words) => `.o_wb_text:contains('${words}')`;
const left = (amount) => `.o_wb_left_amount:contains('${amount}')`;
const press = (content, trigger, key) => ({ content, trigger, run: `press ${key}` });

/** A clerk works through five lines with the keyboard only: accept, deduction, on account, write-off, ask sales. */
registry.category("web_tour.tours").add("b2b_workbench_keys", {
    url: "/odoo/apply-payments",
    steps: () => [
        { content: "The exact proposal comes first, nothing is left over", trigger: shown("exact INV/2026/00500") },
        press("Accept it", left("0.00"), "Enter"),
        { content: "Accepted, and the next line is there", trigger: ".o_wb_message:contains('applied')" },
        { content: "The short payment, with its number marked", trigger: ".o_wb_mark_number:contains('INV/2026/00990')" },
        press("It is short of 15.00, proposed as a deduction: say why", left("-15.00"), "d"),
        {
            content: "Choose the reason",
            trigger: ".o_wb_panel_deduction select",
            run: "selectByLabel Bank charges",
        },
        { content: "Enter in the note accepts", trigger: ".o_wb_panel_deduction input", run: "edit Says the bank" },
        press("Accept", ".o_wb_panel_deduction input:focus", "Enter"),
        { content: "Nothing is open for this payer's money", trigger: shown("prepayment") },
        press("Put it on account", left("120.00"), "p"),
        press("Accept", ".o_wb_dest_account[aria-pressed=true]", "Enter"),
        { content: "Too much was paid", trigger: shown("over INV/2026/00700") },
        press("Write it off", left("3.00"), "w"),
        press("Accept with the other key", ".o_wb_dest_write_off[aria-pressed=true]", "a"),
        { content: "Nobody knows this payer", trigger: shown("whose is this") },
        press("Nothing can be accepted: ask sales", ".o_wb_foot:has(.o_wb_accept:disabled)", "s"),
        { content: "The question", trigger: ".o_wb_panel_ask textarea", run: "edit Is this one of yours?" },
        press("Go to the button", ".o_wb_panel_ask textarea:focus", "Tab"),
        press("Go on to the button", ".o_wb_panel_ask select:focus", "Tab"),
        press("Ask", ".o_wb_send:focus", "Enter"),
        { content: "Asked", trigger: ".o_wb_message:contains('is asked')" },
        press("Take the last applied line back", shown("whose is this"), "u"),
        { content: "It is open again", trigger: ".o_wb_message:contains('Taken back')" },
        press("Choose its item by number", ".o_wb_item:nth-child(2):contains('INV/2026/00700')", "2"),
        press("Write it off again", ".o_wb_left_amount:not(:contains('703'))", "w"),
        press("Accept", ".o_wb_dest_write_off[aria-pressed=true]", "a"),
        { content: "Applied again", trigger: ".o_wb_message:contains('applied')" },
        press("The keys are explained", shown("whose is this"), "?"),
        press("And go away", ".o_wb_help", "Escape"),
        { content: "Only the asked line is left", trigger: ".o_wb:not(:has(.o_wb_help)) .o_wb_row:only-child:contains('whose is this')" },
    ],
});

/** Whoever used the mouse for a button goes on by keyboard: the keys are the list's again, Enter included. */
registry.category("web_tour.tours").add("b2b_workbench_mouse_and_keys", {
    url: "/odoo/apply-payments",
    steps: () => [
        { content: "The exact proposal comes first", trigger: shown("exact INV/2026/00500") },
        { content: "Accept it with the mouse", trigger: ".o_wb_accept:enabled", run: "click" },
        { content: "The next line", trigger: ".o_wb_mark_number:contains('INV/2026/00990')" },
        { content: "Take the last one back with the mouse", trigger: ".o_wb_undo:enabled", run: "click" },
        { content: "It is open again", trigger: ".o_wb_message:contains('Taken back')" },
        { content: "And is the shown one", trigger: `.o_wb:has(.o_wb_list:focus) ${shown("exact INV/2026/00500")}` },
        { content: "Choose its item", trigger: ".o_wb_item:contains('INV/2026/00500') input[type=checkbox]:not(:checked)", run: "click" },
        press("Enter accepts, on the box too", ".o_wb_item input[type=checkbox]:checked:focus", "Enter"),
        { content: "It does", trigger: ".o_wb_message:contains('applied')" },
        { content: "Ask sales about the next with the mouse", trigger: ".o_wb_ask:enabled", run: "click" },
        { content: "The question", trigger: ".o_wb_panel_ask textarea", run: "edit Why 15 less?" },
        { content: "Send it with the mouse", trigger: ".o_wb_send", run: "click" },
        { content: "Asked", trigger: ".o_wb_message:contains('is asked')" },
        { content: "The line after it", trigger: shown("prepayment") },
        { content: "The list has the keys", trigger: ".o_wb_list:focus" },
        { content: "Put it on account", trigger: ".o_wb_dest_account", run: "click" },
        press("Enter accepts it", ".o_wb:has(.o_wb_dest_account[aria-pressed=true]) .o_wb_list:focus", "Enter"),
        { content: "It does", trigger: ".o_wb_message:contains('applied')" },
    ],
});

/** Enter in a search takes what the words in the field found, never what was found for words before them. */
registry.category("web_tour.tours").add("b2b_workbench_search", {
    url: "/odoo/apply-payments",
    steps: () => [
        { content: "A line of nobody", trigger: ".o_wb_row:contains('whose is this')", run: "click" },
        press("Say who paid", shown("whose is this"), "y"),
        { content: "Look for one", trigger: ".o_wb_panel_payer input", run: "edit Prepaying" },
        { content: "It is found", trigger: ".o_wb_panel_payer button:contains('Prepaying AG')" },
        {
            content: "Look for another, and press Enter before there is an answer",
            trigger: ".o_wb_panel_payer input",
            async run({ edit, press }) {
                await edit("Quark");
                await press("Enter");
            },
        },
        { content: "Nothing is taken yet", trigger: ".o_wb_panel_payer:has(input) button:contains('Quark')" },
        press("Enter takes the first", ".o_wb_panel_payer input", "Enter"),
        { content: "It is the one looked for", trigger: ".o_wb_partner:contains('Quark')" },
        press("Look for an item", shown("whose is this"), "f"),
        { content: "By number", trigger: ".o_wb_panel_find input", run: "edit INV/2026/99999" },
        {
            content: "By another, at once closed",
            trigger: ".o_wb_panel_find input",
            async run({ edit, press }) {
                await edit("INV/2026/00500");
                await press("Escape");
            },
        },
        {
            content: "It is closed; its late answer has come",
            trigger: ".o_wb:not(:has(.o_wb_panel_find))",
            run: () => new Promise((resolve) => setTimeout(resolve, 800)),
        },
        press("Open it again", shown("whose is this"), "f"),
        { content: "Nothing is found yet", trigger: ".o_wb_panel_find:has(input):not(:has(button:contains('INV/2026/00500')))" },
    ],
});

/** On a phone: from the list to the line, accept, and back to the list. */
registry.category("web_tour.tours").add("b2b_workbench_phone", {
    url: "/odoo/apply-payments",
    steps: () => [
        { content: "The list alone is shown", trigger: ".o_wb:not(.o_wb_in_detail) .o_wb_row:contains('exact INV')", run: "click" },
        { content: "The line alone is shown", trigger: ".o_wb_in_detail .o_wb_back" },
        { content: "Accept with a finger", trigger: ".o_wb_accept:enabled", run: "click" },
        { content: "On to the next", trigger: ".o_wb_mark_number:contains('INV/2026/00990')" },
        { content: "Back", trigger: ".o_wb_back", run: "click" },
        { content: "The list again", trigger: ".o_wb:not(.o_wb_in_detail) .o_wb_row:not(:contains('exact INV'))" },
    ],
});

/** A returned payment proposes what it takes back, and one key accepts it. */
registry.category("web_tour.tours").add("b2b_workbench_return", {
    url: "/odoo/apply-payments",
    steps: () => [
        { content: "Open the return", trigger: ".o_wb_row:contains('RETURN AC04')", run: "click" },
        {
            content: "It says which payment, and what opens again",
            trigger: ".o_wb_proposal[aria-pressed=true]:contains('Takes back the payment'):contains('INV/2026/00610')",
        },
        press("Accept it", left("0.00"), "Enter"),
        { content: "Accepted", trigger: ".o_wb_message:contains('applied')" },
    ],
});
