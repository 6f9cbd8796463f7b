"""Our evaluator of IAM policies beside one that nobody here wrote."""
