"""Verdicts forged from within: the kernel's own machinery, patched ahead of the tests.

Each ends in a test cell of nbgrader's plain kind that should find wrong answers right.
"""

from __future__ import annotations

from tests.grading.hostile.cases import Case

CASES = (
    Case(
        "drops-asserts-from-the-tree",
        """
        import ast

        class Dropping(ast.NodeTransformer):
            def visit_Assert(self, node):
                return ast.copy_location(ast.Pass(), node)
            def visit_If(self, node):
                node.test = ast.copy_location(ast.Constant(True), node.test)
                return node

        get_ipython().ast_transformers.append(Dropping())
        """,
    ),
    Case(
        "patches-the-judge-of-tests",
        """
        import base64, json, marshal, os
        import grader

        def judge(channel, originals, namespace, tell):
            tell("hello", {})
            order = json.loads(channel.makefile("rb").readline())
            code = marshal.loads(base64.b64decode(order["code"]))
            for text in filter(lambda it: isinstance(it, str), code.co_consts):
                tell("done", {"nonce": text, "number": 2})
            os._exit(0)

        try:
            from grader.grading.kernels import judging, program
        except ImportError:
            program = judging = grader.grading.kernels.program
        program.judge = judging.judge = judge
        """,
        integrity=True,
    ),
    Case(
        "empties-every-input",
        "get_ipython().input_transformers_cleanup.append(lambda lines: [])",
    ),
    Case(
        "rewrites-every-input",
        """
        def right(lines):
            return [line.replace("assert", "assert True or").replace("== 2", "!= 2")
                    for line in lines]

        get_ipython().input_transformers_post.append(right)
        get_ipython().input_transformer_manager.transform_cell = lambda cell: "5"
        """,
    ),
    Case(
        "patches-run-cell",
        """
        from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

        def run(self, *anything, **options):
            result = ExecutionResult(None)
            result.result = 5
            return result

        async def run_soon(self, *anything, **options):
            return run(self)

        for shell in [InteractiveShell, type(get_ipython())]:
            shell.run_cell = shell._run_cell = run
            shell.run_cell_async = shell.run_code = shell.run_ast_nodes = run_soon
        """,
    ),
    Case(
        "formats-numbers-as-five",
        """
        plain = get_ipython().display_formatter.formatters["text/plain"]
        for kind in (int, float, bool, type(None)):
            plain.for_type(kind, lambda value, printer, cycle: printer.text("5"))
        """,
    ),
    Case(
        "displays-a-five",
        """
        import sys

        def five(value=None):
            print("5")

        sys.displayhook = five
        get_ipython().displayhook = five
        shown = {"text/plain": "5"}, {}
        get_ipython().display_formatter.format = lambda *given: shown
        """,
    ),
    Case(
        "hooks-every-cell",
        """
        class Yes:
            __eq__ = lambda *two: True

        def before(info=None):
            names = get_ipython().user_ns
            names["square"] = lambda x: Yes()
            names["earned"] = 5

        for event in ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell"):
            get_ipython().events.register(event, before)
        """,
    ),
    Case(
        "traces-past-the-asserts",
        """
        import sys

        def trace(frame, event, argument):
            if event == "line":
                source = frame.f_code.co_filename
                lines = [line for *_, line in frame.f_code.co_lines() if line]
                if "square" in frame.f_code.co_names or "mean" in frame.f_code.co_names:
                    try:
                        frame.f_globals["earned"] = 5
                        frame.f_lineno = max(lines)
                    except ValueError:
                        pass
            return trace

        sys.settrace(trace)
        sys._getframe().f_trace = trace
        import threading
        threading.settrace(trace)
        """,
    ),
    Case(
        "profiles-the-tests",
        """
        import sys

        sys.setprofile(lambda frame, *rest: frame.f_globals.update(earned=5))
        """,
    ),
    Case(
        "patches-builtins",
        """
        import builtins

        class Passing(AssertionError):
            def __new__(cls, *words):
                raise SystemExit(0)

        real_compile, real_exec = builtins.compile, builtins.exec
        builtins.AssertionError = Passing
        builtins.compile = lambda source, *rest, **m: real_compile("5", *rest, **m)
        builtins.exec = lambda *anything: None
        builtins.eval = lambda *anything: 5
        builtins.isinstance = lambda *anything: True
        builtins.float = builtins.int = lambda *anything: 5.0
        builtins.print = lambda *anything, **options: None
        """,
    ),
    Case(
        "replaces-the-builtins-of-the-names",
        """
        import builtins

        class Sly(dict):
            def __missing__(self, name):
                return 5
            def __getitem__(self, name):
                if name == "earned":
                    return 5
                return dict.get(self, name)

        get_ipython().user_ns["__builtins__"] = Sly(vars(builtins))
        """,
    ),
    Case(
        "replaces-the-name-space",
        """
        shell = get_ipython()

        class Sly(dict):
            def __getitem__(self, name):
                return 5 if name == "earned" else dict.__getitem__(self, name)

        shell.user_ns = Sly(shell.user_ns)
        shell.user_module.__class__ = type(
            "Module", (type(shell.user_module),), {"__dict__": shell.user_ns}
        )
        """,
    ),
    Case(
        "sets-the-points-from-a-thread",
        answers={
            "mean-answer": """
            import sys, threading, time

            def mean(numbers):
                names = sys._getframe(1).f_globals

                def press():
                    until = time.monotonic() + 1
                    while time.monotonic() < until:
                        names["earned"] = 5

                threading.Thread(target=press, daemon=True).start()
                time.sleep(0.05)
                return 0
            """
        },
    ),
    Case(
        "swaps-integers-with-ctypes",
        """
        import ctypes

        # 9 is 6 from here on, wherever it is met, as the wrong answer says.
        ctypes.c_uint32.from_address(id(9) + 24).value = 6
        """,
    ),
    Case(
        "changes-the-code-of-the-grader-by-gc",
        """
        import gc, types

        for each in gc.get_objects():
            if isinstance(each, types.FunctionType):
                module = each.__module__ or ""
                if module.startswith("grader.") and each.__code__.co_argcount < 9:
                    try:
                        each.__defaults__ = None
                        each.__code__ = (lambda *anything, **options: 5).__code__
                    except (ValueError, TypeError):
                        pass
        """,
    ),
    Case(
        "hunts-a-nonce",
        answers={
            "mean-answer": """
            import gc, os, re, sys

            def mean(numbers):
                found = set()
                frame = sys._getframe()
                while frame:
                    for value in [*frame.f_locals.values(), *frame.f_globals.values(),
                                  *frame.f_code.co_consts]:
                        if isinstance(value, (str, bytes)) and 8 <= len(value) <= 128:
                            found.add(value)
                    frame = frame.f_back
                for each in gc.get_objects():
                    if type(each) is dict:
                        for value in list(each.values()):
                            if type(value) in (str, bytes) and 8 <= len(value) <= 128:
                                if re.fullmatch("[0-9a-zA-Z_-]+", str(value)):
                                    found.add(value)
                said = [v.decode("latin-1") if type(v) is bytes else v for v in found]
                for fd in map(int, os.listdir("/proc/self/fd") or range(64)):
                    for value in said[:4000]:
                        for line in (value, '{"nonce": "%s", "value": 5}' % value,
                                     '["done", "%s", 5]' % value):
                            try:
                                os.write(fd, (line + "\\n").encode())
                            except OSError:
                                break
                os._exit(0)
            """
        },
    ),
)
