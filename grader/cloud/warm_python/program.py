"""The warm runtime: run by an environment's interpreter, with its options.

As a forked child it becomes an execution environment: what is below here on the stack
of a function are this module and AWS's, as in one that runs `bootstrap.py` itself.
"""

import json
import sys

if __name__ == "__main__":
    ORDER = json.loads(sys.argv[1])
    with open("/proc/self/statm") as file:
        ORDER["pages"] = int(file.read().split()[1])
    sys.path[0] = ORDER["root"]

    from grader.cloud.warm_python.serving import serve

    PROGRAM, VARIABLES = serve(ORDER)
    try:
        exec(PROGRAM, VARIABLES)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - shown without this frame
        below = error.__traceback__ and error.__traceback__.tb_next
        sys.excepthook(type(error), error.with_traceback(below), below)
        sys.exit(1)
