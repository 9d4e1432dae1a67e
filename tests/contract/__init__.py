import pytest

pytest.register_assert_rewrite("lspec_git.testing.contract", "lspec_git.testing.steps")
