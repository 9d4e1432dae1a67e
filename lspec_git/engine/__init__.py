"""One run of a sync: observe, plan, show, apply, record."""
