"""A warm Python runtime, of which a lab forks its execution environments.

`python -m grader.cloud.warm_python` becomes that process, for a `ForkServer`. It is the
interpreter with the options and variables of an environment's own, so what can't be
changed afterwards (`sys.flags`, the locale) is the same. What it has imported of
Lambda's libraries is hidden from the function until that imports it: see `kept`.
"""
