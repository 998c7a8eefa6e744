import type { ErrorCatalogue } from '../kernel/errors.ts'

export const nodeErrors = {
  HOME_KEYS_MISSING: {
    status: null,
    meaning: 'The data folder has a ledger but not the key that signs its blocks.',
    remedy:
      'Restore keys/validator.json from a backup of the data folder, or start with --read-only ' +
      'to serve what is registered.',
  },
  HOME_EMPTY: {
    status: null,
    meaning: 'The data folder holds no ledger.',
    remedy: 'Start a network there with `bsn up`, or name another folder with --home.',
  },
  HOME_NOT_EMPTY: {
    status: null,
    meaning: 'The data folder has something in it; it was left as it is.',
    remedy: 'Give a folder that is empty or not there with --home.',
  },
  HOME_KEYS_FOREIGN: {
    status: null,
    meaning: 'The keys that were brought are not those of this ledger. Nothing was kept.',
    remedy: 'Bring keys/validator.json and profile.json of a node of this ledger, or none.',
  },
  BACKUP_EXISTS: {
    status: null,
    meaning: 'The folder for the backup has something in it; it was left as it is.',
    remedy: 'Give a folder that is empty or not there with --out.',
  },
  BACKUP_FOREIGN: {
    status: null,
    meaning: 'The folder holds no backup.',
    remedy: 'Give a folder that `bsn backup` made.',
  },
  BACKUP_NEWER: {
    status: null,
    meaning: 'The backup was made by a newer version of OpenBSN.',
    remedy: 'Restore it with that version or a later one.',
  },
  BACKUP_DAMAGED: {
    status: null,
    meaning: 'A file of the backup is missing or is not as it was written. Nothing was restored.',
    remedy: 'Use another backup.',
  },
  NETWORK_EXISTS: {
    status: null,
    meaning: 'The data folder is part of a network already.',
    remedy: 'Start it with `bsn node start`; `bsn node invite` lets other nodes in.',
  },
  NETWORK_FILE_INVALID: {
    status: null,
    meaning: 'network/network.json in the data folder is not as it was written.',
    remedy: 'Restore it from a backup, or join anew with an empty data folder.',
  },
  NETWORK_ENGINE_MISSING: {
    status: null,
    meaning: 'The node is part of a network, and nothing says where its CometBFT is.',
    remedy: 'Run `bsn engine install cometbft`.',
  },
  NODE_NOT_REGISTERED: {
    status: null,
    meaning: 'The ledger has no city node of that name.',
    remedy: 'Start the node once with `bsn up`, or name it with --node.',
  },
  NODE_NO_VALIDATOR: {
    status: null,
    meaning: 'The city node cannot be made, or unmade, a validator; the message says why.',
    remedy:
      'Name a node that is part of the network; make another one a validator before the last.',
  },
  NODE_IS_VALIDATOR: {
    status: null,
    meaning: 'The node signs blocks, and cannot leave while the others wait for it.',
    remedy: 'Demote it first: `bsn node demote`, or a vote of the members.',
  },
  GROUP_NAME_INVALID: {
    status: null,
    meaning: 'No group can have that name.',
    remedy: 'Take 2 to 63 of a-z, 0-9 and -, not beginning with -.',
  },
  GROUP_EXISTS: {
    status: null,
    meaning: 'There is a group of that name, in the root ledger or in the data folder.',
    remedy: 'Take another name; `bsn group list` prints those that are taken.',
  },
  GROUP_UNKNOWN: {
    status: null,
    meaning: 'The root ledger lists no group of that name that goes on, or the node keeps none.',
    remedy: 'Look at `bsn group list`; one that is new has to be listed before others can join.',
  },
  GROUP_FOREIGN: {
    status: null,
    meaning: 'The token is for another ledger than the one that the root ledger lists.',
    remedy: 'Ask for a token of a node of that group (`bsn node invite --group NAME`).',
  },
  GROUP_NODE_UNKNOWN: {
    status: null,
    meaning: 'The node is none of the alliance, or one of another member.',
    remedy: 'Start the node once, so that the root ledger has it; or name its member with --as.',
  },
  GROUP_ADDRESS_TAKEN: {
    status: null,
    meaning: 'The port for the other nodes of the group is in use.',
    remedy: 'Give a port of its own with --listen: every group of a node needs one.',
  },
  PROFILE_MISSING: {
    status: null,
    meaning: 'The data folder has no profile of a member.',
    remedy: 'Run it where the alliance was made, in the data folder with profile.json.',
  },
  CERTIFICATE_FAILED: {
    status: null,
    meaning: 'The node got no certificate that it can use for its gateway; it goes on trying.',
    remedy:
      'Look at the reason: the issuer must run, and this node be registered with the https ' +
      'address that it is started with.',
  },
  CLOCK_OFF: {
    status: null,
    meaning: 'The clocks of this machine and of the gateway that invited differ; nothing was kept.',
    remedy:
      'Set the clock of whichever machine is wrong, best with an NTP client; then join again, ' +
      'with the same token.',
  },
  JOIN_FAILED: {
    status: null,
    meaning: 'The gateway that invited did not let this node in; nothing was kept.',
    remedy: 'Check its address and that it runs; then join again, with the same token.',
  },
} as const satisfies ErrorCatalogue
