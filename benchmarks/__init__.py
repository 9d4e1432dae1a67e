"""How many requests, how much CPU and memory the tool takes, beside the budgets: `python -m benchmarks`."""
