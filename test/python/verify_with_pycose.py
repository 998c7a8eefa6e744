"""Verifies statements and receipts with pycose; it knows no proofs, so the path is folded here.

ES256K is told to it as RFC 8812 has it: ES256 on another curve. The signature is then checked by
`ecdsa`, which pycose uses: plain Python, so neither OpenSSL nor noble has a part in it.

Standard input: one JSON object per line, {receipt, statement: hex; logKey, issuerKey: [curve, x, y]
in hex, y empty for Ed25519}. Standard output: one {statementOk, receiptOk} per line.
"""

import hashlib
import json
import sys

import cbor2
import ecdsa
from pycose.algorithms import CoseAlgorithm, Es256
from pycose.keys import EC2Key, OKPKey
from pycose.keys.curves import P256, SECP256K1, Ed25519
from pycose.messages import Sign1Message


@CoseAlgorithm.register_attribute()
class Es256k(Es256):
    identifier = -47
    fullname = "ES256K"

    @classmethod
    def get_curve(cls):
        return ecdsa.SECP256k1


CURVES = {"P-256": P256, "secp256k1": SECP256K1}


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def key_of(members):
    curve, x, y = members
    if curve == "Ed25519":
        return OKPKey(crv=Ed25519, x=bytes.fromhex(x))
    return EC2Key(crv=CURVES[curve], x=bytes.fromhex(x), y=bytes.fromhex(y))


def root_of(statement, size, index, path):
    """RFC 9162, section 2.1.3.2; None where the path does not end at the root."""
    fn, sn, root = index, size - 1, sha256(b"\0", statement)
    for sibling in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            root = sha256(b"\1", sibling, root)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = sha256(b"\1", root, sibling)
        fn, sn = fn >> 1, sn >> 1
    return root if sn == 0 else None


def receipt_holds(case):
    message = Sign1Message.decode(bytes.fromhex(case["receipt"]))
    [proof] = cbor2.loads(bytes.fromhex(case["receipt"])).value[1][396][-1]
    root = root_of(bytes.fromhex(case["statement"]), *cbor2.loads(proof))
    message.key = key_of(case["logKey"])
    return root is not None and message.verify_signature(detached_payload=root)


def statement_holds(case):
    message = Sign1Message.decode(bytes.fromhex(case["statement"]))
    message.key = key_of(case["issuerKey"])
    return message.verify_signature()


def holds(check, case):
    try:
        return bool(check(case))
    except Exception:  # Whatever the library throws at bytes that are no message.
        return False


for line in sys.stdin:
    one = json.loads(line)
    print(json.dumps({
        "statementOk": holds(statement_holds, one),
        "receiptOk": holds(receipt_holds, one),
    }))
