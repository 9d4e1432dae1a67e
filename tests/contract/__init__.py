import pytest

pytest.register_assert_rewrite(*(f"lspec_git.testing.{name}" for name in ("contract", "steps", "tracker")))
