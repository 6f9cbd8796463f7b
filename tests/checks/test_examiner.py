from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from grader.checks import examiner as examiners
from grader.checks import exercise as exercises
from grader.checks import session
from grader.checks.examiner import Examiner
from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.predictions import Option, question
from grader.checks.probe import Probe
from grader.lab.process import LabProcess

TOKEN = {"Authorization": "Bearer secret"}
FUNCTION = [{"callable": True, "name": "mine"}]
DATA = [{"value": 1}, {"value": "word"}]


@exercise("test-echo", hints=("Look.", "Do ___."), explain_back="test-back")
def echo(probe: Probe, work: Work, *, variation: bool) -> None:
    """Your function echoes.

    A second paragraph that is nobody's business.
    """
    for word in ("one", "two"):
        if (found := work(word)) != word:
            raise Failed(f"I sent {word}; I got {found}", expected=word, observed=found)


@exercise("test-data")
def data(probe: Probe, number: int, word: str, *, variation: bool) -> None:
    """You know two things."""


@exercise("test-forgiving")
def forgiving(probe: Probe, work: Work, *, variation: bool) -> None:
    """Your function refuses."""
    with pytest.raises(Raised) as refusal:
        work()
    assert refusal.value.kind == "ValueError"


@exercise("test-slow")
def slow(probe: Probe, work: Work, *, variation: bool) -> None:
    """A check that takes its time."""
    while True:
        probe.http("GET", "/_lab/health")


STUCK = threading.Event()
ENDED = threading.Event()


@pytest.fixture
def _stuck() -> Iterator[None]:
    """Nothing is stuck before a test, and nothing after it."""
    STUCK.clear()
    ENDED.clear()
    yield
    STUCK.set()


@exercise("test-stuck")
def stuck(probe: Probe, work: Work, *, variation: bool) -> None:
    """A check that waits for what never comes."""
    STUCK.wait()
    ENDED.set()


@exercise("test-parameters")
def parameters(probe: Probe, work: Work, *, variation: bool) -> None:
    """Your function names a function."""
    probe.client("lambda").get_function(FunctionName=work())


@exercise("test-json")
def spoken(probe: Probe, work: Work, *, variation: bool) -> None:
    """Your URL answers in JSON."""
    probe.http("GET", "/").json()


@exercise("test-broken")
def broken(probe: Probe, work: Work, *, variation: bool) -> None:
    """A fault of ours."""
    raise KeyError("ours")


@exercise("test-broken-off")
def broken_off(probe: Probe, work: Work, *, variation: bool) -> None:
    """A fault of ours that ends its thread."""
    raise SystemExit("ours")


@exercise("test-broken-words")
def broken_words(probe: Probe, work: Work, *, variation: bool) -> None:
    """A fault of ours: what is said isn't text."""
    raise Failed(b"not text")  # type: ignore[arg-type]


@exercise("test-unsendable")
def unsendable(probe: Probe, work: Work, *, variation: bool) -> None:
    """A fault of ours: an argument that isn't JSON."""
    work(object())


@exercise("test-threads")
def threads(probe: Probe, work: Work, *, variation: bool) -> None:
    """Your function is called from several threads."""
    found: list[Any] = []
    callers = [
        threading.Thread(target=lambda n=n: found.append((n, work(n))))
        for n in range(5)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert all(sent == answered for sent, answered in found)


@exercise("test-at-once")
def at_once(probe: Probe, work: Work, *, variation: bool) -> None:
    """Your function is called three times at the same moment."""
    found = work.at_once([(n,) for n in range(3)])
    if found != [0, 1, 2]:
        raise Failed("I called it three times at once", observed=found)


@exercise("test-where")
def where(probe: Probe, work: Work, *, variation: bool) -> None:
    """You are told where you are."""
    work({"account": probe.account, "region": probe.region})


question("test-back", "Why?", [Option("so", "Yes.", right=True)])
question(
    "test-guess",
    "What?",
    [Option("this", "Yes.", right=True), Option("that", "No.", misconception="m")],
)


@pytest.fixture(scope="module")
def lab() -> Iterator[LabProcess]:
    """A lab process: what an examiner examines."""
    process = LabProcess(0)
    yield process
    process.stop()


@pytest.fixture
def examiner(lab: LabProcess) -> Examiner:
    """An examiner that has judged nothing yet."""
    return Examiner(lab, verdict_token="secret")


class Kernel:
    """The kernel's part of the conversation, for an examiner without a server."""

    def __init__(self, examiner: Examiner) -> None:
        self.client = Client(lambda environ, start: answer(examiner, environ, start))

    def post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        answered = self.client.post(f"/_lab/{path}", json=body)
        return answered.status_code, dict(answered.get_json())

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, Any]]:
        answered = self.client.get(f"/_lab/{path}", headers=headers)
        return answered.status_code, dict(answered.get_json())

    def judged(
        self, name: str, reply: Callable[[dict[str, Any]], dict[str, Any]], **more: Any
    ) -> dict[str, Any]:
        """Run a check, each call answered by `reply`; gives the verdict."""
        _, message = self.post(f"checks/{name}", work=FUNCTION, **more)
        while "verdict" not in message:
            said = {}
            if call := message.get("call"):
                said = {"number": call["number"], **reply(call)}
            _, message = self.post(f"checks/sessions/{message['session']}", **said)
        return dict(message["verdict"])


def answer(examiner: Examiner, environ: Any, start: Any) -> Any:
    from werkzeug.wrappers import Request

    return examiner.respond(Request(environ))(environ, start)


@pytest.fixture
def kernel(examiner: Examiner) -> Kernel:
    """A kernel."""
    return Kernel(examiner)


def echoes(call: dict[str, Any]) -> dict[str, Any]:
    return {"result": call["args"][0]}


def test_right_answers_pass(kernel: Kernel) -> None:
    """Every call is asked in turn, and the end is a verdict."""
    asked = []

    def reply(call: dict[str, Any]) -> dict[str, Any]:
        asked.append(call["args"])
        return echoes(call)

    assert kernel.judged("test-echo", reply)["outcome"] == "passed"
    assert asked == [["one"], ["two"]]


def test_a_wrong_answer_fails_with_the_checks_words(kernel: Kernel) -> None:
    """A verdict carries the message, what was expected, and what there was."""
    verdict = kernel.judged("test-echo", lambda call: {"result": 7})
    wanted = {"outcome", "message", "expected", "observed", "task"}
    assert {key: verdict[key] for key in wanted} == {
        "outcome": "failed",
        "message": "I sent one; I got 7",
        "expected": "one",
        "observed": "7",
        "task": "Your function echoes.",
    }


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ({"timed_out": True}, "didn't return within 60 s"),
        ({"unsendable": "a value of type Decimal"}, "can't be sent as JSON"),
        ({"result": ["half of \ud83d"]}, "text that isn't Unicode"),
        (
            {"raised": {"type": "KeyError", "message": "'x'", "traceback": "…"}},
            "it raised KeyError: 'x'",
        ),
        (
            {
                "raised": {
                    "type": "NotImplementedError",
                    "message": "",
                    "traceback": "",
                }
            },
            "mine isn't written yet",
        ),
    ],
)
def test_work_that_gives_no_result_fails(
    kernel: Kernel, reply: dict[str, Any], message: str
) -> None:
    """A hang, a value that isn't JSON and an exception are the work's."""
    verdict = kernel.judged("test-echo", lambda call: reply)
    assert verdict["outcome"] == "failed"
    assert message in verdict["message"]


def test_a_check_may_ask_for_an_exception(kernel: Kernel) -> None:
    """What the learner's function raises can be what a check wants."""
    raised = {"type": "ValueError", "message": "no", "traceback": ""}
    verdict = kernel.judged("test-forgiving", lambda call: {"raised": raised})
    assert verdict["outcome"] == "passed"


@pytest.mark.parametrize("name", ["test-broken", "test-unsendable", "test-broken-off"])
def test_a_fault_of_the_check_is_ours(kernel: Kernel, name: str) -> None:
    """An unexpected exception in a check is neither passed nor failed."""
    verdict = kernel.judged(name, echoes)
    assert verdict["outcome"] == "broken"
    assert verdict["traceback"]


def test_words_that_arent_text_reach_the_kernel(kernel: Kernel) -> None:
    """A careless message of a check's is still a verdict."""
    verdict = kernel.judged("test-broken-words", echoes)
    assert (verdict["outcome"], verdict["message"]) == ("failed", "b'not text'")


def test_a_made_up_answer_is_no_fault_of_ours(kernel: Kernel) -> None:
    """Who answers for the kernel with something else has no result, and no excuse."""
    verdict = kernel.judged("test-echo", lambda call: {"raised": "nonsense"})
    assert (verdict["outcome"], verdict["message"]) == (
        "failed",
        "I called your mine, and no answer came back",
    )


def test_an_exit_is_told(kernel: Kernel) -> None:
    """A function that exits reads what to do instead."""
    raised = {"type": "SystemExit", "message": "", "traceback": "…"}
    verdict = kernel.judged("test-echo", lambda call: {"raised": raised})
    assert verdict["message"] == "I called your mine, and it raised SystemExit"
    assert "ends with return" in verdict["look"]


def test_a_fault_of_the_examiner_is_called_ours(kernel: Kernel) -> None:
    """A request that it can't handle gets an answer that says whose fault it is."""
    status, said = kernel.post("checks/test-echo", work=[{"callable": True}])
    assert status == 500
    assert "our fault and costs you nothing" in said["error"]["message"]


def test_what_aws_refuses_is_the_works(kernel: Kernel) -> None:
    """A name of nothing, given by the work, fails the work with AWS's words."""
    verdict = kernel.judged("test-parameters", lambda call: {"result": "nothing"})
    assert (verdict["outcome"], verdict["observed"]) == (
        "failed",
        "ResourceNotFoundException",
    )


def test_what_boto3_refuses_is_the_works(kernel: Kernel) -> None:
    """A number where a name belongs fails the work too."""
    verdict = kernel.judged("test-parameters", lambda call: {"result": 3})
    assert verdict["outcome"] == "failed"
    assert "can't be used to ask AWS" in verdict["message"]


def test_an_answer_that_is_no_json_is_the_works(kernel: Kernel) -> None:
    """What was deployed has to answer in JSON where the check reads JSON."""
    verdict = kernel.judged("test-json", echoes)
    assert verdict["outcome"] == "failed"
    assert "is no JSON" in verdict["message"]


def test_a_hanging_kernel_ends_the_call(lab: LabProcess) -> None:
    """When no answer comes at all, the call counts as never returned."""
    examiner = Examiner(lab, call_limit=0.01, check_limit=300)
    kernel = Kernel(examiner)
    verdict = None
    _, message = kernel.post("checks/test-echo", work=FUNCTION)
    while verdict is None:
        _, message = kernel.post(f"checks/sessions/{message['session']}")
        verdict = message.get("verdict")
    assert "didn't return" in verdict["message"]


def test_a_check_has_an_end(lab: LabProcess) -> None:
    """A check that takes too long is ended, and says what it did last."""
    kernel = Kernel(Examiner(lab, check_limit=0.2))
    verdict = kernel.judged("test-slow", echoes)
    assert verdict["outcome"] == "failed"
    assert "took more than 0.2 s" in verdict["message"]
    assert "GET /_lab/health" in verdict["message"]


def test_a_check_that_begins_alone_is_told_of(lab: LabProcess) -> None:
    """Not one that another check runs beside, whose functions are warm."""
    alone: list[str] = []
    kernel = Kernel(Examiner(lab, alone=lambda: alone.append("alone")))

    def reply(call: dict[str, Any]) -> dict[str, Any]:
        if call["args"] == ["one"]:
            assert kernel.judged("test-json", echoes)["outcome"] != "passed"
        return echoes(call)

    for _ in range(2):
        assert kernel.judged("test-echo", reply)["outcome"] == "passed"
    assert alone == ["alone", "alone"]


@pytest.mark.usefixtures("_stuck")
def test_a_check_that_is_stuck_ends_too(
    lab: LabProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whatever it waits for; what it says later is no second verdict."""
    monkeypatch.setattr(session, "GRACE", 0.0)
    kernel = Kernel(Examiner(lab, check_limit=0.1, call_limit=0.1, verdict_token="t"))
    verdict = kernel.judged("test-stuck", echoes)
    assert (verdict["outcome"], verdict["look"]) == (
        "failed",
        "what is slow, or never ends: cloud.logs(…), cloud.reports(…)",
    )
    assert not ENDED.is_set()
    (thread,) = [one for one in threading.enumerate() if one.name == "check-test-stuck"]
    STUCK.set()
    thread.join()
    assert ENDED.is_set()
    _, recorded = kernel.get("verdicts", Authorization="Bearer t")
    assert len(recorded["verdicts"]) == 1


@pytest.mark.usefixtures("_stuck")
def test_checks_that_nobody_asks_for_make_room(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many may run at once; one that should have ended long ago isn't one."""
    monkeypatch.setattr(examiners, "_RUNNING_AT_MOST", 1)
    monkeypatch.setattr(examiners, "_LONG_POLL", 0.0)
    _, message = kernel.post("checks/test-stuck", work=FUNCTION)
    assert "working" in message
    assert kernel.post("checks/test-data", work=DATA)[0] == 400
    a_day_later = session.GRACE - 86_400
    monkeypatch.setattr(session, "GRACE", a_day_later)
    assert kernel.post("checks/test-data", work=DATA)[0] == 200


def test_calls_at_once_are_one_message(kernel: Kernel) -> None:
    """The kernel gets all of them together, and answers for each in its place."""

    def reply(call: dict[str, Any]) -> dict[str, Any]:
        assert "args" not in call
        return {"answers": [{"result": args[0]} for args in call["at_once"]]}

    assert kernel.judged("test-at-once", reply)["outcome"] == "passed"


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ({"timed_out": True}, "didn't return within 60 s"),
        (
            {"raised": {"type": "KeyError", "message": "'x'", "traceback": "…"}},
            "it raised KeyError: 'x'",
        ),
        (
            {
                "answers": [
                    {"result": 0},
                    {"raised": {"type": "OSError", "message": "", "traceback": "…"}},
                    {"result": 2},
                ]
            },
            "it raised OSError",
        ),
        ({"answers": [{"result": 0}]}, "three times at once"),
    ],
)
def test_one_of_the_calls_at_once_fails(
    kernel: Kernel, reply: dict[str, Any], message: str
) -> None:
    """What went wrong with one of them, or with all, is told as for a single call."""
    verdict = kernel.judged("test-at-once", lambda call: reply)
    assert verdict["outcome"] == "failed"
    assert message in verdict["message"]


def test_calls_of_several_threads_dont_mix(kernel: Kernel) -> None:
    """The kernel gets one call at a time, and each caller its own answer."""
    assert kernel.judged("test-threads", echoes)["outcome"] == "passed"


def test_a_late_answer_isnt_taken_for_the_next(kernel: Kernel) -> None:
    """An answer counts for the call whose number it has."""
    _, message = kernel.post("checks/test-echo", work=FUNCTION)
    session = f"checks/sessions/{message['session']}"
    first = {"number": message["call"]["number"], "result": "one"}
    _, message = kernel.post(session, **first)
    second = {"number": message["call"]["number"], "result": "two"}
    kernel.client.post(f"/_lab/{session}", json={**second})
    _, message = kernel.post(session, **first)
    assert message["verdict"]["outcome"] == "passed"


def test_a_variation_is_elsewhere(kernel: Kernel) -> None:
    """A variation has another account and another Region than the learner's."""
    seen: list[Any] = []

    def reply(call: dict[str, Any]) -> dict[str, Any]:
        seen.append(call["args"][0])
        return {"result": None}

    kernel.judged("test-where", reply, region="eu-west-1")
    kernel.judged("test-where", reply, region="eu-west-1", variation=True)
    home, away = seen
    assert home == {"account": "123456789012", "region": "eu-west-1"}
    assert away["account"] != home["account"]
    assert away["region"] != home["region"]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("checks/test-ecko", {"work": FUNCTION}, "did you mean 'test-echo'"),
        ("checks/test-echo", {}, 'needs {"work": […]}'),
        ("checks/test-echo", {"work": []}, "takes 1 piece of work"),
        ("checks/test-data", {"work": [{"value": 1}]}, "takes 2 pieces"),
        ("checks/test-echo", {"work": [{"value": "mine"}]}, "without quotes"),
        ("checks/test-echo", {"work": [{"value": None}]}, "it got None"),
        ("checks/test-echo", {"work": [{"value": [1]}]}, "a value of type list"),
        (
            "checks/test-data",
            {"work": [*FUNCTION, {"value": 1}]},
            "it got the function mine",
        ),
        ("predictions/test-gess", {"answer": "a"}, "did you mean 'test-guess'"),
        ("predictions/test-guess", {"answer": "x"}, "answer with a, b, c"),
    ],
)
def test_a_wrong_call_is_refused_in_one_line(
    kernel: Kernel, path: str, body: dict[str, Any], message: str
) -> None:
    """What can't be meant is refused before anything runs."""
    status, said = kernel.post(path, **body)
    assert status == 400
    assert message in said["error"]["message"]
    assert "\n" not in said["error"]["message"]


def test_a_body_that_is_no_json_is_refused(kernel: Kernel) -> None:
    """Half a body is an error of its sender's."""
    answered = kernel.client.post("/_lab/checks/test-echo", data=b"{half")
    assert answered.status_code == 400


def test_a_check_that_is_over_is_gone(kernel: Kernel) -> None:
    """An unknown session says to run the cell again."""
    status, said = kernel.post("checks/sessions/nobody")
    assert status == 404
    assert "run its cell again" in said["error"]["message"]


def test_a_path_that_isnt_there_is_named(kernel: Kernel) -> None:
    """An unknown path is a 404 with its name."""
    status, said = kernel.get("checks/test-echo/answers")
    assert status == 404
    assert "/_lab/checks/test-echo/answers" in said["error"]["message"]


def test_verdicts_are_for_the_grader(kernel: Kernel) -> None:
    """With the token every verdict is there, in order; without it none."""
    kernel.judged("test-echo", echoes)
    kernel.judged("test-echo", lambda call: {"result": 7}, variation=True)
    _, said = kernel.get("verdicts", **TOKEN)
    assert [
        (one["check"], one["variation"], one["outcome"]) for one in said["verdicts"]
    ] == [("test-echo", False, "passed"), ("test-echo", True, "failed")]


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer wrong", "Bearer sécret"])
def test_without_the_token_there_are_no_verdicts(kernel: Kernel, shown: str) -> None:
    """A wrong token is refused, whatever it is made of."""
    status, said = kernel.get("verdicts", Authorization=shown)
    assert status == 403
    assert "verdicts" not in said


def test_without_a_token_nobody_reads(lab: LabProcess) -> None:
    """An examiner that was given no token shows verdicts to nobody."""
    kernel = Kernel(Examiner(lab))
    assert kernel.get("verdicts", Authorization="Bearer None")[0] == 403


def test_the_first_prediction_counts(kernel: Kernel) -> None:
    """A second answer gets the feedback of the first, and doesn't reveal the other."""
    kernel.post("predictions/test-guess", answer="b")
    _, said = kernel.post("predictions/test-guess", answer="a")
    assert (said["answer"], said["feedback"], said["right"]) == ("b", "No.", False)
    assert kernel.get("verdicts", **TOKEN)[1]["predictions"] == {"test-guess": "b"}


def test_an_option_can_be_given_in_words(kernel: Kernel) -> None:
    """The text of an option is as good as its letter."""
    _, said = kernel.post("predictions/test-guess", answer="That")
    assert said["misconception"] == "m"


def test_no_idea_is_an_answer(kernel: Kernel) -> None:
    """The last option commits like the others."""
    _, said = kernel.post("predictions/test-guess", answer="I have no idea")
    assert said["answer"] == "c"


def test_the_contents_are_the_courses(kernel: Kernel) -> None:
    """Exercises come with their task; questions about solutions are no predictions."""
    _, said = kernel.get("checks")
    known = {one["name"]: one for one in said["exercises"]}
    assert known["test-echo"] == {
        "name": "test-echo",
        "task": "Your function echoes.",
        "work": ["work"],
    }
    assert "test-guess" in said["predictions"]
    assert "test-back" not in said["predictions"]


def test_hints_come_with_the_question(kernel: Kernel) -> None:
    """The examiner knows rungs 2 and 3, and the question after the solution."""
    _, said = kernel.get("checks/test-echo/hints")
    assert (said["hints"], said["explain_back"]) == (["Look.", "Do ___."], "test-back")


def test_a_name_is_given_once() -> None:
    """Two exercises or two questions of one name are a fault of the course."""
    with pytest.raises(ValueError, match="two exercises"):
        exercise("test-echo")(echo)
    with pytest.raises(ValueError, match="two questions"):
        question("test-guess", "Again?", [])


def test_a_check_knows_of_variations() -> None:
    """A check without `variation` isn't one."""
    with pytest.raises(ValueError, match="variation"):
        exercise("test-without")(lambda probe, work: None)


def test_each_wrong_option_has_its_misconception() -> None:
    """A question with two right options, or a wrong one without a name, is refused."""
    right = Option("a", "Yes.", right=True)
    with pytest.raises(ValueError, match="one right option"):
        question("test-two", "?", [right, right])
    with pytest.raises(ValueError, match="no misconception"):
        question("test-none", "?", [right, Option("b", "No.")])


def test_each_explanation_has_its_question(kernel: Kernel) -> None:
    """Every question that an exercise asks after its solution exists."""
    kernel.get("checks")
    for known in exercises.exercises():
        if known.explain_back:
            assert kernel.get(f"predictions/{known.explain_back}")[0] == 200
