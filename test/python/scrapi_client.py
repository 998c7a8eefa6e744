"""An outside client of the SCITT door, written from draft-ietf-scitt-scrapi-11 with pycose.

Standard input: one JSON object per line, {base, service, ledger, issuer, secret: hex of a P-256
key, payload, iat, cti?: text, unprotected?: true}. Standard output: one line for each, with what
was sent and what came back; bytes as hex.
"""

import base64
import hashlib
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

import cbor2
from pycose.algorithms import Es256
from pycose.headers import KID, Algorithm, ContentType
from pycose.keys import EC2Key
from pycose.keys.curves import P256
from pycose.messages import Sign1Message
from cryptography.hazmat.primitives.asymmetric import ec


def key_of(secret):
    numbers = ec.derive_private_key(int(secret, 16), ec.SECP256R1()).public_key().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    # RFC 9679: SHA-256 over the required members in deterministic CBOR.
    kid = hashlib.sha256(cbor2.dumps({1: 2, -1: 1, -2: x, -3: y}, canonical=True)).digest()
    return EC2Key(crv=P256, d=bytes.fromhex(secret), x=x, y=y), kid


def signed_statement(case):
    key, kid = key_of(case["secret"])
    claims = {1: case["issuer"], 2: case["service"], 3: case["ledger"], 6: case["iat"]}
    if "cti" in case:
        claims[7] = case["cti"].encode()
    protected = {Algorithm: Es256, ContentType: "application/json", KID: kid, 15: claims}
    unprotected = {394: [b"a receipt of another service"], "note": 1.5} if "unprotected" in case else {}
    message = Sign1Message(phdr=protected, uhdr=unprotected, payload=case["payload"].encode())
    message.key = key
    return message.encode()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


opener = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))


def ask(url, accept, body=None, content_type=None):
    headers = {"Accept": accept}
    if content_type:
        headers["Content-Type"] = content_type
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        answer = opener.open(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return {
            "status": answer.status,
            "type": answer.headers["content-type"],
            "location": answer.headers["location"],
            "body": answer.read().hex(),
        }


def run(case):
    statement = signed_statement(case)
    service = f"{case['base']}/scitt/{case['service']}/"
    url = urllib.parse.urljoin(service, "entries")
    registered = ask(url, "application/cbor, application/cose", statement, "application/cose")
    out = {"statement": statement.hex(), "registered": registered}
    if registered["status"] >= 300:
        problem = cbor2.loads(bytes.fromhex(registered["body"]))
        return {**out, "title": problem[-1], "detail": problem[-2]}
    resolved = ask(urllib.parse.urljoin(url, registered["location"]), "application/cose")
    receipt = Sign1Message.decode(bytes.fromhex(resolved["body"]))
    kid = base64.urlsafe_b64encode(receipt.phdr[KID]).rstrip(b"=").decode()
    well_known = urllib.parse.urljoin(case["base"], "/.well-known/scitt-keys")
    every, one = ask(well_known, "application/cbor"), ask(f"{well_known}/{kid}", "application/cbor")
    key = cbor2.loads(bytes.fromhex(one["body"]))
    return {
        **out,
        "resolved": resolved,
        "keys": every,
        "key": one,
        "isInSet": key in cbor2.loads(bytes.fromhex(every["body"])),
        "kidMatches": key[2] == receipt.phdr[KID],
        # Ed25519, so x is the whole key.
        "logKey": key[-2].hex(),
    }


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))))
