"""The speed of the local cloud beside its peers, measured in one run."""
