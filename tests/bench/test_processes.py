"""What /proc says."""

from bench.processes import Memory, Process, below, parse_rollup, parse_stat


def test_stat_with_a_difficult_command():
    """A command's name may hold spaces and brackets."""
    fields = " ".join(str(n) for n in range(5, 22))
    assert parse_stat(f"42 (a) (b c) S 7 {fields} 9001 0 0") == Process(42, 7, 9001)


def test_rollup_sums():
    """Sizes are kB in the file and MB for us; other lines don't matter."""
    text = (
        "55e0-7ffd ---p 00000000 00:00 0    [rollup]\n"
        "Rss:               20480 kB\nPss:               10240 kB\n"
        "Pss_Anon:           4096 kB\n"
    )
    assert parse_rollup(text) == Memory(rss=20.0, pss=10.0)


def test_descendants():
    """Children of children belong to the tree; strangers and itself don't."""
    tree = {1: 0, 2: 1, 3: 2, 4: 1, 9: 0}
    processes = {pid: Process(pid, parent, 0) for pid, parent in tree.items()}
    assert {process.pid for process in below(1, processes)} == {2, 3, 4}


def test_unreadable_share_makes_the_sum_unreadable():
    """One process whose proportional size is hidden hides the sum's, not its RSS."""
    assert Memory(5.0, 2.0) + Memory(3.0, None) == Memory(8.0, None)
