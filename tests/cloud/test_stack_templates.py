"""Templates of stacks are data."""

from __future__ import annotations

from pathlib import Path

from tests.cloud.conftest import Account

BUCKET = """\
Resources:
  Ours:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Join ["-", [ours, !Ref "AWS::Region"]]
Outputs:
  Arn: {Value: !GetAtt Ours.Arn}
"""


def test_a_tag_of_python_runs_nothing_in_the_lab(
    account: Account, tmp_path: Path
) -> None:
    """moto alone would make the folder, in the lab's own process."""
    made = tmp_path / "made"
    template = f"Resources: {{}}\nDescription: !!python/object/apply:os.mkdir [{made}]"
    stacks = account.client("cloudformation")
    stacks.create_stack(StackName="theirs", TemplateBody=template)
    stacks.get_template_summary(TemplateBody=template)
    stacks.create_change_set(
        StackName="later",
        ChangeSetName="later",
        ChangeSetType="CREATE",
        TemplateBody=template,
    )
    assert not made.exists()


def test_the_short_forms_of_functions_are_read(account: Account) -> None:
    stacks = account.client("cloudformation")
    stacks.create_stack(StackName="ours", TemplateBody=BUCKET)
    (stack,) = stacks.describe_stacks(StackName="ours")["Stacks"]
    name = f"ours-{stacks.meta.region_name}"
    assert [one["OutputValue"] for one in stack["Outputs"]] == [f"arn:aws:s3:::{name}"]
