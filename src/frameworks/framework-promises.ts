/**
 * What every framework keeps, whatever kind of ledger it is: the words of the contract suite, and
 * of docs/reference/frameworks.md.
 */
export const frameworkPromises = {
  'put-get': 'What was put is read back: the latest of a key, all in order, the history of a key.',
  'put-many': 'Of many calls each has its outcome, in order; one rejected touches no other.',
  repeat: 'A call that is sent again has one effect; the answer says where.',
  'repeat-at-once': 'The same call many times at once has one effect.',
  'repeat-after-restart': 'The same holds after a restart.',
  'repeat-other-node': 'The same holds through another node.',
  conflict: 'Another payload under the same id is rejected, and the first one stays.',
  'ids-apart': 'The same id in another service, by another credential, is another act.',
  'status-committed': 'The status of a committed act is its place, from any node, for ever.',
  'status-pending': 'The status of an act under way is pending, then what became of it.',
  'status-not-sent': 'The status of an act that nobody sent is not_sent.',
  'status-rejected': 'The status of a rejected act is its reason, on the node that was told.',
  'not-sent': 'A fault before anything is sent says so: nothing happened, and sending it works.',
  'fate-unknown-arrived':
    'An answer that is lost is found, or said to be unknown; the status then is committed.',
  'fate-unknown-vanished': 'A call that is lost says fate unknown; the status then is not_sent.',
  'given-up': 'A caller that gives up is told whether anything was sent, and can ask later.',
  'events-order': 'Events come in order, each once, without gap, with the same ids everywhere.',
  'events-resume': 'A reader goes on at any position, in slices of any size.',
  'events-filter': 'Filters by service, key and content type give just what matches.',
  'events-wait': 'A waiting reader is woken by a commit, by what is there, and by an abort.',
  'events-slow': 'A reader that is slow misses nothing.',
  'events-restart': 'Events are the same after a restart, and go on.',
  receipts: 'Every committed call has receipts that verify with no server.',
  health: 'A framework says when it cannot work, and why.',
  'unknown-function': 'A function that is not there is refused, and nothing happens.',
} as const

export type PromiseId = keyof typeof frameworkPromises

/** An adapter: what it is, and which promises it cannot keep, with the reason. */
export type AdapterRow = {
  readonly name: string
  /** The test that runs the suite. */
  readonly suite: string
  readonly about: string
  readonly exceptions: Partial<Readonly<Record<PromiseId, string>>>
}

/** Every adapter there is. The suite runs all promises of a row that are no exceptions of it. */
export const adapters: readonly AdapterRow[] = [
  {
    name: 'records',
    suite: 'src/frameworks/records/records-framework.slow.test.ts',
    about: 'Records in the log of the alliance ledger itself; in this process.',
    exceptions: {},
  },
  {
    name: 'evm',
    suite: 'src/frameworks/evm/evm-framework.slow.test.ts',
    about: 'Contracts on EVM chains: anvil for each service of a sandbox, or chains of others.',
    exceptions: {},
  },
  {
    name: 'fabric',
    suite: 'test/fabric/framework.long.ts',
    about: 'Contracts on channels of Hyperledger Fabric, which city nodes open and keep together.',
    exceptions: {},
  },
]
