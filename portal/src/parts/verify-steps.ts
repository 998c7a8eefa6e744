import {
  decodeReceipts,
  isCodedError,
  leafHash,
  parseReceipt,
  parseStatement,
  rootOfReceipt,
  type TrustedKeys,
  toHex,
  verifyKeyBundle,
  verifyReceipts,
} from '@openbsn/sdk'

/** One step of a proof as it was done here. */
export type Step = {
  /** A key of `words.verify.steps`. */
  readonly name: 'keys' | 'statement' | 'leaf' | 'path' | 'signatures'
  readonly state: 'held' | 'failed' | 'skipped'
  /** What goes into the sentence of the step. */
  readonly values: Readonly<Record<string, string | number>>
  /** Hashes and keys that somebody may want to compare. */
  readonly shown: readonly string[]
  readonly error?: unknown
}

export type Verdict = {
  readonly holds: boolean
  readonly steps: readonly Step[]
  readonly place?: { readonly index: number; readonly height: number; readonly time: number }
}

export type Evidence = {
  readonly statement: Uint8Array
  /** What `encodeReceipts` made of one or more. */
  readonly receipt: Uint8Array
  readonly keys: Uint8Array
  /** The id that pins the keys; the bundle's own where nobody said another one. */
  readonly ledger: string | undefined
}

type Done = Pick<Step, 'values' | 'shown'>
type Work = readonly [name: Step['name'], run: () => Done]

/** Verifies an entry in this browser, step by step. Nothing is asked of anybody. */
export function verifyEntry({ statement, receipt, keys: bundle, ledger }: Evidence): Verdict {
  let keys: TrustedKeys | undefined
  let place: Verdict['place']
  const work: readonly Work[] = [
    [
      'keys',
      () => {
        keys = verifyKeyBundle(bundle, ledger)
        const { ledger: id, changes, everyValidator } = keys
        const values = { ledger: id ?? '', count: everyValidator.length, changes }
        return { values, shown: [id ?? ''] }
      },
    ],
    [
      'statement',
      () => {
        const { claims, algorithm, payload } = parseStatement(statement)
        const values = { issuer: claims.iss, algorithm: algorithm.name, bytes: payload.length }
        return { values, shown: [] }
      },
    ],
    ['leaf', () => ({ values: { bytes: statement.length }, shown: [toHex(leafHash(statement))] })],
    [
      'path',
      () => {
        const [first] = decodeReceipts(receipt).map(parseReceipt)
        if (!first) return { values: {}, shown: [] }
        const { path, size, index } = first.proof
        const root = toHex(rootOfReceipt(statement, first))
        return { values: { count: path.length, size, index }, shown: [...path.map(toHex), root] }
      },
    ],
    [
      'signatures',
      () => {
        if (!keys) return { values: {}, shown: [] }
        const { signers, index, height, time } = verifyReceipts(statement, [receipt], keys)
        place = { index, height, time }
        const all = keys.validatorsAt(height).length
        return { values: { count: signers.length, all, height }, shown: signers }
      },
    ],
  ]
  const steps = runAll(work)
  const holds = steps.every(({ state }) => state === 'held')
  return { holds, steps, ...(holds && place ? { place } : {}) }
}

/** After the first that fails nothing is tried: what builds on it would say nothing. */
function runAll(work: readonly Work[]): Step[] {
  let hasFailed = false
  return work.map(([name, run]): Step => {
    if (hasFailed) return { name, state: 'skipped', values: {}, shown: [] }
    try {
      return { name, state: 'held', ...run() }
    } catch (error) {
      if (!isCodedError(error)) throw error
      hasFailed = true
      return { name, state: 'failed', values: {}, shown: [], error }
    }
  })
}
