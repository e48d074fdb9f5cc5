"""Cue words and the rule labeller that needs no model."""
