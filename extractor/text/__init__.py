"""Article to Document: cleaning, blocks, sentences, language."""
