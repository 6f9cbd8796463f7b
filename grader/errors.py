"""Every error raised on purpose.

GraderError                 shown in one line in a notebook
├── LabError                the lab can't do what was asked; the message says what can
│   ├── LabNotStarted       no lab in this kernel: lab.start()
│   ├── LabEnded            the lab process is gone: lab.start() starts a new one
│   ├── LabStartFailed      the lab process didn't come up: fix the machine or the port
│   ├── PortTaken           another program has the port: choose another, or 0
│   └── LabBusy             work is still in flight after the time allowed
├── WrongUse                a call of check, hint, predict … that can't be meant
├── CheckFailed             the work isn't right yet
├── CheckBroken             the check itself broke: our bug, never the learner's
├── ForkFailed              a warm process didn't come up or can't fork
├── SandboxFailed           a sandbox wasn't built: nothing ran in it
└── CourseError             the instructor's side can't do what was asked
    ├── CourseNotFound      not inside a course: go to its folder
    ├── ReleaseFailed       a source notebook is wrong: mend the cell that it names
    ├── KernelStartFailed   a submission's kernel didn't come up: never the learner's
    ├── NothingGraded       no gradebook yet: grade first
    ├── WorkUnusable        grading can't write its files, or another run does
    ├── WorkerLost          a process that grades ended: another one tries again
    ├── ClusterUnusable     the scheduler of the cluster doesn't answer: see its address
    ├── GradebookUnusable   the gradebook can't be reached or written: see its address
    └── MachineLacking      this machine lacks something: the message says how to get it
"""


class GraderError(Exception):
    """An error whose message is all that a reader needs."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows this instead of a traceback.
        return [f"{type(self).__name__}: {self}"]


class LabError(GraderError):
    """The lab can't do what was asked."""


class LabNotStarted(LabError):
    """There is no lab in this kernel yet."""


class LabEnded(LabError):
    """The lab process has ended."""


class LabStartFailed(LabError):
    """The lab process didn't come up."""


class PortTaken(LabError):
    """Another program has the port on 127.0.0.1."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(
            f"port {port} on 127.0.0.1 can't be had ({reason}); "
            "end the program that has it, or choose another (0 takes any free one)"
        )


class LabBusy(LabError):
    """Work is still in flight after the time allowed."""


class WrongUse(GraderError):
    """A call that can't be meant, with the call that was probably meant."""


class CheckFailed(GraderError):
    """The work isn't right yet."""


class CheckBroken(GraderError):
    """The check itself broke: our bug, never scored as the learner's."""


class ForkFailed(GraderError):
    """A warm process didn't come up, or can't fork."""


class SandboxFailed(GraderError):
    """A sandbox couldn't be built; nothing ran in it."""


class CourseError(GraderError):
    """The instructor's side can't do what was asked."""


class CourseNotFound(CourseError):
    """The current folder is in no course."""


class ReleaseFailed(CourseError):
    """nbgrader couldn't make a release of a source notebook."""


class KernelStartFailed(CourseError):
    """A submission's kernel didn't come up: this machine's fault or its sandbox's."""


class NothingGraded(CourseError):
    """There is no gradebook to report from."""


class WorkUnusable(CourseError):
    """The folder that grading writes into can't be had."""


class WorkerLost(CourseError):
    """A process that graded a submission ended without a result."""


class ClusterUnusable(CourseError):
    """The cluster that should grade can't be reached."""


class GradebookUnusable(CourseError):
    """nbgrader's gradebook can't be had."""


class MachineLacking(CourseError):
    """This machine lacks something that the command needs."""
