"""What is decided: pure functions over frozen data. No files, processes, network or clock in here."""
