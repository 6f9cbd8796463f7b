"""The shapes of S3's events."""

import pytest

from grader.cloud.notification_events import (
    Change,
    Origin,
    Sequencers,
    encoded_key,
    event_record,
    eventbridge_event,
    owner_id,
    s3_test_event,
)

ORIGIN = Origin("C3D13FE58DE4C810", "host", "127.0.0.1", "AWS:AIDAEXAMPLE", "1")


def change(event: str, **fields) -> Change:
    described = {
        "event": event,
        "bucket": "notes",
        "bucket_arn": "arn:aws:s3:::notes",
        "owner": "123456789012",
        "region": "eu-west-1",
        "key": "incoming/résumé +1.txt",
        "size": 1024,
        "etag": "d41d8cd98f00b204e9800998ecf8427e",
        "version_id": None,
        "sequencer": "0055AED6DCD90281E5",
        "at": 1_700_000_000.25,
        **fields,
    }
    return Change(**described)


def test_an_upload_is_told_as_s3_tells_it():
    """The whole record of an ObjectCreated:Put, member by member."""
    told = event_record(change("s3:ObjectCreated:Put"), ORIGIN, "on-upload")
    assert told == {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": "eu-west-1",
                "eventTime": "2023-11-14T22:13:20.250Z",
                "eventName": "ObjectCreated:Put",
                "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"},
                "requestParameters": {"sourceIPAddress": "127.0.0.1"},
                "responseElements": {
                    "x-amz-request-id": "C3D13FE58DE4C810",
                    "x-amz-id-2": "host",
                },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "on-upload",
                    "bucket": {
                        "name": "notes",
                        "ownerIdentity": {"principalId": owner_id("123456789012")},
                        "arn": "arn:aws:s3:::notes",
                    },
                    "object": {
                        "key": "incoming/r%C3%A9sum%C3%A9+%2B1.txt",
                        "size": 1024,
                        "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                        "sequencer": "0055AED6DCD90281E5",
                    },
                },
            }
        ]
    }


@pytest.mark.parametrize(
    ("key", "encoded"),
    [
        ("up/a b.txt", "up/a+b.txt"),
        ("résumé.txt", "r%C3%A9sum%C3%A9.txt"),
        ("year=2026/a+b&c", "year%3D2026/a%2Bb%26c"),
        ("(1) [x]", "%281%29+%5Bx%5D"),
    ],
)
def test_keys_are_encoded_as_in_a_query(key, encoded):
    """A space is +, what isn't ASCII is UTF-8 in percent form, / stays."""
    assert encoded_key(key) == encoded


@pytest.mark.parametrize(
    ("event", "version_id", "members"),
    [
        ("ObjectCreated:Copy", "v1", {"key", "size", "eTag", "versionId", "sequencer"}),
        ("ObjectRemoved:Delete", None, {"key", "sequencer"}),
        ("ObjectRemoved:Delete", "v1", {"key", "versionId", "sequencer"}),
        (
            "ObjectRemoved:DeleteMarkerCreated",
            "v2",
            {"key", "eTag", "versionId", "sequencer"},
        ),
        ("ObjectTagging:Put", None, {"key", "eTag"}),
    ],
)
def test_each_event_describes_the_object_in_its_own_way(event, version_id, members):
    """Size, eTag, versionId and sequencer are there only where S3 has them."""
    told = event_record(change(f"s3:{event}", version_id=version_id), ORIGIN, "id")
    assert set(told["Records"][0]["s3"]["object"]) == members


@pytest.mark.parametrize(
    ("event", "version"),
    [
        ("s3:ObjectRemoved:Delete", "2.1"),
        ("s3:ObjectRestore:Completed", "2.1"),
        ("s3:Replication:OperationNotTracked", "2.2"),
        ("s3:ObjectTagging:Put", "2.3"),
        ("s3:ObjectAcl:Put", "2.3"),
    ],
)
def test_newer_events_have_a_newer_version(event, version):
    """eventVersion is 2.1, 2.2 for replication and 2.3 for the kinds added later."""
    record = event_record(change(event), ORIGIN, "id")["Records"][0]
    assert record["eventVersion"] == version


def test_eventbridge_hears_of_an_upload():
    """An Object Created event with the plain key and S3's lower-case members."""
    told = eventbridge_event(change("s3:ObjectCreated:Put"), ORIGIN)
    assert told.pop("id")
    assert told == {
        "version": "0",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2023-11-14T22:13:20Z",
        "region": "eu-west-1",
        "resources": ["arn:aws:s3:::notes"],
        "detail": {
            "version": "0",
            "event-version": "1.0",
            "bucket": {"name": "notes"},
            "object": {
                "key": "incoming/résumé +1.txt",
                "size": 1024,
                "etag": "d41d8cd98f00b204e9800998ecf8427e",
                "sequencer": "0055AED6DCD90281E5",
            },
            "request-id": "C3D13FE58DE4C810",
            "requester": "1",
            "source-ip-address": "127.0.0.1",
            "reason": "PutObject",
        },
    }


def test_eventbridge_hears_how_an_object_was_deleted():
    """A delete marker is an Object Deleted event that says so."""
    event = "s3:ObjectRemoved:DeleteMarkerCreated"
    told = eventbridge_event(change(event, version_id="v2"), ORIGIN)
    assert told["detail-type"] == "Object Deleted"
    assert told["detail"]["deletion-type"] == "Delete Marker Created"


def test_sequencers_grow():
    """A later event's sequencer is greater, as text of the same length."""
    sequencers = Sequencers()
    drawn = [sequencers.next() for _ in range(100)]
    assert drawn == sorted(set(drawn))
    assert {len(one) for one in drawn} == {18}


def test_a_new_destination_is_tried_with_a_test_event():
    """The test event names bucket and time, and isn't a list of records."""
    assert s3_test_event("notes", ORIGIN, 0.0) == {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": "1970-01-01T00:00:00.000Z",
        "Bucket": "notes",
        "RequestId": "C3D13FE58DE4C810",
        "HostId": "host",
    }
