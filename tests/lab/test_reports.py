import json

from grader.lab.reports import Report, Reports, parse, reports

COLD = (
    "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 15.74 ms\t"
    "Billed Duration: 147 ms\tMemory Size: 128 MB\tMax Memory Used: 56 MB\t"
    "Init Duration: 130.49 ms\t"
)
TIMEOUT = (
    "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 3000.00 ms\t"
    "Billed Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\t"
    "Status: timeout"
)


def test_a_cold_start_has_its_init_time() -> None:
    """Every field of a text REPORT line is read, in its unit."""
    assert parse(COLD) == Report(
        request_id="8f507cfc-xmpl-4697-b07a-ac58fc914c95",
        duration_ms=15.74,
        billed_ms=147,
        memory_mb=128,
        max_memory_mb=56,
        init_ms=130.49,
    )


def test_a_warm_start_has_no_init_time() -> None:
    """Without Init Duration the invocation was warm."""
    report = parse(TIMEOUT)
    assert report is not None
    assert not report.cold


def test_a_status_is_read() -> None:
    """A line with Status tells of a timeout or an error."""
    report = parse(TIMEOUT)
    assert report is not None
    assert report.status == "timeout"


def test_the_json_form_is_read() -> None:
    """A platform.report record is a report too."""
    metrics = {
        "durationMs": 1.5,
        "billedDurationMs": 2,
        "memorySizeMB": 256,
        "maxMemoryUsedMB": 40,
    }
    record = {"requestId": "r", "metrics": metrics, "status": "error"}
    line = json.dumps({"type": "platform.report", "record": record})
    assert parse(line) == Report("r", 1.5, 2, 256, 40, status="error")


def test_other_lines_are_no_reports() -> None:
    """What a function prints is never taken for a report."""
    lines = ["START RequestId: 1 Version: $LATEST", "{}", "{half", "REPORT card", COLD]
    assert len(reports(lines)) == 1


def test_a_slice_is_a_table_as_well() -> None:
    """The last of several reports show as a table, not as objects."""
    both = reports([COLD, TIMEOUT])
    assert isinstance(both[1:], Reports)
    assert "timeout" in repr(both[1:])


def test_html_and_text_say_the_same() -> None:
    """Each cell of the HTML table stands in the text table too."""
    both = reports([COLD, TIMEOUT])
    for cell in both._repr_html_().split("<td>")[1:]:
        assert cell.split("<")[0] in repr(both)
