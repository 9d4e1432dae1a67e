"""For authors of adapters: the memory adapter with faults on demand, and the contract suite."""
