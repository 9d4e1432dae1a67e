"""Many clones at the same moment: what they may do to each other, and what they must never do."""
