import { setImmediate as nextTurn } from 'node:timers/promises'
import { actIdentity, isCodedError, type Signer } from '@openbsn/sdk'
import type { Refusal } from '../../crypto/check-statement.ts'
import type { Submission } from '../../crypto/own-statement.ts'
import { assert } from '../../kernel/assert.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Ledger, SubmitOutcome } from '../../ledger/ledger.ts'
import { ActsUnderWay } from '../acts-under-way.ts'
import { fateUnknown, notSent } from '../errors.ts'
import type { Call, CallOutcome, CallStatus, Framework } from '../framework.ts'
import { createRecordEvents } from './record-events.ts'
import { type CommittedEntry, RecordFeed } from './record-feed.ts'
import type { RecordLists } from './record-lists.ts'
import { queryRecords } from './record-query.ts'
import { createRecordSigner, type RecordSigner } from './sign-record.ts'

export type RecordsOptions = {
  /** The member that runs this city node: statements are signed in its name. */
  readonly member: string
}

export type RecordsDeps = {
  readonly ledger: Ledger
  readonly lists: RecordLists
  /** The operator's key; without one nothing is written here. */
  readonly signer: Signer | undefined
  readonly clock: Clock
  /** True from the moment on that the ledger takes no more statements. */
  readonly isStopped: () => boolean
}

export type RecordsFramework = Framework & {
  /** Tell it of every block with its entries, as soon as it is the ledger's head. */
  committed(firstIndex: number, entries: readonly CommittedEntry[]): void
}

type Act = Pick<Call, 'service' | 'credential' | 'id'>

/**
 * Records of services in the ledger's own log: JSON, signed by this city node with its operator's
 * key in the name of a credential (key-trust).
 */
export function createRecordsFramework(
  { member }: RecordsOptions,
  deps: RecordsDeps,
): RecordsFramework {
  const { ledger, lists, isStopped } = deps
  const acts = new ActsUnderWay()
  const feed = new RecordFeed(ledger.head.firstIndex + ledger.head.count)
  const { signer, clock } = deps
  const sign = signer && createRecordSigner({ ledger: ledger.id, member }, { signer, clock })
  const identityOf = ({ service, credential, id }: Act) =>
    actIdentity({ ledger: ledger.id, service, by: credential, id })

  function placeOf(index: number, height: number) {
    const block = ledger.block(height)
    assert(block !== undefined, `the block at height ${height} is stored`)
    return { transaction: String(index), height, time: block.time }
  }

  function outcomeOf(act: string, outcome: Refusal | SubmitOutcome): CallOutcome {
    if ('index' in outcome) {
      const place = placeOf(outcome.index, outcome.height)
      return { state: 'committed', place, isRepeat: outcome.outcome === 'duplicate' }
    }
    const { code, detail } = outcome
    acts.refuse(act, { code, detail })
    return { state: 'rejected', code, detail }
  }

  function submit(calls: readonly Call[], signal: AbortSignal): Promise<CallOutcome[]> {
    const names = calls.map((call) => textOf(identityOf(call)))
    let isSent = false
    const handOver = async () => {
      if (!sign) throw notSent("This node has no operator's key to sign with.")
      const made = await signAll(calls, sign)
      if (signal.aborted) throw notSent('The request was given up before it was sent.')
      isSent = true
      const answers = answersOf(made, await send(ledger, made.filter(isSigned)))
      return answers.map((answer, i) => outcomeOf(names[i] ?? '', answer))
    }
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        if (isSent) reject(fateUnknown('The request was given up after it was sent.'))
      }
      signal.addEventListener('abort', giveUp)
      acts
        .during(names, handOver)
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', giveUp))
    })
  }

  async function status(act: Act): Promise<CallStatus> {
    const identity = identityOf(act)
    const index = ledger.findAct(identity)
    const entry = index === undefined ? undefined : ledger.entry(index)
    if (entry) {
      return { state: 'committed', place: placeOf(entry.index, entry.height), isRepeat: false }
    }
    const name = textOf(identity)
    if (acts.has(name)) return { state: 'pending' }
    const refusal = acts.refusalOf(name)
    return refusal ? { state: 'rejected', ...refusal } : { state: 'not_sent' }
  }

  return {
    name: 'records',
    events: createRecordEvents({ ledger, lists, feed }),
    submit,
    query: (service, call) => queryRecords({ ledger, lists }, service, call),
    status,
    receipts: (_service, transaction) =>
      /^(0|[1-9]\d{0,15})$/.test(transaction) ? ledger.receipts(Number(transaction)) : [],
    unhealthy: () => (isStopped() ? 'The ledger stopped: it takes nothing more.' : undefined),
    committed: (firstIndex, entries) => {
      acts.decided()
      feed.committed(firstIndex, entries)
    },
  }
}

/** So many are signed in one turn of the event loop, half a millisecond: others wait no longer. */
const signedAtOnceMax = 16

async function signAll(
  calls: readonly Call[],
  sign: RecordSigner,
): Promise<(Submission | Refusal)[]> {
  const made: (Submission | Refusal)[] = []
  for (let from = 0; from < calls.length; from += signedAtOnceMax) {
    if (from > 0) await nextTurn()
    made.push(...(await Promise.all(calls.slice(from, from + signedAtOnceMax).map(sign))))
  }
  return made
}

const isSigned = (made: Submission | Refusal): made is Submission => !('code' in made)

/** @throws CALL_NOT_SENT, CALL_FATE_UNKNOWN */
async function send(ledger: Ledger, statements: readonly Submission[]): Promise<SubmitOutcome[]> {
  try {
    return statements.length === 0 ? [] : await ledger.submit(statements)
  } catch (cause) {
    const code = isCodedError(cause) ? cause.code : ''
    const message = cause instanceof Error ? cause.message : ''
    if (code === 'LEDGER_BUSY' || code === 'LEDGER_READ_ONLY') throw notSent(message, cause)
    // Many can lie in several blocks, and the first of them may have been made.
    if (code === 'LEDGER_NO_QUORUM' && statements.length === 1) throw notSent(message, cause)
    throw fateUnknown(`The ledger did not answer. ${message}`, cause)
  }
}

/** Each refusal in its place, and the ledger's outcomes in the places of the statements. */
function answersOf(
  made: readonly (Submission | Refusal)[],
  outcomes: readonly SubmitOutcome[],
): (Refusal | SubmitOutcome)[] {
  let next = 0
  return made.map((one) => {
    const answer = isSigned(one) ? outcomes[next++] : one
    assert(answer !== undefined, 'every statement has an outcome')
    return answer
  })
}

/** 32 bytes as text, for a key of a map. */
const textOf = ({ buffer, byteOffset, length }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, length).toString('latin1')
