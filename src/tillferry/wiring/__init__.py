"""Puts the parts together: which journal, which carrier, which home. No rules of its own."""
