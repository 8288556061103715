"""How texts that are no JSON are sent: as they are."""
import schemathesis


@schemathesis.serializer("application/toml", "application/x-ndjson", "application/ndjson")
def text(_, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
