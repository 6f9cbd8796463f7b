"""Hidden parts of test cells run later, and find what was there at their place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.forkserver import ForkServer
from grader.grading.kernels import Fork, Kernel, Limits, PlainTest, Ran
from grader.grading.kernels.test_cells import Finding, hidden_lines
from grader.sandbox import Isolation

KEEPING = """\
def square(x):
    try:
        with open("kept.txt", "a") as file:
            file.write(f"{x} ")
    except OSError:
        pass
    return x * x"""
VISIBLE = "assert square(3) == 9"
HIDDEN = "### BEGIN HIDDEN TESTS\nassert square(1234) == 1522756\n### END HIDDEN TESTS"
PRINTS = "print(open('kept.txt').read())"


@pytest.fixture
def kernel(server: ForkServer, isolation: Isolation) -> Iterator[Kernel]:
    """A kernel behind walls, with the answer that keeps what it's called with."""
    with Kernel(server, None, isolation, limits=Limits(total_seconds=60)) as own:
        own.run(KEEPING)
        yield own


def begun(
    kernel: Kernel,
    hidden: str = HIDDEN,
    visible: str = VISIBLE,
    *,
    last: str = "",
    maximum: float = 5,
) -> PlainTest:
    """A test that waits, with a visible line above what is hidden, and one below."""
    lines = [visible, hidden, last]
    source = "\n".join(line for line in lines if line)
    released = "\n".join(line for line in (visible, last) if line)
    test = PlainTest(source, maximum, released=released)
    kernel.begin(test)
    return test


def finished(kernel: Kernel, test: PlainTest) -> tuple[Finding, Ran]:
    kernel.reveal()
    ran = kernel.finish(test)
    return test.finding, ran


def text(ran: Ran) -> str:
    return str(ran.outputs)


def test_what_is_visible_runs_at_its_place(kernel: Kernel) -> None:
    """Later cells find what its functions left in files, as in nbgrader."""
    test = begun(kernel)
    assert "3 " in text(kernel.run(PRINTS))
    assert test.waits and not test.finding.passed


def test_no_cell_sees_what_a_hidden_test_calls_with(kernel: Kernel) -> None:
    """A function keeps it in a file, and a later cell prints that: there is nothing."""
    test = begun(kernel)
    assert "1234" not in text(kernel.run(PRINTS))
    assert finished(kernel, test)[0].passed


def test_under_a_cell_magic_all_is_hidden(kernel: Kernel) -> None:
    """It makes one statement of the whole cell, hidden lines included."""
    test = begun(kernel, visible=f"%%time\n{VISIBLE}")
    assert "No such file" in text(kernel.run(PRINTS))
    assert finished(kernel, test)[0].passed


def test_a_hidden_test_fails_as_any_other(kernel: Kernel) -> None:
    """It has run, though late, and says where."""
    test = begun(kernel, HIDDEN.replace("1522756", "1"))
    finding, _ = finished(kernel, test)
    assert not finding.passed and finding.line == 3


def test_a_visible_failure_ends_the_test(kernel: Kernel) -> None:
    """Nothing waits; its message is from a time before anything hidden."""
    test = begun(kernel, visible="assert square(3) == 10")
    assert not test.waits
    assert test.finding.exception == "AssertionError"


def test_a_hidden_test_finds_the_names_of_its_place(kernel: Kernel) -> None:
    """A cell below it redefines what it tests."""
    test = begun(kernel)
    kernel.run("def square(x):\n    return 0")
    assert finished(kernel, test)[0].passed


def test_a_hidden_test_finds_the_files_of_its_place(kernel: Kernel) -> None:
    """One was changed, one removed and one made meanwhile; links and folders too."""
    kernel.run(
        "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').write('c')\n"
        "open('d', 'w').write('d')\nos.symlink('d', 'e')"
    )
    look = (
        "import os\nassert open('a/b/c').read() == 'c'\n"
        "assert open('d').read() == 'd' and os.readlink('e') == 'd'\n"
        "assert not os.path.exists('f') and not os.path.exists('g')"
    )
    marks = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
    test = begun(kernel, marks.format(look), visible="pass")
    other = begun(kernel, marks.format("assert not os.path.exists('h')"), "import os")
    kernel.run(
        "import shutil\nshutil.rmtree('a')\nopen('d', 'w').write('other')\n"
        "os.unlink('e')\nos.symlink('a', 'e')\nos.makedirs('f/g')\n"
        "open('g', 'w').write('g')"
    )
    assert finished(kernel, test)[0] == Finding(True, 1.0)
    assert finished(kernel, other)[0].passed


def test_the_future_is_for_both_parts(kernel: Kernel) -> None:
    """Annotations aren't looked at where the first line says so."""
    hidden = (
        "### BEGIN HIDDEN TESTS\ndef same(x: nowhere):\n    return x\n"
        "assert same(1) == 1\n### END HIDDEN TESTS"
    )
    test = begun(kernel, hidden, f"from __future__ import annotations\n{VISIBLE}")
    assert finished(kernel, test)[0].passed


def test_a_seed_holds_in_forks(kernel: Kernel) -> None:
    """Python seeds anew in a fork, as no notebook that runs from its top does."""
    kernel.run("import random\nrandom.seed(1)\nrandom.random()")
    draw = "### BEGIN HIDDEN TESTS\nassert draw() == {}\n### END HIDDEN TESTS"
    test = begun(
        kernel,
        draw.format("0.763774618976614"),
        "from random import random as draw\nassert draw() == 0.8474337369372327",
    )
    assert finished(kernel, test)[0].passed


def test_a_test_without_a_value_takes_none(kernel: Kernel) -> None:
    """A function that finds what reports the end can't choose a number by it."""
    kernel.run(
        "import os, sys\ndef square(x):\n"
        "    found = sys._getframe(1).f_code.co_consts\n"
        "    for report in found:\n"
        "        if x == 1234 and getattr(report, '__name__', '') == 'report':\n"
        "            for nonce in filter(lambda one: isinstance(one, str), found):\n"
        "                report(nonce, 1.234)\n"
        "            os._exit(0)\n"
        "    return x * x"
    )
    finding, _ = finished(kernel, begun(kernel))
    assert not finding.passed and "no value" in finding.message


def test_points_are_counted_over_both_parts(kernel: Kernel) -> None:
    """A counter goes over, and is still out of the reach of learners' functions."""
    hidden = (
        "### BEGIN HIDDEN TESTS\nif square(4) == 16:\n    points += 1\n"
        "if square(5) == 26:\n    points += 1\n### END HIDDEN TESTS"
    )
    visible = "points = 0\nif square(3) == 9:\n    points += 2"
    test = begun(kernel, hidden, visible, last="points")
    assert finished(kernel, test)[0] == Finding(True, 0.6)


def test_the_code_comes_when_it_is_time(kernel: Kernel) -> None:
    """A function that the visible part calls finds no constant of the hidden one."""
    kernel.run(
        "import sys\ndef square(x):\n    frame, found = sys._getframe(), ''\n"
        "    while frame:\n        found += repr(frame.f_code.co_consts)\n"
        "        frame = frame.f_back\n"
        "    with open('kept.txt', 'w') as file:\n        file.write(found)\n"
        "    return x * x"
    )
    test = begun(kernel)
    found = text(kernel.run(PRINTS))
    assert "==" in found and "1522756" not in found
    assert finished(kernel, test)[0].passed


def test_what_was_shown_stays(kernel: Kernel) -> None:
    """A function that a hidden test calls can't update what a cell displays."""
    kernel.run(
        "def square(x):\n    from IPython.display import update_display\n"
        "    update_display(x, display_id='here')\n    return x * x"
    )
    cell = kernel.run(
        "from IPython.display import display\ndisplay(0, display_id='here')"
    )
    test = begun(kernel)
    kernel.run("square(77)")
    _, ran = finished(kernel, test)
    assert "77" in text(cell) and "1234" not in text(cell) and "1234" not in text(ran)


@pytest.mark.parametrize("waits", [False, True])
def test_a_fork_that_waits_is_not_waited_for(kernel: Kernel, waits: bool) -> None:
    """Where cells may wait for whichever child ends, they find their own alone."""
    kernel.awaits_children = waits
    test = begun(kernel)
    found = kernel.run(
        "import os\ntry:\n    print('mine', os.waitpid(-1, os.WNOHANG))\n"
        "except ChildProcessError:\n    print('no child')"
    )
    assert ("no child" in text(found)) is waits
    assert finished(kernel, test)[0].passed


def test_after_the_death_of_a_kernel_they_wait_again(kernel: Kernel) -> None:
    """The cells before them run again, and they're forked at their places."""
    kernel.run("turn = 1")
    test = begun(kernel, HIDDEN.replace("assert", "assert turn == 1 and"))
    kernel.run("turn = 2")
    assert kernel.run("import os; os._exit(3)").end == "died"
    kernel.run("turn = 3")
    assert kernel.deaths == 1
    assert finished(kernel, test)[0].passed


def test_they_run_when_too_many_kernels_have_died(kernel: Kernel) -> None:
    """No cell runs any more, and what was answered before is tested nevertheless."""
    test = begun(kernel)
    ends = [kernel.run("import os; os._exit(3)").end for _ in range(5)]
    assert ends == ["died"] * 4 + ["lost"]
    assert finished(kernel, test)[0].passed


def test_what_waits_ends_with_a_kernel_that_it_ended(kernel: Kernel) -> None:
    """A visible part kills the kernel on its way: the test isn't passed, others are."""
    kernel.run(
        "import os, signal, threading, time\ndef ending(x):\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n    return x * x"
    )
    tests = [begun(kernel), begun(kernel, visible="ending(3)"), begun(kernel)]
    kernel.reveal()
    for test in tests:
        kernel.finish(test)
    assert [test.finding.passed for test in tests] == [True, False, True]


def test_a_hidden_part_may_end_the_kernel(kernel: Kernel) -> None:
    """The next one runs nevertheless; how it ended isn't told."""
    kernel.run(
        "import os, signal\ndef ending(x):\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n    return x"
    )
    ending = HIDDEN.replace("square", "ending")
    tests = [begun(kernel), begun(kernel, ending), begun(kernel)]
    kernel.reveal()
    rans = [kernel.finish(test) for test in tests]
    assert [test.finding.passed for test in tests] == [True, False, True]
    assert "SIGKILL" not in rans[1].note


def test_hidden_parts_have_time_of_their_own(server: ForkServer) -> None:
    """A submission that used up its own has its earlier answers tested."""
    limits = Limits(cell_seconds=5, total_seconds=2, grace=0.5)
    with Kernel(server, limits=limits) as kernel:
        kernel.run(KEEPING)
        test = begun(kernel)
        assert kernel.run("while True: pass").end == "total"
        assert finished(kernel, test)[0].passed


def test_a_hidden_part_has_a_limit(server: ForkServer) -> None:
    """It is ended, and the kernel can still be used by the next one."""
    limits = Limits(cell_seconds=1, total_seconds=60, grace=0.5)
    with Kernel(server, limits=limits) as kernel:
        kernel.run(KEEPING)
        endless = "### BEGIN HIDDEN TESTS\nwhile True: pass\n### END HIDDEN TESTS"
        tests = [begun(kernel, endless), begun(kernel)]
        kernel.reveal()
        assert [kernel.finish(test).end for test in tests] == ["timeout", ""]
        assert [test.finding.passed for test in tests] == [False, True]


def test_a_fork_that_was_killed_is_no_pass(kernel: Kernel) -> None:
    """A learner's cell ends what waits: the test has then not been passed."""
    test = begun(kernel)
    kernel.run(
        "import os, signal\n"
        "for pid in filter(str.isdecimal, os.listdir('/proc')):\n"
        "    with open(f'/proc/{pid}/stat') as file:\n"
        "        mine = file.read().split()[3] == str(os.getpid())\n"
        "    if mine:\n        os.kill(int(pid), signal.SIGKILL)"
    )
    assert not finished(kernel, test)[0].passed


def test_pools_of_threads_work_in_what_waited(kernel: Kernel) -> None:
    """Their threads stayed in the kernel: they begin anew."""
    kernel.run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(2)\nlist(pool.map(abs, [1, 2, 3]))\n"
        "def square(x):\n    return pool.submit(pow, x, 2).result(timeout=5)"
    )
    assert finished(kernel, begun(kernel))[0].passed


def test_what_is_put_off_runs_with_the_names_of_its_place(kernel: Kernel) -> None:
    """And with the outputs of a cell; an error is one of them."""
    kernel.run("turn = 1")
    fork: Fork = kernel.put_off("print('turn', turn)\n1/0")
    kernel.run("turn = 2")
    kernel.reveal()
    ran = kernel.finish(fork)
    assert "turn 1" in text(ran) and "ZeroDivisionError" in text(ran)


@pytest.mark.parametrize(
    ("source", "released", "lines"),
    [
        ("a\nb", "a\nb", []),
        ("a\n#B\nh\n#E\nb", "a\nb", [2, 3, 4]),
        ("#B\nh\n#E", "", [1, 2, 3]),
        ("a\n#B\na\n#E\na", "a\na", [2, 3, 4]),
        ("a\n#B\nh\n#E\nb\n#B\nh\n#E\nc", "a\nb\nc", [2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_hidden_lines(source: str, released: str, lines: list[int]) -> None:
    """From the first to the last that learners don't have."""
    assert list(hidden_lines(source, released)) == lines
