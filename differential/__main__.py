"""`python -m differential`: random pairs, judged by both evaluators.

Exit status 0 when they agree on every pair, 1 when they don't, 2 without the peer.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Sequence

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from bench.peers import InstallError
from differential import corpus
from differential.differences import DIFFERENCES
from differential.generator import pairs
from differential.pairs import Pair, verdict
from differential.peer import VERSIONS, Peer, PeerError

_BATCH = 500


class Disagreement(Exception):
    """The evaluators differ on a pair, the smallest that was found."""

    def __init__(self, pair: Pair, ours: str, theirs: str) -> None:
        super().__init__(f"ours: {ours}, theirs: {theirs}")
        self.pair = pair


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the user asked for."""
    parser = argparse.ArgumentParser(
        prog="make differential ARGS=…",
        description="Compares our evaluator of IAM policies with iam-simulate.",
    )
    parser.add_argument(
        "--pairs", type=int, default=2000, help="how many different ones, at least"
    )
    parser.add_argument(
        "--seed", type=int, default=None, help="the seed of an earlier run"
    )
    parser.add_argument(
        "--record", action="store_true", help="keep some pairs for the tests"
    )
    return parser.parse_args(arguments)


def main() -> int:
    """One run."""
    chosen = options()
    seed = secrets.randbelow(10**9) if chosen.seed is None else chosen.seed
    judged: dict[str, corpus.Judged] = {}
    print(f"seed {seed}", file=sys.stderr, flush=True)
    try:
        with Peer() as peer:
            while len(judged) < chosen.pairs:
                compare(peer, judged, seed)
                seed += 1
                print(f"{len(judged)} pairs agree", file=sys.stderr, flush=True)
    except Disagreement as disagreement:
        print(json.dumps(vars(disagreement.pair), indent=2, sort_keys=True))
        print(f"The evaluators disagree: {disagreement}")
        return 1
    except (InstallError, PeerError) as error:
        print(f"The peer has no verdict: {error}", file=sys.stderr)
        return 2
    if chosen.record:
        corpus.write(corpus.chosen(judged.values()))
    print(summary(judged.values()))
    return 0


def compare(peer: Peer, judged: dict[str, corpus.Judged], seed: int) -> None:
    """Judge a batch of pairs and add those that are new.

    Raises: Disagreement, about the smallest pair that the evaluators disagree on.
    """

    def agree(pair: Pair) -> None:
        answer = peer.ask(pair)
        known = pair.without_keys(answer.ignored)
        ours = verdict(known)
        if ours != answer.verdict:
            raise Disagreement(known, ours, answer.verdict)
        judged[known.text()] = (known, ours)

    configured = settings(
        max_examples=_BATCH,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    run: Callable[[], None] = seeded(seed)(configured(given(pairs())(agree)))
    run()


def summary(judged: Sequence[corpus.Judged]) -> str:
    """What the evaluators agreed on."""
    counted = Counter(verdict for _, verdict in judged)
    parts = ", ".join(f"{number} {name}" for name, number in counted.most_common())
    name, version = next(iter(VERSIONS.items()))
    return (
        f"Ours and {name} {version} agree on {len(judged)} pairs: {parts}."
        f" {len(DIFFERENCES)} known differences are taken into account."
    )


if __name__ == "__main__":
    sys.exit(main())
