import threading
from typing import Any

import pytest

from grader import lab
from grader.errors import CheckBroken, CheckFailed, LabEnded, LabNotStarted, WrongUse

Said = pytest.CaptureFixture[str]


def double(number: int) -> int:
    return number * 2


def squared(number: int) -> int:
    print("squaring", number)
    return number**2


def test_right_work_passes(attached: lab.Cloud, capsys: Said) -> None:
    """A check of right work says so and raises nothing."""
    lab.check("double-it", double)
    assert capsys.readouterr().out.startswith("✔ double-it: right\n")


def test_a_check_has_no_value(attached: lab.Cloud) -> None:
    """nbgrader would read a cell's value as a mark."""
    assert lab.check("double-it", double) is None  # type: ignore[func-returns-value]


def test_wrong_work_is_told_why(attached: lab.Cloud, capsys: Said) -> None:
    """A failed check names what was sent, what came back, and where to look."""
    with pytest.raises(CheckFailed, match="double-it isn't right yet"):
        lab.check("double-it", squared)
    assert capsys.readouterr() == (
        "✘ double-it: not yet\n"
        "  I sent 4; I got 16\n"
        "  Expected: 8\n"
        "  Observed: 16\n"
        "  Doubling isn't adding two.\n"
        "  Look at: the return statement\n"
        "  Your code printed:\n"
        "    squaring 4\n",
        "",
    )


def test_who_validates_is_told_why_in_the_error(
    attached: lab.Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nbgrader's Validate shows nothing else of a cell."""
    monkeypatch.setenv("NBGRADER_VALIDATING", "1")
    why = "isn't right yet: I sent 4; I got 16; look at the return statement; hint"
    with pytest.raises(CheckFailed, match=why):
        lab.check("double-it", squared)


def test_a_variation_is_another_case(attached: lab.Cloud, capsys: Said) -> None:
    """Work that fits the visible case only fails its variation."""

    def eight(_number: int) -> int:
        return 8

    lab.check("double-it", eight)
    with pytest.raises(CheckFailed):
        lab.check("double-it", eight, variation=True)
    assert "I sent 21; I got 8" in capsys.readouterr().out


@pytest.mark.parametrize("variation", [False, True])
def test_a_deploy_function_gets_its_account(
    attached: lab.Cloud, variation: bool
) -> None:
    """`cloud` is the learner's account, or an empty one in another Region."""
    seen = []

    def deploy(cloud: lab.Cloud, name: str) -> str:
        seen.append((cloud.account == attached.account, cloud.region))
        where: dict[str, Any] = {}
        if cloud.region != "us-east-1":
            where = {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
        cloud.client("s3").create_bucket(Bucket=name, **where)
        return name

    lab.check("own-bucket", deploy, variation=variation)
    ((at_home, region),) = seen
    assert at_home is not variation
    assert (region == "us-east-1") is not variation


def test_an_exception_is_the_learners(attached: lab.Cloud, capsys: Said) -> None:
    """Work that raises fails, and its traceback is shown."""
    with pytest.raises(CheckFailed):
        lab.check("double-it", lambda _: 1 / 0)
    shown = capsys.readouterr().out
    assert "it raised ZeroDivisionError: division by zero" in shown
    assert "lambda _: 1 / 0" in shown


def test_an_answer_of_aws_is_the_learners(attached: lab.Cloud, capsys: Said) -> None:
    """A check that finds nothing where the work should be fails, with AWS's words."""
    with pytest.raises(CheckFailed):
        lab.check("own-bucket", lambda cloud, name: name)
    assert "NoSuchBucket" in capsys.readouterr().out


def test_an_untouched_starter_is_told(attached: lab.Cloud, capsys: Said) -> None:
    """NotImplementedError means that there is no work yet."""

    def starter(_number: int) -> int:
        raise NotImplementedError

    with pytest.raises(CheckFailed):
        lab.check("double-it", starter)
    assert "Your starter isn't written yet" in capsys.readouterr().out


def test_our_fault_is_called_ours(attached: lab.Cloud, capsys: Said) -> None:
    """A check that breaks is neither passed nor failed."""
    with pytest.raises(CheckBroken):
        lab.check("broken", double)
    assert "our fault and costs you nothing" in capsys.readouterr().out


def test_data_is_judged_too(attached: lab.Cloud) -> None:
    """An exercise may ask for a value instead of a function."""
    lab.check("number", 42)
    with pytest.raises(CheckFailed):
        lab.check("number", 41)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("double_it", double), "did you mean 'double-it'"),
        (("double-it",), r'takes 1 piece of work, like check\("double-it", work\)'),
        (("double-it", double, double), "it got 2"),
        (("double-it", "double"), "without quotes"),
        (("double-it", double(2)), "without brackets"),
        (("double-it", None), "it got None"),
        (("double-it", object()), "type object"),
        (("number", double), "has to be data"),
        ((double,), "the name of the exercise comes first"),
        (("what/ever?", double), "there is no exercise"),
    ],
)
def test_a_call_that_cant_be_meant_is_one_line(
    attached: lab.Cloud, call: tuple[Any, ...], message: str
) -> None:
    """A wrong call of check says which call was meant, and costs no attempt."""
    with pytest.raises(WrongUse, match=message) as failure:
        lab.check(*call)
    assert "\n" not in str(failure.value)


def test_a_check_before_the_start_is_one_line() -> None:
    """Without a lab, check() says how to start one."""
    with pytest.raises(LabNotStarted, match=r"lab\.start"):
        lab.check("double-it", double)


def test_an_interrupt_gets_through(attached: lab.Cloud) -> None:
    """Ctrl-C in the learner's function ends the cell."""

    def interrupted(_number: int) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lab.check("double-it", interrupted)


def test_checks_run_one_at_a_time(attached: lab.Cloud, capsys: Said) -> None:
    """A second check meanwhile is refused in one line, and nothing is lost."""
    refused = []

    def impatient(number: int) -> int:
        def again() -> None:
            try:
                lab.check("double-it", double)
            except WrongUse as fault:
                refused.append(str(fault))

        again()
        other = threading.Thread(target=again)
        other.start()
        other.join()
        return number * 2

    lab.check("double-it", impatient)
    assert len(refused) == 2
    assert "a check runs in this notebook already" in refused[0]
    print("after")
    assert "after" in capsys.readouterr().out


def test_a_lab_that_ends_meanwhile_is_told(capsys: Said) -> None:
    """Work that stops the lab reads what it did, in one line."""
    cloud = lab.start()

    def stops(_cloud: lab.Cloud) -> None:
        cloud.stop()

    with pytest.raises(LabEnded, match="While hello-python was checked, the lab"):
        lab.check("hello-python", stops)
    with pytest.raises(LabNotStarted):
        lab.check("hello-python", stops)
