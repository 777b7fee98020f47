"""The client libraries of AWS, botocore (boto3) and aiobotocore (aioboto3): which operations of Bedrock's runtime cost money."""

from otel_tokens.providers.bedrock import CONVERSE, INVOKED, TITAN, TITAN_EMBED
from otel_tokens.spec import Cloud, Operation, Provider

BEDROCK = Cloud(
    service="bedrock-runtime",
    seller="aws.bedrock",
    api="invokemodel",
    model=r"/model/([^/]+)/",
    unknown=INVOKED,
    makers={
        TITAN_EMBED: r"embed",
        Operation("rerank", has_output=False): r"rerank",
        Operation("image_generation", has_output=False): r"image|canvas|stable-|sd3-",
        TITAN: r"\.titan-t",
    },
    chunk="chunk",
    last="metadata",
)
BOTOCORE = Provider(
    name="aws.bedrock",
    package="botocore",
    versions=">=1.34.116,<2",  # the first with Converse
    module="botocore.client",
    requests=(("BaseClient._make_request",),),
    routes={
        "Converse": CONVERSE,
        "ConverseStream": CONVERSE,
        "InvokeModel": INVOKED,
        "InvokeModelWithResponseStream": INVOKED,
    },
    cloud=BEDROCK,
)
AIOBOTOCORE = BOTOCORE._replace(
    package="aiobotocore",
    versions=">=2.13.1,<4",
    module="aiobotocore.client",
    requests=(("AioBaseClient._make_request",),),
)
