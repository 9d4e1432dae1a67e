"""The merge driver, run by real git."""
