"""Access control: may this principal do this, as IAM's policies say it."""
