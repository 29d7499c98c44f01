// Looking for records while a person types. Apart from the screen: an answer counts only for the words that stand in the field.

import { browser } from "@web/core/browser/browser";

export const SEARCH_DELAY = 300;

export class Lookup {
    _turn = 0;
    isPending = false;

    /**
     * Ask for what fits some words, once nothing more is typed. Older answers are dropped, also those that come later.
     *
     * @param {() => Promise<any>} ask
     * @param {(answer: any) => void} take
     */
    look(ask, take) {
        this.forget();
        const turn = this._turn;
        this.isPending = true;
        this._timer = browser.setTimeout(async () => {
            try {
                const answer = await ask();
                if (turn === this._turn) {
                    take(answer);
                }
            } finally {
                if (turn === this._turn) {
                    this.isPending = false;
                }
            }
        }, SEARCH_DELAY);
    }

    /** Whatever was asked is not waited for any more. */
    forget() {
        browser.clearTimeout(this._timer);
        this._turn++;
        this.isPending = false;
    }
}
