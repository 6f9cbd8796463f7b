"""The warm runtime: run by an environment's interpreter, with its options.

As a forked child it becomes an execution environment: what is below here on the stack
of a function are this module and AWS's, as in one that runs `bootstrap.py` itself.
"""

import sys

if __name__ == "__main__":
    # Where the package is, by its name alone: nothing may be imported before `imports`.
    sys.path[0] = __file__.rpartition("/grader/cloud/")[0]

    from grader.cloud.warm_python.imports import Imports

    IMPORTS = Imports()

    from grader.cloud.warm_python.serving import serve

    PROGRAM, VARIABLES = serve(sys.argv[1], IMPORTS)
    try:
        exec(PROGRAM, VARIABLES)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - shown without this frame
        below = error.__traceback__ and error.__traceback__.tb_next
        sys.excepthook(type(error), error.with_traceback(below), below)
        if isinstance(error, KeyboardInterrupt):
            import signal

            # So does an interpreter.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)
        sys.exit(1)
