"""Hooks: what they start, and what the child does when nobody is there."""
