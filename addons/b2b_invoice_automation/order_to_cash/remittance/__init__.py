"""Remittance advices: what a payer says it pays, read from a table, and joined to the money when it comes."""

from .join import AdviceFact, Money, join
from .model import Advice, AdviceError, AdviceLine
from .table import is_advice, read_advice
