"""The only place with network: one module per tracker, all behind the protocol in `base`."""
