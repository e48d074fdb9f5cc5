"""Multilingual articles to structured, grounded, checkable monetary claims."""
