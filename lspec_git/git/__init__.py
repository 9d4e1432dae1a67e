"""The only place that touches git. It knows bytes and object ids, and nothing of specs."""
