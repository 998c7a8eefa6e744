import type { ErrorCatalogue } from '../kernel/errors.ts'

const sign = 'Sign the statement anew with what is asked, and send it again.'

/**
 * Refusals of a statement come in this order: where several apply, the first is told. What a module
 * itself finds (from ACT_INVALID on, and NOT_ALLOWED) comes last, in the module's own order.
 */
export const ledgerErrors = {
  KEY_UNKNOWN: {
    status: 403,
    meaning: 'The key that signed is not registered in this ledger.',
    remedy:
      'Create a credential with it; have a key of a member decided by the others (bsn alliance ' +
      'propose); check that this is the right ledger.',
  },
  ALGORITHM_MISMATCH: {
    status: 400,
    meaning: "The statement names another algorithm than the key's.",
    remedy: sign,
  },
  SIGNATURE_INVALID: {
    status: 400,
    meaning: 'The signature does not hold over these bytes.',
    remedy: 'Sign the Sig_structure of RFC 9052, section 4.4, with the key that kid names.',
  },
  LEDGER_MISMATCH: {
    status: 400,
    meaning: 'The statement is made out to another ledger (aud).',
    remedy: sign,
  },
  ISSUER_MISMATCH: {
    status: 403,
    meaning: 'iss, or the credential that is named, is not the owner of the key.',
    remedy: 'Put the id of the member or credential that owns the key into iss.',
  },
  ACT_ID_CONFLICT: {
    status: 409,
    meaning: 'An entry with the same cti but another payload, type or key is in the ledger.',
    remedy: 'Use a new cti for a new act; send the same payload to repeat the old one.',
  },
  CONTENT_TYPE_INVALID: {
    status: 400,
    meaning:
      'The content type is not for this sub: application/vnd.openbsn.* is for modules alone.',
    remedy: sign,
  },
  SERVICE_UNKNOWN: {
    status: 404,
    meaning: 'There is no service of that name in this ledger.',
    remedy:
      'Check the name: `bsn service list` has all, those of the sandbox with --sandbox; ' +
      '`bsn service create` makes one.',
  },
  SERVICE_NOT_RUNNING: {
    status: 403,
    meaning: 'The service is a draft, or waits for its review: nobody can use it yet.',
    remedy: 'Publisher: submit it; another member approves it where the alliance reviews services.',
  },
  SERVICE_FROZEN: {
    status: 403,
    meaning: 'The service is frozen: nothing can be written to it for now.',
    remedy: 'Wait, or ask its publisher; what is registered can be read and verified as ever.',
  },
  SERVICE_RETIRED: {
    status: 410,
    meaning: 'The service was retired: nothing will be written to it any more.',
    remedy: 'Ask its publisher what took its place; what is registered can be read as ever.',
  },
  NOT_ALLOWED: {
    status: 403,
    meaning: 'The key may not address this service or module, or not do this.',
    remedy:
      'Use a credential of the service, or the key of the member that owns the object; what ' +
      'belongs to the alliance is proposed and voted on (bsn alliance propose).',
  },
  CREDENTIAL_REVOKED: {
    status: 403,
    meaning: 'The credential was revoked.',
    remedy: 'Ask the publisher of the service for a new one.',
  },
  CREDENTIAL_FROZEN: {
    status: 403,
    meaning: 'The credential is frozen: it writes nothing for now.',
    remedy: 'Ask the publisher of the service.',
  },
  CREDENTIAL_EXPIRED: {
    status: 403,
    meaning: 'The credential has expired by block time.',
    remedy: 'Ask the publisher of the service for a new one.',
  },
  PARTICIPANT_INACTIVE: {
    status: 403,
    meaning: 'The participant that the credential belongs to is not active in the service.',
    remedy: 'Ask the publisher of the service: who is approved or joins again goes on writing.',
  },
  SCOPE_MISSING: {
    status: 403,
    meaning: 'The credential was not made for this: it lacks the scope.',
    remedy: 'Ask the publisher of the service for a credential with that scope.',
  },
  MODULE_UNKNOWN: {
    status: 404,
    meaning: 'There is no module of that reserved name, or it is not switched on at this height.',
    remedy: 'Check sub; a newer version of OpenBSN may be needed.',
  },
  ACT_UNKNOWN: {
    status: 400,
    meaning: 'The module has no act of that content type in its present version.',
    remedy: 'Check the content type: it is matched exactly.',
  },
  KEY_REVOKED: {
    status: 403,
    meaning: 'The key that signed was revoked.',
    remedy: 'Sign with a key of the same owner that is not revoked.',
  },
  KEY_REPLACED: {
    status: 403,
    meaning: 'The key was replaced by another one of its owner, and its time is over.',
    remedy: 'Sign with the new key: `bsn credential rotate` put it into the credential file.',
  },
  ISSUED_IN_FUTURE: {
    status: 400,
    meaning: "iat lies more than ten minutes ahead of the ledger's time.",
    remedy: "Set the sender's clock.",
  },
  STATEMENT_EXPIRED: {
    status: 400,
    meaning: "exp is not after the ledger's time.",
    remedy: sign,
  },
  EXPIRY_REQUIRED: {
    status: 400,
    meaning:
      'A control statement needs cti and exp: at most an hour ahead, a vote at most the deadline.',
    remedy: sign,
  },
  QUOTA_EXCEEDED: {
    status: 429,
    meaning: 'The credential has written as many records today, by block time, as it may in a day.',
    remedy: 'Wait for the next day (UTC), or ask the publisher of the service for more.',
  },
  ACT_INVALID: {
    status: 400,
    meaning: 'The payload of a control statement misses a field or has a wrong one.',
    remedy: sign,
  },
  FRAMEWORK_UNKNOWN: {
    status: 400,
    meaning: 'This version has no such framework.',
    remedy: 'Use one that the message names.',
  },
  OBJECT_NOT_FOUND: {
    status: 404,
    meaning: 'The object that the act changes does not exist.',
    remedy: 'Check the id.',
  },
  VERSION_STALE: {
    status: 409,
    meaning: 'The object has changed since the version that the act expects.',
    remedy: 'Read the object again, decide again, and sign with its present version.',
  },
  ACT_CONFLICT: {
    status: 409,
    meaning: 'The object exists already, or is already in that condition.',
    remedy: 'Read the object: nothing may be left to do.',
  },
  PROPOSAL_CLOSED: {
    status: 409,
    meaning: 'The proposal is decided, or its time is over: it takes no votes.',
    remedy: '`bsn alliance show` says what became of it; make a new proposal.',
  },
  PROPOSAL_NOT_DUE: {
    status: 409,
    meaning: 'The proposal is still voted on, or its time lock is not over.',
    remedy: '`bsn alliance show` says until when; send the act again then.',
  },
  ALREADY_VOTED: {
    status: 409,
    meaning: 'The member has voted on this proposal; a vote stays as it was given.',
    remedy: 'Nothing is left to do. Whoever was wrong can propose again.',
  },
  ALLIANCE_STOPPED: {
    status: 403,
    meaning: 'The members stopped all records by vote. What is registered can be read as ever.',
    remedy: 'Wait until they vote to go on; control statements are taken as ever.',
  },
  LEDGER_BUSY: {
    status: 503,
    meaning: 'More statements wait than the ledger takes. Nothing of this request was registered.',
    remedy: 'Send it again after the time in Retry-After.',
  },
  LEDGER_READ_ONLY: {
    status: 503,
    meaning:
      'The node has no key that signs blocks: it serves reads alone. Nothing was registered.',
    remedy: 'Write through another gateway of this ledger.',
  },
  LEDGER_STOPPED: {
    status: 503,
    meaning: 'The ledger stops. What was sent may or may not be registered.',
    remedy: 'Send the same statement again later: it is registered once.',
  },
  LEDGER_NO_QUORUM: {
    status: 503,
    meaning:
      'Too few validators answer, or the key of this node alone makes no block final: nothing is ' +
      'decided now, and nothing of the request was registered.',
    remedy:
      'Send it again later. Operator: see that more than two thirds of the power of the ' +
      'validators run and reach each other; a solo node needs the key that the validators name.',
  },
  LEDGER_UNDECIDED: {
    status: 503,
    meaning: 'The network has not decided in time: whether it was registered is not known yet.',
    remedy: 'Send it again, unchanged: an act that was registered meanwhile is not done twice.',
  },
  LEDGER_FORKED: {
    status: null,
    meaning: 'A block was decided that this node cannot come to: its data or program is another.',
    remedy: 'Operator: run `bsn ledger verify`; join anew where it finds something.',
  },
  ENGINE_PROTOCOL: {
    status: null,
    meaning: 'CometBFT asked or answered what this version does not know.',
    remedy: 'Operator: use the version that `bsn engine list` names.',
  },
  ENGINE_UNREACHABLE: {
    status: 503,
    meaning: 'The engine of this node does not answer.',
    remedy: 'Send it again later. Operator: read `bsn engine logs`.',
  },
  ENGINE_REFUSED: {
    status: 503,
    meaning: 'The engine of this node said no.',
    remedy: 'Send it again later. Operator: read `bsn engine logs`.',
  },
  ENGINE_OTHER_CHAIN: {
    status: null,
    meaning: 'CometBFT was set up for another ledger, or for another height of this one.',
    remedy: 'Operator: give it the folder that belongs to this ledger, or join anew.',
  },
  CHAIN_DATA_INVALID: {
    status: null,
    meaning: 'What a gateway said of the blocks around a snapshot is not of the validators.',
    remedy: 'Join anew through another gateway, or with `--by replay`.',
  },
  VALIDATOR_KEY_MISSING: {
    status: null,
    meaning: 'A validator of a network has no consensus key in the state.',
    remedy: 'Name the validators with their consensus keys before the ledger becomes a network.',
  },
  VALIDATORS_CHANGING: {
    status: null,
    meaning: 'A change of the validators is decided that the first block of a network cannot have.',
    remedy: 'Register one entry more before the ledger becomes a network, at the height after it.',
  },
  SOFTWARE_TOO_OLD: {
    status: null,
    meaning:
      'The members decided on a newer version of OpenBSN: an older one makes no more blocks, and ' +
      'does not join.',
    remedy: 'Operator: install that version or a later one; then start the node, or join, again.',
  },
} as const satisfies ErrorCatalogue
