"""Reading ahead: while one page is being stored, the shop already works on the next.

A page tells where the next one begins, so it can be asked for at once. It counts only if it is then really asked for
from there: whoever finds the stored position elsewhere reads anew. There is never more than one request under way.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor


class ReadAhead:
    """Reads pages of one shop, the next one in a thread. Used in a `with` block, at whose end nothing is under way.

    :param Shop shop: to read from; nobody else uses it meanwhile
    """

    def __init__(self, shop):
        self._shop = shop
        self._threads = ThreadPoolExecutor(1, "read-ahead")
        self._asked, self._coming = None, None
        self._counted = shop.requests

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._threads.shutdown(cancel_futures=True)

    def fetch(self, stream, cursor, page_size):
        """Return the next page, as :meth:`.shop.Shop.fetch` does, and ask for the one after it.

        :raises ShopError: where the shop failed, now or while it was read ahead
        """
        page = self._expected(stream, cursor, page_size) or self._shop.fetch(stream, cursor, page_size)
        if not page.done:
            self._asked = (stream, page.cursor, page_size)
            self._coming = self._threads.submit(self._shop.fetch, *self._asked)
        return page

    def requests(self):
        """Return how many requests were sent since this was last asked."""
        before, self._counted = self._counted, self._shop.requests
        return self._counted - before

    def _expected(self, *asked):
        former, coming, self._coming = self._asked, self._coming, None
        if coming is None:
            return None
        if former == asked:
            return coming.result()
        coming.exception()  # waits for its end, and leaves what it brought
        return None
