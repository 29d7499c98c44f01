import { registry } from "@web/core/registry";

/** A buyer looks at the account, finds an invoice by PO number, chooses invoices to download, reads the contract. */
registry.category("web_tour.tours").add("b2b_portal_buyer", {
    url: "/my",
    steps: () => [
        {
            content: "The home page says what is overdue; open these invoices",
            trigger: ".o_b2b_account a[href*='overdue_invoices']:contains('200.00')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Only the overdue invoice is listed",
            trigger: ".o_b2b_invoices tbody tr:only-child:contains('PO-4711')",
        },
        {
            content: "Show all invoices",
            trigger: "#portal_searchbar_filters",
            run: "click",
        },
        {
            content: "Choose the filter",
            trigger: ".dropdown-item[href*='filterby=all']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Nothing is chosen, so nothing can be downloaded",
            trigger: ".o_b2b_invoices:has(tbody tr:nth-child(3)) .o_b2b_download:disabled",
        },
        {
            content: "Choose all",
            trigger: ".o_b2b_all",
            run: "click",
        },
        {
            content: "All are chosen and can be downloaded",
            trigger: ".o_b2b_invoices:not(:has(input[name=ids]:not(:checked))) .o_b2b_download:enabled",
        },
        {
            content: "Look for a PO number",
            trigger: ".o_portal_search_panel input[name=search]",
            run: "edit PO-4712",
        },
        {
            content: "Search",
            trigger: ".o_portal_search_panel button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Open the only one found",
            trigger: ".o_b2b_invoices tbody tr:only-child:contains('PO-4712') a[title]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The page names the PO number",
            trigger: ".o_b2b_references:contains('PO-4712')",
        },
        {
            content: "Back home",
            trigger: ".o_portal_submenu a[href='/my/home']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Open the account",
            trigger: ".o_portal_index_card a[href='/my/statement']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Choose another period",
            trigger: ".o_b2b_period .dropdown-toggle",
            run: "click",
        },
        {
            content: "This year",
            trigger: ".o_b2b_period .dropdown-item:contains('This year')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The statement closes with what is open",
            trigger: ".o_b2b_section td[name=closing]:contains('500.00')",
        },
        {
            content: "Back home",
            trigger: ".o_portal_submenu a[href='/my/home']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Open the contracts",
            trigger: ".o_portal_index_card:not(.d-none) a[href='/my/contracts']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Open the contract",
            trigger: "a[href^='/my/contracts/']:contains('CT')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It reads like a price list",
            trigger: ".o_b2b_price_list:contains('from 100'):contains('9.00')",
        },
    ],
});
