"""Processes that grade one submission at a time, here and on other machines."""
