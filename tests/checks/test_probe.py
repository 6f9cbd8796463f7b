import time
from collections.abc import Iterator

import pytest

from grader.checks.exercise import Failed
from grader.checks.probe import REGIONS, OutOfTime, Probe, quoted, read_answer
from grader.lab.cloud import Cloud, Keys
from grader.lab.process import LabProcess


@pytest.fixture(scope="module")
def home() -> Iterator[Cloud]:
    """An administrator's handle on a lab process."""
    process = LabProcess(0)
    keys = Keys("examiner", "examiner")
    yield Cloud(process.endpoint_url, "eu-west-1", keys=keys)
    process.stop()


def probe_of(cloud: Cloud, *, seed: int = 1, seconds: float = 60.0) -> Probe:
    return Probe(cloud, seed=seed, deadline=time.perf_counter() + seconds)


@pytest.fixture
def probe(home: Cloud) -> Probe:
    """A probe on an empty account."""
    return probe_of(home).fresh()


def test_fresh_is_elsewhere(home: Cloud) -> None:
    """A fresh probe is in another Region of the list, with another account."""
    probe = probe_of(home)
    away = probe.fresh()
    assert away.region in REGIONS
    assert away.region != probe.region
    assert away.account != probe.account


def test_a_seed_repeats_a_run(home: Cloud) -> None:
    """Names and Regions of a run come again from its seed."""
    first, again = probe_of(home, seed=7), probe_of(home, seed=7)
    assert first.name("photos") == again.name("photos")
    assert first.fresh().region == again.fresh().region


def test_objects_come_back(probe: Probe) -> None:
    """put, get and keys see the same bucket; a missing key is None."""
    bucket = probe.name("photos")
    where = {"LocationConstraint": probe.region}
    probe.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    probe.put(bucket, "a/résumé +1.txt", b"x")
    assert probe.keys(bucket, "a/") == ["a/résumé +1.txt"]
    assert probe.get(bucket, "a/résumé +1.txt") == b"x"
    assert probe.get(bucket, "b") is None


def test_a_url_that_isnt_there_is_the_works(probe: Probe) -> None:
    """A name without an invoke URL fails the work that gave the name."""
    with pytest.raises(Failed, match="no such HTTP API"):
        probe.url("nothing")


def test_time_is_over_at_the_next_step(home: Cloud) -> None:
    """After its deadline a probe does nothing more."""
    with pytest.raises(OutOfTime):
        probe_of(home, seconds=0).http("GET", "/_lab/health")


def test_a_long_value_is_cut() -> None:
    """A message quotes the beginning of an answer."""
    assert quoted("x" * 1000, limit=10) == '"xxxxxxxxx …'


def test_a_value_is_quoted_as_json() -> None:
    """What was sent is shown as the learner would write it."""
    assert quoted({"name": "Zoë"}) == '{"name": "Zoë"}'


def test_faults_are_the_probes_own(probe: Probe) -> None:
    """A check asks for them in its account, and ends them."""
    sqs = probe.client("sqs")
    probe.fail_next("sqs", "CreateQueue")
    sqs.create_queue(QueueName="orders")
    probe.slow("sqs", "ListQueues", 1)
    probe.shuffle()
    probe.duplicates()
    probe.no_faults()
    sqs.list_queues()
    told = [(call.action, call.error) for call in probe.audit()]
    assert told == [
        ("sqs:CreateQueue", "RequestThrottled"),
        ("sqs:CreateQueue", None),
        ("sqs:ListQueues", None),
    ]


@pytest.mark.parametrize("raw", [b"soon", b"\xff", b"[" * 100_000])
def test_an_answer_that_isnt_json_is_the_works(raw: bytes) -> None:
    """Whoever asks the Runtime API itself, or forks, may answer with any bytes."""
    with pytest.raises(Failed, match="greet; its answer isn't JSON"):
        read_answer("greet", raw)
    assert read_answer("greet", b"") is None
