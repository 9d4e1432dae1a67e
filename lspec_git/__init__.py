"""git lspec: keeps LeanSpec specs in git and the work items of trackers in step, both ways."""

__version__ = "0.1.0"
