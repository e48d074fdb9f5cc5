"""The money grammar: amounts in seven languages, found and normalised."""

from extractor.money.amounts import find_in_blocks, find_money
from extractor.money.memory import Amount

__all__ = ["Amount", "find_in_blocks", "find_money"]
