import json
from base64 import urlsafe_b64decode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

version = "1.0.0"
priority = 1
Schema = [{"public_key": {"type": "string"}}]


class Plugin:
    def __init__(self, config):
        self.key = load_pem_public_key(config["public_key"].encode())

    def access(self, kong):
        authorization = kong.request.get_header("authorization") or ""
        subject = verify(authorization.removeprefix("Bearer "), self.key)
        if subject is None:
            kong.response.exit(401)
        else:
            kong.service.request.set_header("x-bench-subject", subject)


def verify(token, key):
    """The subject of a token that is signed with RS256."""
    head, claims, signature = token.split(".")
    if json.loads(read_part(head)).get("alg") != "RS256":
        return None
    try:
        key.verify(read_part(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        return None
    return json.loads(read_part(claims))["sub"]


def read_part(part):
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
