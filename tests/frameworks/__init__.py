"""The hooks as most people meet them: through the real pre-commit and prek."""
