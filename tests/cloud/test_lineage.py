"""The lineage of a trace header."""

from grader.cloud.lineage import LIMIT, advance

ONE = "arn:aws:lambda:eu-west-1:123456789012:function:one"
OTHER = "arn:aws:lambda:eu-west-1:123456789012:function:other"


def test_the_first_invocation_is_counted_as_one():
    """A chain of events that starts here has invoked the function once."""
    assert advance(None, ONE)[1] == 1


def test_each_turn_counts_one_more():
    """A header that went around comes back with the count that it left with."""
    header, counts = None, []
    for _ in range(LIMIT + 1):
        header, count = advance(header, ONE)
        counts.append(count)
    assert counts == list(range(1, LIMIT + 2))


def test_functions_are_counted_apart():
    """Another function in the same chain has its own count."""
    header, _ = advance(advance(None, ONE)[0], ONE)
    header, other = advance(header, OTHER)
    assert (other, advance(header, ONE)[1]) == (1, 3)


def test_the_trace_goes_on():
    """Root, Parent and Sampled stay those of the caller."""
    sent = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    assert advance(sent, ONE)[0].startswith(f"{sent};Lineage=1:")


def test_a_new_trace_has_x_rays_form():
    """Without a header a trace is started: Root, Parent, Sampled, Lineage."""
    fields = dict(one.split("=") for one in advance(None, ONE)[0].split(";"))
    version, seconds, random = fields["Root"].split("-")
    assert list(fields) == ["Root", "Parent", "Sampled", "Lineage"]
    assert (version, len(seconds), len(random), len(fields["Parent"])) == (
        "1",
        8,
        24,
        16,
    )


def test_a_garbled_lineage_starts_anew():
    """What isn't a count is left out, and nothing fails."""
    assert advance("Root=1-2-3;Lineage=x|1:a:b|;", ONE)[1] == 1
