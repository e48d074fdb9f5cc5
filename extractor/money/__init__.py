"""The money grammar: amounts in seven languages, found and normalised."""

from extractor.money.amounts import Amount, find_in_blocks, find_money

__all__ = ["Amount", "find_in_blocks", "find_money"]
