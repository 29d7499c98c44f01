"""A sandbox shop in a process of its own, and the books of the company that is connected to it.

Benchmarks and whole-system tests share it, so that both speak with a shop over real HTTP and bill in the same books.
"""

from .books import connect, open_books
from .process import ShopProcess

__all__ = ["ShopProcess", "connect", "open_books"]
