"""Verifies receipts with scitt-cose, which shares no code with OpenBSN.

Standard input: one JSON object per line, {receipt, statement: hex; logKey: PEM; issuerKey?: PEM}.
Standard output: one verdict per line, in the same order.
"""

import json
import sys

from scitt_cose import parse_signed_statement, verify_receipt


def plain(value):
    """What JSON can carry: bytes as hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def verdict(case):
    receipt = verify_receipt(
        bytes.fromhex(case["receipt"]),
        # The library itself hashes the registered bytes into a leaf.
        leaf_entry_hex=case["statement"],
        log_public_key_pem=case["logKey"],
    )
    answer = {
        "ok": receipt.ok,
        "failedAt": receipt.failed_at,
        "errors": [str(error) for error in receipt.errors],
        "root": receipt.root,
        "size": receipt.tree_size,
        "index": receipt.leaf_index,
        "time": receipt.iat,
        "issuer": receipt.issuer,
        "subject": receipt.subject,
        "header": {str(label): plain(value) for label, value in receipt.protected_header_ext.items()},
    }
    if "issuerKey" in case:
        statement = bytes.fromhex(case["statement"])
        parsed = parse_signed_statement(statement, public_key_pem=case["issuerKey"])
        answer["statementOk"] = parsed["signature_verified"] is True
    return answer


for line in sys.stdin:
    print(json.dumps(verdict(json.loads(line))))
