"""Article to Extraction, and the spaCy components."""
