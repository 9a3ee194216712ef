"""The signature of a request, against the example that the provider publishes."""

from datetime import UTC, datetime

from certflow.notifications.aliyun import Aliyun, canonical_query, signed

EXAMPLE = {
    "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
    "RegionId": "cn-shanghai",
}
AT = datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC)
NONCE = "3156853299f313e23d1673dc12e1703d"
SIGNATURE = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


def sign(secret="YourAccessKeySecret"):
    service = Aliyun("ecs.cn-shanghai.aliyuncs.com", "YourAccessKeyId", secret, "", {})
    return signed(service, EXAMPLE, AT, NONCE, "RunInstances", "2014-05-26")["Authorization"]


def test_the_published_example_has_the_published_signature():
    assert sign().endswith(f"Signature={SIGNATURE}")
    assert not sign("AnotherSecret").endswith(SIGNATURE)


def test_a_query_has_one_spelling():
    assert canonical_query({"b": "*~ +", "a": "签名"}) == "a=%E7%AD%BE%E5%90%8D&b=%2A~%20%2B"
