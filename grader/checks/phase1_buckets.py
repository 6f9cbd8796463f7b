"""make-bucket: a bucket in any Region, whoever has its name already."""

from __future__ import annotations

from typing import Any

from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.probe import REGIONS, Probe, quoted

OLDEST = "us-east-1"
"""The Region that S3 takes without a LocationConstraint, and only so."""

# What a create_bucket that isn't told better ends in, and the thought behind it.
_ERRORS = {
    "InvalidLocationConstraint": "constraint-always",
    "IllegalLocationConstraint": "constraint-never",
    "BucketAlreadyOwnedByYou": "second-call-fails",
    "BucketAlreadyExists": "names-are-mine",
}


@exercise(
    "make-bucket",
    hints=(
        "Read the error's code, then its sentence: it says whether the place is wrong, "
        "or the name. A place: which Region, and was it told in the way that this "
        "Region wants? A name: is it yours already, or somebody else's?",
        's3, place = cloud.client("s3", ____), {}\n'
        'if region != "____":\n'
        '    place = {"CreateBucketConfiguration": {"____": region}}\n'
        "try:\n"
        "    s3.create_bucket(Bucket=name, **place)\n"
        "except s3.exceptions.BucketAlreadyOwnedByYou:\n"
        "    ____                    # an earlier call made it\n"
        "except s3.exceptions.____:\n"
        '    return make_bucket(cloud, f"{name}-{____}", region)\n'
        "return ____",
    ),
    explain_back="explain-make-bucket",
    misconceptions={
        "constraint-always": "You may think that S3 always wants to be told the "
        "Region. In its oldest one it refuses to be told.",
        "constraint-never": "You may think that the client's Region is enough. It is "
        "for everything else; for a bucket, S3 wants the Region once more, as "
        "LocationConstraint, and the same one as the client's.",
        "client-of-home": "You may think that one client can make buckets everywhere. "
        "A client speaks to one Region; ask cloud for one of the Region that is "
        "wanted.",
        "second-call-fails": "You may think that a function is called once. Programs "
        "run again, and the second time everything is there already: that is no "
        "failure.",
        "names-are-mine": "You may think that the names in your account are yours "
        "alone. Bucket names are shared by all accounts; when one is taken, take "
        "another.",
        "taken-is-mine": "You may think that 'already exists' means that you have it. "
        "Somebody has it. BucketAlreadyOwnedByYou is the code that says that it is "
        "you.",
        "new-name-each-time": "You may think that any free name will do. Whoever asks "
        "again has to find the bucket of the first time, so the other name has to "
        "come out the same each time.",
        "client-of-another-cloud": "You may think that any client will do. The "
        "function is given a cloud to build in, and it may be another account than "
        "yours.",
        "print-is-return": "You may think that what a function prints is its answer. "
        "Its answer is what it returns.",
    },
)
def make_bucket(probe: Probe, make_bucket: Work, *, variation: bool) -> None:
    """Your function makes a bucket in any Region and returns its name."""
    builder = _Builder(probe, make_bucket, variation)
    far = [one for one in REGIONS if one != probe.region]
    regions = [probe.random.choice(far), OLDEST]
    if variation:
        regions = [probe.region, OLDEST, *probe.random.sample(far, 2)]
    try:
        for region in regions:
            builder.free(region)
        builder.taken(regions[0])
        if variation:
            builder.taken(OLDEST)
    finally:
        builder.remove()


class _Builder:
    """Buckets that are asked for, looked at, and removed again."""

    def __init__(self, probe: Probe, make_bucket: Work, variation: bool) -> None:
        self.probe = probe
        self.make_bucket = make_bucket
        self.variation = variation
        self.made: set[str] = set()

    def free(self, region: str) -> None:
        """Ask for a name that nobody has, twice."""
        name = self.probe.name("prints")
        self._twice(name, region, f"I asked for the bucket {name} in {region}")

    def taken(self, region: str) -> None:
        """Ask for a name that another account has, twice."""
        name = self.probe.name("photos")
        other = self.probe.fresh(region)
        _create(other.client("s3"), name, region)
        asked = f"Somebody else has the bucket {name}; I asked for it in {region}"
        try:
            self._twice(name, region, asked, taken=True)
        finally:
            other.client("s3").delete_bucket(Bucket=name)

    def remove(self) -> None:
        """Delete what was made in the account of the check."""
        mine = self.probe.client("s3").list_buckets()["Buckets"]
        for name in self.made & {bucket["Name"] for bucket in mine}:
            self.probe.client("s3").delete_bucket(Bucket=name)

    def _twice(self, name: str, region: str, asked: str, taken: bool = False) -> None:
        first = self._asked(name, region, asked)
        self._usable(first, name, region, asked, taken)
        asked += ", and then once more"
        second = self._asked(name, region, asked)
        self._usable(second, name, region, asked, taken)
        if second != first:
            raise Failed(
                f"{asked}; you made a second bucket.",
                expected=f"{first}, as the first time",
                observed=second,
                look="where the other name comes from: it has to come out the same "
                "each time",
                misconception="new-name-each-time",
            )

    def _asked(self, name: str, region: str, asked: str) -> str:
        try:
            made = self.make_bucket(self.probe.cloud_argument(), name, region)
        except Raised as fault:
            raise _told(fault, asked, region) from None
        if not isinstance(made, str) or not made.startswith(name):
            raise Failed(
                f"{asked}; your make_bucket returned no name that begins with it.",
                expected=f"{name}, or a longer name that begins so",
                observed=quoted(made),
                look="the return of make_bucket",
                misconception="print-is-return" if made is None else None,
            )
        self.made.add(made)
        return made

    def _usable(
        self, made: str, name: str, region: str, asked: str, taken: bool
    ) -> None:
        s3 = self.probe.client("s3", region)
        if made not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
            elses = taken and made == name
            raise Failed(
                f"{asked}; your make_bucket returned {made}.",
                expected="the name of a bucket that is in the account I gave you",
                observed="the name of somebody else's bucket"
                if elses
                else "no bucket of this name is in that account",
                look="which error was caught, and what was done about it"
                if elses
                else "whether create_bucket was called, and on a client of cloud",
                misconception="taken-is-mine"
                if elses
                else "client-of-another-cloud"
                if self.variation
                else None,
            )
        # S3 calls its oldest Region by no name at all.
        where = s3.get_bucket_location(Bucket=made)["LocationConstraint"] or OLDEST
        if where != region:
            raise Failed(
                f"{asked}; the bucket is elsewhere.",
                expected=region,
                observed=where,
                look="the Region of the client, and the LocationConstraint",
                misconception="constraint-never",
            )


def _told(fault: Raised, asked: str, region: str) -> Failed:
    code = next((code for code in _ERRORS if code in fault.message), None)
    if code is None:
        return fault
    misconception = _ERRORS[code]
    # The sentence names the constraint that was sent: the right one, sent by the wrong
    # client. In the oldest Region the right one is none.
    right = "unspecified" if region == OLDEST else region
    if code.startswith("Illegal") and f"The {right} location" in fault.message:
        misconception = "client-of-home"
    return Failed(
        f"{asked}; S3 refused, and your make_bucket didn't catch it.",
        expected="a bucket, and its name",
        observed=fault.message.partition("raised ")[2],
        look="the code of the error, which stands in brackets after 'An error "
        "occurred', and its sentence",
        misconception=misconception,
    )


def _create(s3: Any, name: str, region: str) -> None:
    place = {}
    if region != OLDEST:
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **place)
