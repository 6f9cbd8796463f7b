"""Answers that claim to be right: objects that equal everything, numbers that aren't.

All of them come through the front door: the test cell calls the learner's function.
"""

from __future__ import annotations

from tests.grading.hostile.cases import Case, Marks

EQUAL = """
class Equal{base}:
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    __hash__ = None
"""
PARTIAL: Marks = {"square": 0, "mean": 0}


def _equal(name: str, base: str, make: str, more: str = "") -> Case:
    return Case(
        name,
        EQUAL.format(base=base) + more,
        answers={
            "square-answer": f"def square(x):\n    return {make}",
            "mean-answer": f"def mean(numbers):\n    return {make}",
        },
    )


def _earned(name: str, value: str, before: str = "") -> Case:
    """The function under test puts a value of its own where the points are counted."""
    return Case(
        name,
        before,
        answers={
            "mean-answer": f"""
            import sys

            def mean(numbers):
                caller = sys._getframe(1)
                caller.f_globals["earned"] = {value}
                return object()
            """
        },
    )


CASES = (
    _equal("equals-everything", "", "Equal()"),
    _equal("an-int-that-equals-everything", "(int)", "Equal(1)"),
    _equal("a-float-that-equals-everything", "(float)", "Equal(1.0)"),
    _equal("a-text-that-equals-everything", "(str)", 'Equal("no")'),
    _equal(
        "lies-about-its-class",
        "",
        "Equal()",
        "Equal.__class__ = property(lambda self: int)\n",
    ),
    _equal(
        "a-metaclass-that-equals-everything",
        "",
        "Sly",
        "class Meta(type):\n    __eq__ = lambda self, other: True\n"
        "    __hash__ = None\nclass Sly(metaclass=Meta):\n    pass\n",
    ),
    Case(
        "compares-to-a-truthy-object",
        """
        class Truthy:
            def __eq__(self, other):
                return self
            def __bool__(self):
                return True
            def __iadd__(self, other):
                return 5
            def __radd__(self, other):
                return 5
            __hash__ = None
        """,
        answers={
            "square-answer": "def square(x):\n    return Truthy()",
            "mean-answer": "def mean(numbers):\n    return Truthy()",
        },
    ),
    _earned("earns-nan", "float('nan')"),
    _earned("earns-infinity", "float('inf')"),
    _earned("earns-a-negative-number", "-1"),
    _earned("earns-more-than-there-is", "500"),
    _earned("earns-true", "True"),
    _earned("earns-a-text", "'5'"),
    _earned("earns-a-huge-number", "10 ** 5000"),
    _earned("earns-a-complex-number", "5 + 0j"),
    _earned(
        "earns-a-number-that-changes",
        "Changing(1)",
        """
        class Changing(float):
            asked = 0
            def __float__(self):
                Changing.asked += 1
                return 1.0 if Changing.asked < 2 else 5.0
            def __repr__(self):
                return "5"
        """,
    ),
    _earned("writes-its-points-into-the-test", "5"),
    Case(
        "leaves-the-test-with-system-exit",
        answers={
            "square-answer": "def square(x):\n    raise SystemExit(0)",
            "mean-answer": "def mean(numbers):\n    raise SystemExit(0)",
        },
    ),
    Case(
        "raises-what-no-test-catches",
        """
        class Quiet(BaseException):
            def __str__(self):
                raise Quiet
            __repr__ = __str__
            def _render_traceback_(self):
                return []
        """,
        answers={
            "square-answer": "def square(x):\n    raise Quiet",
            "mean-answer": "def mean(numbers):\n    raise Quiet",
        },
    ),
    Case(
        "asks-for-a-breakpoint",
        answers={
            "square-answer": "def square(x):\n    breakpoint()\n    return x",
            "mean-answer": "def mean(numbers):\n    input()\n    return 0",
        },
    ),
)
