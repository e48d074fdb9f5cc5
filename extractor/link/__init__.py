"""Firms and dates resolved inside a document."""
