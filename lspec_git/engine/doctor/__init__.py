"""What is wrong with a repository's setup and state, and the command that mends it."""
