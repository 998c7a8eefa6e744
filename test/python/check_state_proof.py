"""Checks state proofs from their definition alone, with nothing but hashlib.

A key's place is SHA-256 of its UTF-8 text; bit 0 is the most significant, and 1 goes right. A leaf
hash is SHA-256(0x00 | SHA-256(key) | SHA-256(value)), a node's SHA-256(0x01 | left | right), an
empty place 32 zero bytes. A leaf stands at the highest place where it is alone. A proof is the CBOR
array [siblings from the root down, leaf as [key hash, value hash] or null]. A key is absent where
its way ends at an empty place or at another leaf.

Standard input: one JSON object per line, {root, proof: hex; key: text; value: hex or null}.
Standard output: one {ok, why} per line.
"""

import hashlib
import json
import sys


class Refused(Exception):
    pass


def require(condition, why):
    if not condition:
        raise Refused(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Reader:
    """As much CBOR as a proof needs: arrays, byte strings and null, in shortest form."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        require(self.at + count <= len(self.data), "ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def head(self, major):
        first = self.take(1)[0]
        require(first >> 5 == major, "another type than expected")
        info = first & 31
        if info < 24:
            return info
        require(info < 28, "indefinite or reserved length")
        width = 1 << (info - 24)
        number = int.from_bytes(self.take(width), "big")
        require(number >= (24 if width == 1 else 1 << (4 * width)), "length not in shortest form")
        return number

    def hash(self):
        require(self.head(2) == 32, "a hash of another length")
        return self.take(32)

    def leaf_or_null(self):
        if self.data[self.at : self.at + 1] == b"\xf6":
            self.at += 1
            return None
        require(self.head(4) == 2, "a leaf is a pair")
        return self.hash(), self.hash()


def read_proof(data):
    reader = Reader(data)
    require(reader.head(4) == 2, "a proof is a pair")
    count = reader.head(4)
    require(count <= 256, "more siblings than bits")
    siblings = [reader.hash() for _ in range(count)]
    leaf = reader.leaf_or_null()
    require(reader.at == len(data), "bytes after the proof")
    return siblings, leaf


def check(root, proof, key, value):
    siblings, leaf = read_proof(proof)
    place = sha256(key.encode())
    bits = [place[depth // 8] >> (7 - depth % 8) & 1 for depth in range(256)]
    if value is None:
        require(leaf is None or leaf[0] != place, "the key is present")
    else:
        require(leaf == (place, sha256(value)), "not this key with this value")
    if leaf is not None:
        other = [leaf[0][depth // 8] >> (7 - depth % 8) & 1 for depth in range(256)]
        require(other[: len(siblings)] == bits[: len(siblings)], "the leaf of another place")
    node = bytes(32) if leaf is None else sha256(b"\0", *leaf)
    for depth in reversed(range(len(siblings))):
        pair = (siblings[depth], node) if bits[depth] else (node, siblings[depth])
        node = sha256(b"\1", *pair)
    require(node == root, "another root")


for line in sys.stdin:
    case = json.loads(line)
    value = None if case["value"] is None else bytes.fromhex(case["value"])
    try:
        check(bytes.fromhex(case["root"]), bytes.fromhex(case["proof"]), case["key"], value)
        print(json.dumps({"ok": True, "why": None}))
    except Refused as refused:
        print(json.dumps({"ok": False, "why": str(refused)}))
