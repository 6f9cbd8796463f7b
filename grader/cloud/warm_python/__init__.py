"""A warm Python runtime, of which a lab forks its execution environments.

`python -m grader.cloud.warm_python` becomes that process, for a `ForkServer`. It is the
interpreter with the options and variables of an environment's own, so what can't be
changed afterwards (`sys.flags`, the locale) is the same. What it has imported of
Lambda's libraries is hidden from the function until that imports it: see `kept`.

With `BARE` it has imported nothing but what a runtime does before the function's first
line, so what a function imports takes its time, as a learner's lab has to show. Its
children join walls that stand, rather than to build them.
"""

BARE = "--bare"
