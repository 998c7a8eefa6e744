import { setTimeout } from 'node:timers/promises'
import {
  type CheckpointAnswer,
  type Client,
  CodedError,
  decodeKeyBundle,
  fromBase64url,
  toHex,
  verifyCheckpoints,
  verifyKeyBundle,
} from '@openbsn/sdk'
import {
  type ActReplay,
  createActReplay,
  type ReplayedAct,
} from '../../ledger/verify/act-replay.ts'
import { fail } from '../fail.ts'
import type { ReceiptLine } from '../put/receipts-file.ts'
import { shownActs } from './shown-acts.ts'

export type AuditOptions = {
  /** The ledger that the auditor trusts, by its id: the hash of its genesis. */
  readonly ledger: string
  /** False where the receipt of each act is not read; the state root is compared all the same. */
  readonly receipts: boolean
  /** Between looks at what has not settled yet. */
  readonly pauseMs?: number
}

/** An act with what proves it. */
export type AuditedAct = ReplayedAct & { readonly line: ReceiptLine | undefined }

/** The signed checkpoint whose state root the recomputed state has. */
export type AuditedHead = {
  readonly height: number
  readonly time: number
  readonly size: number
  /** In hex. */
  readonly stateRoot: string
}

export type AuditReport = { readonly acts: readonly AuditedAct[]; readonly head: AuditedHead }

/** Counters move with every block of a busy service: so often they are read anew. */
const triesMax = 50

/**
 * Replays every control statement of a ledger by the rules, and compares the state that comes out
 * with the one that the validators signed. Nothing is taken on the gateway's word but which
 * checkpoint is the last.
 * @throws VERIFY_ENTRY_WRONG, AUDIT_STATE_DIFFERS, AUDIT_UNSETTLED, RECEIPT_*, KEY_BUNDLE_*,
 * GATEWAY_*
 */
export async function auditLedger(client: Client, options: AuditOptions): Promise<AuditReport> {
  const { pauseMs = 100 } = options
  const acts: AuditedAct[] = []
  let replay: ActReplay | undefined
  let seen = 0
  for (let attempt = 1; attempt <= triesMax; attempt++) {
    const checkpoint = await client.checkpoint()
    const bundle = await client.keyBundle()
    const keys = verifyKeyBundle(bundle, options.ledger)
    const head = headOf(checkpoint, keys)
    replay ??= createActReplay(decodeKeyBundle(bundle).genesis)
    const range = { from: seen, to: head.size, keys: options.receipts ? keys : undefined, pauseMs }
    for await (const { shown, line } of shownActs(client, range)) {
      acts.push({ ...replay.apply(shown), line })
    }
    seen = head.size
    if (await readCounters(client, replay, head.stateRoot)) {
      requireRoot(replay, head)
      return { acts, head }
    }
    await setTimeout(pauseMs)
  }
  throw fail('AUDIT_UNSETTLED', `The ledger went on ${triesMax} times while it was read.`)
}

function headOf(answer: CheckpointAnswer, keys: ReturnType<typeof verifyKeyBundle>): AuditedHead {
  // Before the first block nothing is signed, and nothing has been done: genesis speaks for itself.
  if (answer.height === 0) {
    return { height: 0, time: keys.genesis?.time ?? 0, size: 0, stateRoot: answer.stateRoot }
  }
  const { height, time, size, stateRoot } = verifyCheckpoints(answer.checkpoints.map(bytesOf), keys)
  return { height, time, size, stateRoot: toHex(stateRoot) }
}

/** True where every counter is of that state. What they hold, its root tells. */
async function readCounters(client: Client, replay: ActReplay, root: string): Promise<boolean> {
  const answers = await Promise.all(replay.counters().map((key) => client.state(key)))
  for (const { key, value } of answers) {
    if (value !== null) replay.setCounter(key, bytesOf(value))
  }
  return answers.every(({ checkpoint }) => checkpoint.stateRoot === root)
}

function requireRoot(replay: ActReplay, { height, size, stateRoot }: AuditedHead): void {
  if (toHex(replay.stateRoot()) === stateRoot) return
  const message =
    `The control statements up to entry ${size} that the gateway shows do not lead to the state ` +
    `root that is signed for block ${height}: one is kept back, or a state of another ledger shown.`
  throw fail('AUDIT_STATE_DIFFERS', message, { details: { height, size } })
}

function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64url(text)
  if (bytes) return bytes
  throw new CodedError('GATEWAY_ANSWER_INVALID', 'The gateway answered with broken base64url.')
}
