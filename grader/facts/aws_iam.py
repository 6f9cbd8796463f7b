"""IAM: how large policies may be, white space not counted."""

from __future__ import annotations

from grader.facts.fact import Fact

_QUOTAS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"

MANAGED_POLICY_SIZE = Fact(6_144, "characters", _QUOTAS)
INLINE_POLICIES_SIZE = {
    "user": Fact(2_048, "characters of all inline policies together", _QUOTAS),
    "role": Fact(10_240, "characters of all inline policies together", _QUOTAS),
    "group": Fact(5_120, "characters of all inline policies together", _QUOTAS),
}
TRUST_POLICY_SIZE = Fact(2_048, "characters, unless AWS was asked for more", _QUOTAS)
