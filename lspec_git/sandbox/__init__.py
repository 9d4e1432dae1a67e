"""A tracker on loopback to try things against. It shares no code with the adapters."""
