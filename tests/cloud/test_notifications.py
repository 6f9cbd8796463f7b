"""S3 event notifications, from an upload to what the bucket names."""

import io
import json

import pytest
import requests
from botocore.exceptions import ClientError

from tests.cloud.conftest import allowing

TELLS = "import json\n\ndef handler(event, context):\n    print(json.dumps(event))\n"
CREATED = "s3:ObjectCreated:*"


@pytest.fixture
def cloud(shared_cloud):
    return shared_cloud


@pytest.fixture
def account(fresh_account):
    return fresh_account


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account, s3):
    name = f"notes-{account.id}"
    s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": account.region}
    )
    return name


@pytest.fixture
def function(account, bucket):
    """A function that S3 may invoke for the bucket."""
    account.deploy(TELLS, FunctionName="words")
    permit(account, bucket)
    return arn_of(account)


def arn_of(account, name="words"):
    return f"arn:aws:lambda:{account.region}:{account.id}:function:{name}"


def permit(account, bucket, **settings):
    account.aws_lambda.add_permission(
        **{
            "FunctionName": "words",
            "StatementId": "s3",
            "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
            "SourceArn": f"arn:aws:s3:::{bucket}",
            "SourceAccount": account.id,
            **settings,
        }
    )


def connect(s3, bucket, arn, *events, kind="LambdaFunction", **filters):
    rule = {f"{kind}Arn": arn, "Events": list(events) or [CREATED]}
    if filters:
        rules = [{"Name": name, "Value": value} for name, value in filters.items()]
        rule["Filter"] = {"Key": {"FilterRules": rules}}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={f"{kind}Configurations": [rule]}
    )


def records(cloud, account):
    """What the function was told so far, record by record."""
    cloud.clock.settle()
    told = cloud.asynchronous.journal.deliveries(account=account.id, source="s3")
    return [json.loads(delivery.payload)["Records"][0] for delivery in told]


def incidents(cloud, account):
    cloud.clock.settle()
    return cloud.asynchronous.journal.incidents(account=account.id)


def refusal(s3, bucket, arn, **rule):
    with pytest.raises(ClientError) as raised:
        connect(s3, bucket, arn, **rule)
    return raised.value.response["Error"]


def queue_for(account, bucket):
    """A queue to which S3 may send for the bucket."""
    url, arn = account.queue("events")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}},
    }
    account.client("sqs").set_queue_attributes(
        QueueUrl=url,
        Attributes={"Policy": json.dumps({"Statement": [statement]})},
    )
    return url, arn


def test_an_upload_invokes_the_function(cloud, account, s3, bucket, function):
    """The handler gets one record, with the key encoded."""
    connect(s3, bucket, function)
    s3.put_object(Bucket=bucket, Key="in/résumé +1.txt", Body=b"one two")
    cloud.clock.settle()
    event = next(
        json.loads(line) for line in account.log_lines("words") if line[0] == "{"
    )
    record = event["Records"][0]
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["bucket"]["name"] == bucket
    assert record["s3"]["object"]["key"] == "in/r%C3%A9sum%C3%A9+%2B1.txt"
    assert record["s3"]["object"]["size"] == 7


def test_an_upload_doesnt_wait_for_the_function(cloud, account, s3, bucket):
    """The upload is answered while the function still waits for it to be."""
    account.deploy(
        "import boto3, time\n"
        "s3 = boto3.client('s3')\n"
        "def handler(event, context):\n"
        "    bucket = event['Records'][0]['s3']['bucket']['name']\n"
        "    while not s3.list_objects_v2(Bucket=bucket, Prefix='go')['KeyCount']:\n"
        "        time.sleep(0.01)\n",
        FunctionName="words",
        Timeout=60,
    )
    permit(account, bucket)
    connect(s3, bucket, arn_of(account), prefix="in/")
    s3.put_object(Bucket=bucket, Key="in/a", Body=b"")
    s3.put_object(Bucket=bucket, Key="go", Body=b"")
    cloud.clock.settle()
    report = [line for line in account.log_lines("words") if "REPORT" in line]
    assert "Status: timeout" not in report[0]


def test_the_uploader_can_find_the_event(cloud, account, s3, bucket, function):
    """The event names the answer's request id and host id."""
    connect(s3, bucket, function)
    answer = s3.put_object(Bucket=bucket, Key="a", Body=b"")["ResponseMetadata"]
    assert records(cloud, account)[0]["responseElements"] == {
        "x-amz-request-id": answer["RequestId"],
        "x-amz-id-2": answer["HTTPHeaders"]["x-amz-id-2"],
    }


def test_the_object_is_complete_when_the_event_leaves(
    cloud, account, s3, bucket, function
):
    """The ETag in the event is that of the object as it can be read."""
    connect(s3, bucket, function)
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"x", Tagging="a=b")["ETag"]
    assert records(cloud, account)[0]["s3"]["object"]["eTag"] == etag.strip('"')


def test_a_user_is_named_by_its_unique_id(cloud, account, s3, bucket, function):
    """principalId is AWS: and the id of the IAM user that made the request."""
    connect(s3, bucket, function)
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    user = account.client("sts").get_caller_identity()["UserId"]
    assert records(cloud, account)[0]["userIdentity"] == {"principalId": f"AWS:{user}"}


def test_an_upload_in_parts_is_one_event(cloud, account, s3, bucket, function):
    """CompleteMultipartUpload is told once, and no Put beside it."""
    connect(s3, bucket, function)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a")["UploadId"]
    part = s3.upload_part(
        Bucket=bucket, Key="a", UploadId=upload, PartNumber=1, Body=b"abc"
    )
    s3.complete_multipart_upload(
        Bucket=bucket,
        Key="a",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    (record,) = records(cloud, account)
    assert record["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert record["s3"]["object"]["eTag"].endswith("-1")


def test_a_copy_is_told_as_a_copy(cloud, account, s3, bucket, function):
    """CopyObject makes one ObjectCreated:Copy."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"abc")
    connect(s3, bucket, function)
    s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a")
    (record,) = records(cloud, account)
    assert (record["eventName"], record["s3"]["object"]["key"]) == (
        "ObjectCreated:Copy",
        "b",
    )


def test_a_form_is_told_as_a_post(cloud, account, s3, bucket, function):
    """A browser's upload by form makes an ObjectCreated:Post."""
    connect(s3, bucket, function)
    form = s3.generate_presigned_post(bucket, "a")
    requests.post(
        form["url"], data=form["fields"], files={"file": io.BytesIO(b"abc")}, timeout=30
    )
    assert [record["eventName"] for record in records(cloud, account)] == [
        "ObjectCreated:Post"
    ]


def test_a_removal_is_told(cloud, account, s3, bucket, function):
    """Without versions: ObjectRemoved:Delete with key and sequencer."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"abc")
    connect(s3, bucket, function, "s3:ObjectRemoved:*")
    s3.delete_object(Bucket=bucket, Key="a")
    (record,) = records(cloud, account)
    assert record["eventName"] == "ObjectRemoved:Delete"
    assert set(record["s3"]["object"]) == {"key", "sequencer"}


def test_many_removals_are_told_one_by_one(cloud, account, s3, bucket, function):
    """DeleteObjects makes an event for each object that was there."""
    for key in "ab":
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    connect(s3, bucket, function, "s3:ObjectRemoved:*")
    s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}, {"Key": "c"}]}
    )
    keys = [record["s3"]["object"]["key"] for record in records(cloud, account)]
    assert keys == ["a", "b"]


@pytest.fixture
def versions(s3, bucket):
    s3.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
    )


def test_a_version_is_named(cloud, account, s3, bucket, function, versions):
    """In a bucket with versions the event has the upload's version id."""
    connect(s3, bucket, function)
    version = s3.put_object(Bucket=bucket, Key="a", Body=b"")["VersionId"]
    assert records(cloud, account)[0]["s3"]["object"]["versionId"] == version


def test_a_delete_marker_is_told(cloud, account, s3, bucket, function, versions):
    """Deleting without a version id makes a marker, and an event with its version."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"abc")
    connect(s3, bucket, function, "s3:ObjectRemoved:*")
    marker = s3.delete_object(Bucket=bucket, Key="a")["VersionId"]
    (record,) = records(cloud, account)
    assert record["eventName"] == "ObjectRemoved:DeleteMarkerCreated"
    assert record["s3"]["object"]["versionId"] == marker


def test_a_deleted_version_is_told(cloud, account, s3, bucket, function, versions):
    """Deleting a version for good is an ObjectRemoved:Delete of that version."""
    version = s3.put_object(Bucket=bucket, Key="a", Body=b"1")["VersionId"]
    s3.put_object(Bucket=bucket, Key="a", Body=b"2")
    connect(s3, bucket, function, "s3:ObjectRemoved:*")
    s3.delete_object(Bucket=bucket, Key="a", VersionId=version)
    (record,) = records(cloud, account)
    assert record["eventName"] == "ObjectRemoved:Delete"
    assert record["s3"]["object"]["versionId"] == version


def test_tagging_is_told_when_it_is_asked_for(cloud, account, s3, bucket, function):
    """PutObjectTagging makes an event; tags that come with an upload make none."""
    connect(s3, bucket, function, "s3:ObjectTagging:*")
    s3.put_object(Bucket=bucket, Key="a", Body=b"", Tagging="a=b")
    s3.put_object_tagging(
        Bucket=bucket, Key="a", Tagging={"TagSet": [{"Key": "c", "Value": "d"}]}
    )
    assert [record["eventName"] for record in records(cloud, account)] == [
        "ObjectTagging:Put"
    ]


@pytest.mark.parametrize(
    ("key", "told"),
    [("in/a.txt", True), ("in/a.csv", False), ("out/a.txt", False), ("a.txt", False)],
)
def test_only_matching_keys_are_told(cloud, account, s3, bucket, function, key, told):
    """Prefix and suffix both have to fit the key."""
    connect(s3, bucket, function, prefix="in/", suffix=".txt")
    s3.put_object(Bucket=bucket, Key=key, Body=b"")
    assert bool(records(cloud, account)) is told


def test_an_alias_can_be_the_destination(cloud, account, s3, bucket, function):
    """The rule's ARN names the alias; its own policy has to allow S3."""
    account.aws_lambda.publish_version(FunctionName="words")
    account.aws_lambda.create_alias(
        FunctionName="words", Name="live", FunctionVersion="1"
    )
    assert "live" in refusal(s3, bucket, f"{function}:live")["ArgumentValue1"]
    permit(account, bucket, Qualifier="live")
    connect(s3, bucket, f"{function}:live")
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    cloud.clock.settle()
    started = [line for line in account.log_lines("words") if "START Req" in line]
    assert started[0].endswith("Version: 1\n")


def test_a_function_without_permission_cant_be_a_destination(account, s3, bucket):
    """S3 names the function in numbered arguments of InvalidArgument."""
    account.deploy(TELLS, FunctionName="words")
    arn = arn_of(account)
    assert refusal(s3, bucket, arn) == {
        "Code": "InvalidArgument",
        "Message": "Unable to validate the following destination configurations",
        "ArgumentName1": f"{arn}, null",
        "ArgumentValue1": f"Not authorized to invoke function [{arn}]",
    }


@pytest.mark.parametrize(
    "condition",
    [{"SourceArn": "arn:aws:s3:::another"}, {"SourceAccount": "210987654321"}],
)
def test_a_permission_for_another_bucket_isnt_enough(account, s3, bucket, condition):
    """SourceArn and SourceAccount have to be the bucket's."""
    account.deploy(TELLS, FunctionName="words")
    permit(account, bucket, **condition)
    assert refusal(s3, bucket, arn_of(account))["Code"] == "InvalidArgument"


def test_a_missing_function_cant_be_a_destination(account, s3, bucket):
    """S3 says the same as of one that it may not invoke."""
    arn = arn_of(account, "nobody")
    assert refusal(s3, bucket, arn)["Message"] == (
        "Unable to validate the following destination configurations"
    )


def test_a_refused_configuration_changes_nothing(account, s3, bucket, function):
    """The configuration from before stays."""
    connect(s3, bucket, function)
    refusal(s3, bucket, arn_of(account, "nobody"))
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert kept["LambdaFunctionConfigurations"][0]["LambdaFunctionArn"] == function


def test_validation_can_be_skipped(account, s3, bucket):
    """SkipDestinationValidation takes a function that isn't there yet."""
    arn = arn_of(account, "later")
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        SkipDestinationValidation=True,
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {"LambdaFunctionArn": arn, "Events": [CREATED]}
            ]
        },
    )
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert kept["LambdaFunctionConfigurations"][0]["LambdaFunctionArn"] == arn


def test_an_empty_configuration_ends_notifications(
    cloud, account, s3, bucket, function
):
    """Putting nothing turns them off."""
    connect(s3, bucket, function)
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={}
    )
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    assert records(cloud, account) == []


def test_a_permission_taken_away_later_is_told_in_the_journal(
    cloud, account, s3, bucket, function
):
    """The upload works, the function hears nothing, and why() can say so."""
    connect(s3, bucket, function)
    account.aws_lambda.remove_permission(FunctionName="words", StatementId="s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    assert [incident.kind for incident in incidents(cloud, account)] == ["permission"]
    assert records(cloud, account) == []


def test_a_function_deleted_later_is_told_in_the_journal(
    cloud, account, s3, bucket, function
):
    """An upload never fails for its notification."""
    connect(s3, bucket, function)
    account.aws_lambda.delete_function(FunctionName="words")
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    (incident,) = incidents(cloud, account)
    assert (incident.source, incident.resource) == ("s3", function)


def test_a_function_that_feeds_its_own_trigger_is_stopped(cloud, account, s3, bucket):
    """One upload leads to 16 invocations at most."""
    account.permit("s3:PutObject")
    account.deploy(
        "import boto3\n"
        "s3 = boto3.client('s3')\n"
        "def handler(event, context):\n"
        "    told = event['Records'][0]['s3']\n"
        "    key = told['object']['key'] + 'x'\n"
        "    s3.put_object(Bucket=told['bucket']['name'], Key=key, Body=b'')\n",
        FunctionName="words",
        Timeout=30,
    )
    permit(account, bucket)
    connect(s3, bucket, arn_of(account))
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    cloud.clock.settle(30)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 17
    assert "recursion" in [incident.kind for incident in incidents(cloud, account)]


def test_an_event_can_be_delivered_again(cloud, account, s3, bucket, function):
    """S3 may send the same event twice: two requests with one payload."""
    connect(s3, bucket, function)
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    cloud.clock.settle()
    journal = cloud.asynchronous.journal
    cloud.asynchronous.redeliver(journal.deliveries(account=account.id)[0])
    one, other = journal.deliveries(account=account.id)
    assert one.payload == other.payload
    assert one.request_id != other.request_id


def test_a_queue_is_tried_when_it_is_connected(account, s3, bucket):
    """The first message of a queue is s3:TestEvent."""
    url, arn = queue_for(account, bucket)
    connect(s3, bucket, arn, kind="Queue")
    assert json.loads(account.messages(url)[0]["Body"])["Event"] == "s3:TestEvent"


def test_a_function_isnt_tried(cloud, account, s3, bucket, function):
    """Functions never receive the test event."""
    connect(s3, bucket, function)
    assert records(cloud, account) == []


def test_a_queue_receives_the_same_record(account, s3, bucket):
    """What a function would get as its event is the message's body."""
    url, arn = queue_for(account, bucket)
    connect(s3, bucket, arn, kind="Queue")
    s3.put_object(Bucket=bucket, Key="in/a b.txt", Body=b"abc")
    bodies = [json.loads(message["Body"]) for message in account.messages(url)]
    (record,) = next(body["Records"] for body in bodies if "Records" in body)
    assert record["s3"]["object"]["key"] == "in/a+b.txt"
    assert record["requestParameters"] == {"sourceIPAddress": "127.0.0.1"}


def test_a_queue_has_to_let_s3_send(account, s3, bucket):
    """Without a queue policy the configuration is refused."""
    _, arn = account.queue("closed")
    error = refusal(s3, bucket, arn, kind="Queue")
    assert (error["ArgumentName1"], error["ArgumentValue1"]) == (
        arn,
        "Permissions on the destination queue do not allow S3 to publish notifications"
        " from this bucket",
    )


def test_a_missing_queue_cant_be_a_destination(account, s3, bucket):
    """S3 says so in the argument's value."""
    arn = f"arn:aws:sqs:{account.region}:{account.id}:nowhere"
    error = refusal(s3, bucket, arn, kind="Queue")
    assert error["ArgumentValue1"] == "The destination queue does not exist"


def test_a_topic_receives_the_record(account, s3, bucket):
    """The message is the record, under S3's own subject."""
    url, queue = account.queue("subscriber")
    sns = account.client("sns")
    topic = sns.create_topic(Name="uploads")["TopicArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Statement": [statement]}),
    )
    connect(s3, bucket, topic, kind="Topic")
    account.let_in(url, "sns.amazonaws.com", topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    notification = json.loads(account.messages(url)[0]["Body"])
    assert notification["Subject"] == "Amazon S3 Notification"
    assert json.loads(notification["Message"])["Records"][0]["eventSource"] == "aws:s3"


def test_eventbridge_receives_the_event(cloud, account, s3, bucket):
    """A rule on the default bus sees Object Created with the plain key."""
    policy = allowing("events.amazonaws.com", "sqs:SendMessage")
    url, queue = account.queue("watcher", Policy=policy)
    events = account.client("events")
    events.put_rule(Name="uploads", EventPattern='{"source": ["aws.s3"]}')
    events.put_targets(Rule="uploads", Targets=[{"Id": "1", "Arn": queue}])
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    s3.put_object(Bucket=bucket, Key="in/a b.txt", Body=b"abc")
    cloud.clock.settle()
    event = json.loads(account.messages(url)[0]["Body"])
    assert event["detail-type"] == "Object Created"
    assert event["detail"]["object"]["key"] == "in/a b.txt"
    assert event["detail"]["reason"] == "PutObject"


def test_new_buckets_arent_told_of(cloud, account, s3):
    """Only a CloudTrail trail makes an event of a call, and there is none here."""
    account.deploy(TELLS, FunctionName="words")
    events = account.client("events")
    pattern = {"source": ["aws.s3"], "detail": {"eventName": ["CreateBucket"]}}
    events.put_rule(Name="made", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="made", Targets=[{"Id": "1", "Arn": arn_of(account)}])
    s3.create_bucket(
        Bucket=f"made-{account.id}",
        CreateBucketConfiguration={"LocationConstraint": account.region},
    )
    cloud.clock.settle()
    groups = account.client("logs").describe_log_groups()["logGroups"]
    assert groups == []
