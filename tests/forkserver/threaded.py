"""A module that starts a thread when it's imported."""

from tests.forkserver import children

children.start_thread()
