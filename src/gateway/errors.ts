import type { ErrorCatalogue } from '../kernel/errors.ts'

/** What the gateway itself refuses, before or beside the ledger. */
export const gatewayErrors = {
  REQUEST_INVALID: {
    status: 400,
    meaning: 'A part of the request does not follow the API; the message names the field.',
    remedy: 'Correct that field. Unknown fields are refused, so look for typing errors.',
  },
  REQUEST_MALFORMED: {
    status: 400,
    meaning: 'The bytes are not a correct HTTP request, or they end too early.',
    remedy: 'Use an HTTP client that follows RFC 9110, and send the whole body.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    meaning: 'The request did not arrive in time. Nothing of it was used.',
    remedy: 'Send it again over a faster connection, or in smaller parts.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    meaning: 'The headers of the request are over 16 KiB.',
    remedy: 'Send fewer or shorter headers.',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    meaning: 'Nothing is served at this path.',
    remedy: 'Compare the path with /api/v1/openapi.json.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The path exists, but not for this method.',
    remedy: 'Use a method that the Allow header names.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    meaning: 'The answer cannot be given in any type of the Accept header.',
    remedy: 'Ask for a type that the message names.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    meaning: 'The body is over 8 MiB, or over what the path takes. Nothing of it was used.',
    remedy: 'Send less in one request: fewer statements, smaller sources.',
  },
  BATCH_TOO_LARGE: {
    status: 413,
    meaning: 'The request has more than 10,000 statements. None of them was used.',
    remedy: 'Send fewer statements in one request.',
  },
  BATCH_MALFORMED: {
    status: 400,
    meaning: 'The statements of the request cannot be told apart. None of them was used.',
    remedy:
      'Send a CBOR sequence (RFC 8742) of byte strings, one for each statement, or the JSON form.',
  },
  CONTENT_TYPE_UNSUPPORTED: {
    status: 415,
    meaning: 'The body has no type, or one that is not read here.',
    remedy:
      'Send application/cose, application/cbor-seq or application/json, as the API ' +
      'says for the path.',
  },
  CONTENT_ENCODING_UNSUPPORTED: {
    status: 415,
    meaning: 'The body is compressed.',
    remedy: 'Send it as it is: signed statements hardly shrink.',
  },
  LOOPBACK_ONLY: {
    status: 403,
    meaning:
      'This page tells about the inside of the node, so it is answered on the machine alone.',
    remedy: 'Ask from the machine itself, for example through SSH.',
  },
  LEDGER_NOT_FOUND: {
    status: 404,
    meaning: 'This gateway does not serve a ledger with that id.',
    remedy: 'List the ledgers with GET /api/v1/ledgers.',
  },
  LEDGER_ELSEWHERE: {
    status: 404,
    meaning: 'The ledger is that of a group which this node does not keep; others do.',
    remedy: 'Ask one of the gateways that the answer names.',
  },
  SERVICE_ELSEWHERE: {
    status: 404,
    meaning:
      'This node keeps the ledger, but does not run the kind of ledger of the service; or ' +
      'another node signs for the credential on the chain of the service.',
    remedy: 'Ask one of the gateways that the answer names, or another node of the service.',
  },
  FRAMEWORK_DIFFERS: {
    status: 409,
    meaning: 'The path is for services of another framework than that of this service.',
    remedy:
      'Records have …/records (`bsn record`); EVM services have …/contracts, …/transactions ' +
      'and …/account (`bsn contract`).',
  },
  KEY_MODE_DIFFERS: {
    status: 409,
    meaning: 'The service has its keys in another place than the request supposes.',
    remedy:
      'In a service of key-trust call functions, and the node signs; in one of public-key-upload ' +
      'sign the transaction yourself and send it as `raw` to …/transactions.',
  },
  RECORD_NOT_FOUND: {
    status: 404,
    meaning: 'The service has no record with that key.',
    remedy: 'Check the key: it is compared byte by byte; GET …/records lists what there is.',
  },
  IDEMPOTENCY_KEY_INVALID: {
    status: 400,
    meaning: 'The Idempotency-Key is no text of 1 to 255 printable ASCII characters.',
    remedy: 'Send a UUID, plain or in double quotes; one header.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    meaning: 'The Idempotency-Key was used for another write; that one stays as it is.',
    remedy: 'Use a new key for a new write; send the same body to repeat the old request.',
  },
  ENTRY_NOT_FOUND: {
    status: 404,
    meaning: 'The log has no entry with that index yet.',
    remedy: 'Compare the index with the size in GET /api/v1/ledgers/{ledger}.',
  },
  BLOCK_NOT_FOUND: {
    status: 404,
    meaning: 'The ledger has no block with that height yet.',
    remedy: 'Compare it with the height in GET /api/v1/ledgers/{ledger}.',
  },
  TILE_NOT_FOUND: {
    status: 404,
    meaning: 'The path is no tile, or one that the log has not filled so far.',
    remedy: 'Ask for tiles below the size of a checkpoint; at the edge, by their width.',
  },
  RECEIPT_PENDING: {
    status: 409,
    meaning: 'It is there, but what proves it is not made, or signed by enough validators, yet.',
    remedy: 'Ask again in a second.',
  },
  SERVICE_MISMATCH: {
    status: 400,
    meaning: 'The statement is for another service than the one that the path names.',
    remedy: 'Send it to /scitt/{service} of the service that its claim `sub` names.',
  },
  PAYLOAD_DETACHED: {
    status: 400,
    meaning: 'The statement has no payload: it is detached, and nobody here has it.',
    remedy: 'Sign with the payload inside, or with a hash of it as the payload.',
  },
  LOCATOR_INVALID: {
    status: 400,
    meaning: 'The entry id in the path is not one that this gateway gives.',
    remedy: 'Use the address that the header Location of the registration had.',
  },
  SCITT_KEY_NOT_FOUND: {
    status: 404,
    meaning: 'No ledger that is served here has, or had, a key with that kid.',
    remedy: 'List the keys with GET /.well-known/scitt-keys.',
  },
  PROOF_RANGE_INVALID: {
    status: 400,
    meaning: 'There is no such proof: the numbers are out of order or beyond the log.',
    remedy: 'Use index < size, or from ≤ to, up to the size of the log.',
  },
  CURSOR_INVALID: {
    status: 400,
    meaning: 'The cursor is broken, or belongs to a list with other filters.',
    remedy: 'Use `next` of the page before, with the same filters, or begin without a cursor.',
  },
  STREAMS_TOO_MANY: {
    status: 429,
    meaning: 'As many event streams are open as may be, of this credential or in all.',
    remedy: 'Close one that is not needed, or share one; or ask another gateway.',
  },
  STREAM_STALLED: {
    status: null,
    meaning: 'The client of an event stream took, or answered, nothing for too long.',
    remedy: 'Read faster, or do less between two events; then go on where it was.',
  },
  ACK_INVALID: {
    status: null,
    meaning: 'A message on the WebSocket is no acknowledgement, or of what was never sent.',
    remedy: 'Send {"ack": position} with the position of an event that came.',
  },
  CONSUMER_TAKEN_OVER: {
    status: null,
    meaning: 'Another connection has taken the name of the consumer.',
    remedy: 'Use one connection for each name.',
  },
  CONSUMER_DELETED: {
    status: null,
    meaning: 'The named consumer was deleted while a connection had its name.',
    remedy: 'Connect again with the name only where it shall begin anew, at `from`.',
  },
  CONSUMER_NOT_FOUND: {
    status: 404,
    meaning: 'The credential has no consumer of that name for this service.',
    remedy: 'List its consumers with GET …/events/consumers.',
  },
  CONSUMERS_TOO_MANY: {
    status: 409,
    meaning: 'The credential has as many named consumers as may be.',
    remedy: 'Use a name that exists, or delete one: DELETE …/events/consumers/{consumer}.',
  },
  UPGRADE_REQUIRED: {
    status: 426,
    meaning: 'The path is for WebSockets alone, and the request does not ask for one.',
    remedy: 'Use a WebSocket client; or read …/events, which is plain HTTP.',
  },
  WEBHOOK_URL_INVALID: {
    status: 400,
    meaning: 'Nothing can be delivered to that URL.',
    remedy: 'Use https:// with a public name, no user and password, no fragment.',
  },
  WEBHOOK_ADDRESS_REFUSED: {
    status: 400,
    meaning: 'The URL leads to an address that is not reachable for everyone.',
    remedy: 'Use a public address; the operator can allow ranges with `webhookAllow`.',
  },
  WEBHOOK_NOT_FOUND: {
    status: 404,
    meaning: 'Whoever asks has no webhook with that id for this service.',
    remedy: 'List what there is with GET …/webhooks.',
  },
  EVENT_NOT_FOUND: {
    status: 404,
    meaning: 'The webhook has no event at that position.',
    remedy: 'Use a position of GET …/webhooks/{id}/deliveries, whose event passes the filter.',
  },
  WEBHOOKS_TOO_MANY: {
    status: 409,
    meaning: 'There are as many as may be in one name: of a credential, or of a publisher.',
    remedy: 'Delete one that is not needed.',
  },
  WEBHOOK_RANGE_INVALID: {
    status: null,
    meaning: 'An address range of `webhookAllow` is not one.',
    remedy: 'Write it as CIDR, such as 10.1.0.0/16 or fd00::/8.',
  },
  GATEWAY_BUSY: {
    status: 503,
    meaning: 'Too many large bodies come in at one time. Nothing of the request was used.',
    remedy: 'Send it again as Retry-After says, in smaller parts, or to another gateway.',
  },
  GATEWAY_DRAINING: {
    status: 503,
    meaning: 'The gateway is about to stop. Nothing of the request was used.',
    remedy: 'Send it again in a second, or to another gateway.',
  },
  INTERNAL: {
    status: 500,
    meaning: 'Something went wrong inside the gateway.',
    remedy: 'Tell the operator the request id: the log has the reason.',
  },
  PORT_IN_USE: {
    status: null,
    meaning: 'Another program listens on the port that the gateway was given.',
    remedy: 'Stop that program, or choose another port with --port or BSN_PORT.',
  },
  LISTEN_NEEDS_TLS: {
    status: null,
    meaning: 'The gateway was told to listen beyond this machine without TLS.',
    remedy:
      'Listen on 127.0.0.1; give a certificate and its key (--tls-cert, --tls-key); or have one ' +
      'issued: make an issuer (`bsn node issuer`) and name the https --address of the gateway.',
  },
  TLS_FILE_INVALID: {
    status: null,
    meaning: 'The certificate for TLS, or its key, cannot be used; the message names the file.',
    remedy: 'Give the certificate chain and its private key as PEM, the key without a password.',
  },
  LISTEN_FAILED: {
    status: null,
    meaning: 'The system did not let the gateway listen on its address.',
    remedy: 'Look at the reason in the message; ports below 1024 need rights.',
  },
  INVITATION_INVALID: {
    status: 401,
    meaning: 'The token is none of an invitation that is good here and now.',
    remedy: 'Ask for a new one (`bsn node invite`) and use it once, before it expires.',
  },
  JOIN_REFUSED: {
    status: 409,
    meaning: 'The node that asks is not let in; the message says why. The token is still good.',
    remedy: 'Mend what the message names and join again.',
  },
  CERTIFICATES_NONE: {
    status: 404,
    meaning: 'This node issues no certificates for gateways of this ledger.',
    remedy: 'Ask the city node that the message names; `bsn node issuer` makes one the issuer.',
  },
  CERTIFICATE_REFUSED: {
    status: 403,
    meaning: 'Whoever asks gets no certificate; the message says why.',
    remedy: 'The operator of an active city node asks, with a right clock, for its own node.',
  },
  NETWORK_NONE: {
    status: 404,
    meaning: 'The ledger is in one process: there is no network to join.',
    remedy: 'Operator: make it a network with `bsn node init`.',
  },
} as const satisfies ErrorCatalogue
