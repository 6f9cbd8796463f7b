from collections.abc import Callable

import pytest

from grader.errors import LabError, WrongUse
from grader.lab import Cloud
from grader.lab.connection import Connection

Deploy = Callable[..., str]


def test_a_verb_that_isnt_there_names_those_that_are(cloud: Cloud) -> None:
    """An unknown verb is answered with the known ones, in one line."""
    with pytest.raises(
        AttributeError, match=r"no 'post'; it has: .*diagram"
    ) as failure:
        cloud.post()
    assert "\n" not in str(failure.value)


def test_a_fresh_account_is_empty(cloud: Cloud) -> None:
    """fresh() shows nothing of the account that it came from."""
    cloud.client("sqs").create_queue(QueueName="here")
    assert cloud.fresh().inventory().names("queue") == []


def test_a_fresh_account_is_another(cloud: Cloud) -> None:
    """fresh() has an account id of its own, and STS agrees."""
    fresh = cloud.fresh(region="eu-west-1")
    said = fresh.client("sts").get_caller_identity()["Account"]
    assert fresh.account == said != cloud.account


def test_a_fresh_account_can_be_elsewhere(cloud: Cloud) -> None:
    """fresh(region=…) works in that Region."""
    assert cloud.fresh("eu-west-1").client("sqs").meta.region_name == "eu-west-1"


def test_time_passes_on_demand(cloud: Cloud) -> None:
    """clock.advance moves the cloud's time by what was asked for, or a little more."""
    before = cloud.clock.now()
    passed = (cloud.clock.advance("2 hours") - before).total_seconds()
    assert 7200 <= passed < 7300


def test_time_goes_on_to_a_moment(cloud: Cloud) -> None:
    """clock.to stops at the moment that it was given."""
    target = cloud.clock.now().replace(microsecond=0)
    target = target.replace(year=target.year + 1, day=1)
    assert (cloud.clock.to(target) - target).total_seconds() < 60


def test_time_never_goes_back(cloud: Cloud) -> None:
    """clock.to refuses the past, and says what time it is."""
    with pytest.raises(WrongUse, match="the lab's clock says"):
        cloud.clock.to("2020-01-01")


def test_logs_and_reports_of_a_function(cloud: Cloud, deploy: Deploy) -> None:
    """What a handler prints is in logs(), and each invocation in reports()."""
    deploy(cloud, "talk", "print('hello', event)")
    cloud.client("lambda").invoke(FunctionName="talk", Payload=b'"you"')
    assert "hello you" in cloud.logs("talk").text
    assert [report.cold for report in cloud.reports("talk")] == [True]


def test_an_arn_is_as_good_as_a_name(cloud: Cloud, deploy: Deploy) -> None:
    """logs() takes what create_function answered."""
    arn = deploy(cloud, "talk", "print('hello')")
    cloud.client("lambda").invoke(FunctionName="talk")
    assert "hello" in cloud.logs(arn).text


def test_a_silent_function_has_no_lines(cloud: Cloud, deploy: Deploy) -> None:
    """Before the first invocation there is no log group, and no error either."""
    deploy(cloud, "talk", "return 1")
    assert cloud.logs("talk") == []


def test_settle_waits_for_asynchronous_work(cloud: Cloud, deploy: Deploy) -> None:
    """After settle() an event that was accepted has been handled."""
    deploy(cloud, "talk", "print('done')")
    cloud.client("lambda").invoke(FunctionName="talk", InvocationType="Event")
    cloud.settle()
    assert "done" in cloud.logs("talk").text


def test_an_event_comes_again(cloud: Cloud, deploy: Deploy) -> None:
    """redeliver() repeats the last event, as at-least-once delivery may."""
    deploy(cloud, "talk", "print('got', event)")
    cloud.client("lambda").invoke(
        FunctionName="talk", InvocationType="Event", Payload=b"7"
    )
    cloud.settle()
    assert cloud.redeliver("talk")["event"] == 7
    cloud.settle()
    assert cloud.logs("talk").text.count("got 7") == 2


def test_nothing_comes_again_before_the_first(cloud: Cloud) -> None:
    """Without an event there is nothing to deliver again."""
    with pytest.raises(WrongUse, match="nothing was delivered"):
        cloud.redeliver()


def test_a_function_url_is_found_by_name(cloud: Cloud, deploy: Deploy) -> None:
    """url() of a function is where its function URL answers, on the lab's port."""
    deploy(cloud, "web", "return {'statusCode': 200, 'body': event['rawPath']}")
    client = cloud.client("lambda")
    made = client.create_function_url_config(FunctionName="web", AuthType="NONE")
    for action, more in (
        ("lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
        ("lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}),
    ):
        client.add_permission(
            FunctionName="web",
            StatementId=action[-6:],
            Action=action,
            Principal="*",
            **more,
        )
    assert cloud.http("GET", cloud.url("web") + "/here").text == "/here"
    assert cloud.url(made) == cloud.url("web")


def test_an_http_api_is_found_by_id_and_name(cloud: Cloud) -> None:
    """url() of an API with $default needs no stage."""
    client = cloud.client("apigatewayv2")
    made = client.create_api(Name="notes", ProtocolType="HTTP")
    client.create_stage(ApiId=made["ApiId"], StageName="$default")
    url = f"{cloud.endpoint_url}/_aws/execute-api/{made['ApiId']}"
    assert cloud.url("notes") == cloud.url(made["ApiId"]) == cloud.url(made) == url


def test_of_several_stages_one_is_chosen(cloud: Cloud) -> None:
    """url() doesn't guess between stages."""
    client = cloud.client("apigatewayv2")
    api = client.create_api(Name="notes", ProtocolType="HTTP")["ApiId"]
    for stage in ("blue", "green"):
        client.create_stage(ApiId=api, StageName=stage)
    with pytest.raises(WrongUse, match="stage="):
        cloud.url(api)
    assert cloud.url(api, stage="green").endswith(f"/{api}/green")


def test_aws_hosts_answer_on_the_lab(cloud: Cloud) -> None:
    """An address as AWS writes it leads to the lab's path form, query and all."""
    url = "https://abc123.execute-api.us-east-1.amazonaws.com/v1/notes?a=1"
    answer = cloud.http("GET", url)
    assert (
        answer.asked == f"GET {cloud.endpoint_url}/_aws/execute-api/abc123/v1/notes?a=1"
    )


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_a_bucket_with_a_web_site_has_a_url(cloud: Cloud, region: str) -> None:
    """url() of a bucket's name is where its web site answers, in any Region."""
    there = cloud.fresh(region)
    client = there.client("s3")
    bucket = f"pages-{there.account}"
    place = {"LocationConstraint": region}
    elsewhere = {} if region == "us-east-1" else {"CreateBucketConfiguration": place}
    client.create_bucket(Bucket=bucket, **elsewhere)
    client.put_bucket_website(
        Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "i.html"}}
    )
    assert there.url(bucket).endswith(f"/_aws/website/{bucket}")


def test_a_bucket_without_a_web_site_has_no_url(cloud: Cloud) -> None:
    """url() of a bucket that only stores says what it looked for."""
    cloud.client("s3").create_bucket(Bucket="only-a-store")
    with pytest.raises(WrongUse, match="no such bucket with a web site"):
        cloud.url("only-a-store")


def test_what_isnt_deployed_has_no_url(cloud: Cloud) -> None:
    """url() of an unknown name says what it looked for."""
    with pytest.raises(WrongUse, match="no such HTTP API"):
        cloud.url("nothing")


def test_an_answer_that_is_no_json_is_quoted(cloud: Cloud) -> None:
    """json() of another body says what came instead."""
    answer = cloud.http("GET", "/_lab/health")
    assert answer.json()["endpoint_url"] == cloud.endpoint_url
    with pytest.raises(WrongUse, match="is no JSON"):
        cloud.http("GET", "/").json()


def test_a_host_that_isnt_there_is_one_line(cloud: Cloud) -> None:
    """A refused connection is our error, in one line."""
    with pytest.raises(LabError, match="refused"):
        cloud.http("GET", "http://127.0.0.1:1/")


def test_body_and_json_exclude_each_other(cloud: Cloud) -> None:
    """http() doesn't choose between two bodies."""
    with pytest.raises(WrongUse, match="not both"):
        cloud.http("POST", "/", body="a", json="b")


def test_the_control_api_names_what_is_wrong(lab_url: str) -> None:
    """A refusal of the lab is raised with the lab's own words."""
    with pytest.raises(WrongUse, match="time only goes forward"):
        Connection(lab_url).post("/_lab/clock", {"advance": -1})
