import type { ErrorCatalogue } from './errors.ts'

/** Codes of the SDK. Those without a status are met by whoever verifies, never over HTTP. */
export const sdkErrors: ErrorCatalogue = {
  CBOR_MALFORMED: {
    status: 400,
    meaning: 'The bytes are not well-formed CBOR, or not of the form expected there.',
    remedy: 'Encode with the SDK, or look at the byte offset in the message.',
  },
  CBOR_NOT_DETERMINISTIC: {
    status: 400,
    meaning:
      'The CBOR is not deterministic (RFC 8949, section 4.2.1): a head is not the ' +
      'shortest, a length is indefinite, or map keys are out of order.',
    remedy: 'Encode with the SDK, or with the deterministic mode of your CBOR library.',
  },
  CBOR_DUPLICATE_KEY: {
    status: 400,
    meaning: 'A map has the same key twice.',
    remedy: 'Keep one of the two.',
  },
  CBOR_UNSUPPORTED: {
    status: 400,
    meaning:
      'The CBOR holds a value that no format here uses: a float, undefined, or a ' +
      'number of 2^53 or more.',
    remedy: 'Use whole numbers below 2^53, text, bytes, arrays and maps.',
  },
  CBOR_TOO_DEEP: {
    status: 400,
    meaning: 'The CBOR is nested deeper than any format here.',
    remedy: 'Flatten the value.',
  },
  CBOR_TRAILING_BYTES: {
    status: 400,
    meaning: 'Bytes follow the end of the item.',
    remedy: 'Send one item; many statements go as a CBOR sequence of byte strings.',
  },
  STATEMENT_WRONG_TAG: {
    status: 400,
    meaning: 'The bytes do not begin with tag 18: they are no tagged COSE_Sign1.',
    remedy: 'Sign with the SDK, or let your COSE library write the tag.',
  },
  STATEMENT_UNPROTECTED: {
    status: 400,
    meaning: 'The unprotected header is not empty, so a part of the statement would not be signed.',
    remedy: 'Put every header under the signature.',
  },
  STATEMENT_UNKNOWN_FIELD: {
    status: 400,
    meaning: 'The header or the claims have a field that is not known here.',
    remedy: 'Leave it out: data belongs in the payload.',
  },
  STATEMENT_FIELD_INVALID: {
    status: 400,
    meaning: 'A field of the statement is missing or out of bounds; the message names it.',
    remedy: 'Correct that field and sign again.',
  },
  STATEMENT_PAYLOAD_TOO_LARGE: {
    status: 413,
    meaning: 'The payload is over 64 KiB.',
    remedy: 'Keep the data elsewhere and register its hash.',
  },
  ALGORITHM_UNKNOWN: {
    status: 400,
    meaning: 'The signature algorithm is not supported.',
    remedy: 'Use EdDSA, ES256, ES256K or SM2.',
  },
  KEY_INVALID: {
    status: 400,
    meaning:
      'A key is unusable: of another type, no point of its curve, or broken in its encoding.',
    remedy: 'Use an Ed25519, P-256, secp256k1 or SM2 key as COSE_Key or PEM.',
  },
  RECEIPT_MALFORMED: {
    status: null,
    meaning: 'The bytes are not a receipt, or not one of the form that is issued here.',
    remedy: 'Fetch the receipt again; do not edit or re-encode it.',
  },
  RECEIPT_UNKNOWN_MEMBER: {
    status: null,
    meaning: 'The unprotected header of the receipt holds something else than one inclusion proof.',
    remedy: 'Fetch the receipt again; remove what another program added.',
  },
  RECEIPT_PROOF_INVALID: {
    status: null,
    meaning: 'The path does not lead from this statement to one signed root.',
    remedy: 'Check that statement and receipt belong together and are unchanged.',
  },
  RECEIPT_WRONG_LEDGER: {
    status: null,
    meaning: 'The receipt is of another ledger than the keys.',
    remedy: 'Use the key bundle of the ledger that the receipt names.',
  },
  RECEIPT_WRONG_KEY: {
    status: null,
    meaning: 'The receipt is signed by a key that is not among the trusted ones at its height.',
    remedy: 'Use a newer key bundle; if it still fails, do not trust the receipt.',
  },
  RECEIPT_SIGNATURE_INVALID: {
    status: null,
    meaning: 'The signature does not hold: statement, path or receipt were changed.',
    remedy: 'Do not trust it; fetch statement and receipt again.',
  },
  RECEIPT_NOT_FINAL: {
    status: null,
    meaning: 'Not more than two thirds of the validators signed.',
    remedy: 'Fetch the receipt again later, with all signatures.',
  },
  KEY_BUNDLE_INVALID: {
    status: null,
    meaning: 'The key bundle is broken, of another ledger, or a change in it is not proven.',
    remedy: 'Fetch the bundle again, and compare the ledger id with one that you got another way.',
  },
  STATE_PROOF_INVALID: {
    status: null,
    meaning: 'The proof does not show that the key has this value, or is absent.',
    remedy: 'Ask again; if it still fails, do not trust the gateway.',
  },
  TRANSACTION_PROOF_INVALID: {
    status: null,
    meaning: 'The proof does not show that the transaction is in a registered range of blocks.',
    remedy: 'Fetch it again; if it still fails, do not trust it.',
  },
  GENESIS_INVALID: {
    status: null,
    meaning: 'The genesis document is broken.',
    remedy: 'Restore it from a key bundle or a backup.',
  },
  PRIVATE_PAYLOAD_MISMATCH: {
    status: null,
    meaning: 'A private payload is not the one that its record stands for.',
    remedy: 'Do not trust it; ask again for payload, salt and content type of that entry.',
  },
  JSON_VALUE_INVALID: {
    status: null,
    meaning: 'The value has something that JSON cannot carry.',
    remedy: 'Use finite numbers, well-formed text, lists, objects, true, false and null.',
  },
  WEBHOOK_INVALID: {
    status: null,
    meaning: 'The webhook was not signed with the secret, or its time is too far from now.',
    remedy: 'Answer 400 and do nothing. If all fail: check the secret, the raw body and the clock.',
  },
  GATEWAY_UNREACHABLE: {
    status: null,
    meaning: 'No answer came from the gateway, so it is unknown whether it acted.',
    remedy:
      'Try again, or through another gateway. A write: the same one with the same key, which ' +
      'statements have, else --idempotency-key: it then has one effect.',
  },
  GATEWAY_NOT_ALLOWED: {
    status: null,
    meaning: 'There is no gateway that the request may be sent to; nothing was sent.',
    remedy:
      'Name the operators of gateways, and use gateways of operators that the credential names: ' +
      'an API key is sent to nobody else.',
  },
  GATEWAY_LIES: {
    status: null,
    meaning:
      'A gateway answered what does not hold: a receipt or proof that does not verify, another ' +
      'ledger, or another entry than was sent. Whether it did what was asked is unknown.',
    remedy:
      'Send the same again through a gateway of another operator: what was registered is found, ' +
      'not repeated. Tell the operator that the message names.',
  },
  GATEWAY_ANSWER_INVALID: {
    status: null,
    meaning: 'The answer is not one of an OpenBSN gateway.',
    remedy: 'Check the address, and what stands between you and the gateway.',
  },
  BSN_REFUSED: {
    status: null,
    meaning: 'A gateway answered a client of BSN that it does not do what was asked.',
    remedy: 'Read the message; of a gateway of OpenBSN, `details.code` is a code of this page.',
  },
  BSN_UNREACHABLE: {
    status: null,
    meaning: 'A client of BSN got no answer, or none of the form that gateways of BSN give.',
    remedy:
      'Check the address. Whether the gateway acted is unknown: read what you wrote before ' +
      'you send it again.',
  },
}
