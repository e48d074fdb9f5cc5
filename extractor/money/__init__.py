"""The money grammar: amounts in seven languages, found and normalised."""
