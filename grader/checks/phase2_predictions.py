"""What learners of phase 2 predict, registered in the order of the notebook."""

import importlib

for _section in (
    "family",
    "functions",
    "price",
    "events",
    "doors",
    "tables",
    "permissions",
):
    importlib.import_module(f"grader.checks.phase2_predictions_{_section}")
