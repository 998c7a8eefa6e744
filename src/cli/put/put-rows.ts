import { setTimeout } from 'node:timers/promises'
import {
  type Client,
  CodedError,
  fromBase64url,
  isCodedError,
  type Outcome,
  toBase64url,
} from '@openbsn/sdk'
import { fail } from '../fail.ts'
import { type Input, readRows } from '../rows/input.ts'
import type { Row } from '../rows/row.ts'
import { createPatience, isOfDay, isOfSecond, type Patience, type Pause } from './patience.ts'
import type { Progress } from './progress.ts'
import type { ReceiptLine, ReceiptsFile } from './receipts-file.ts'
import { isSameAct, type RowAct, type RowWriter } from './row-writer.ts'

export type PutOptions = {
  readonly statementsMax: number
  readonly batchBytesMax: number
  /** Requests that are under way at the same time. */
  readonly inFlightMax: number
}

/** Measured on two cores: four requests of 500 leave them idle at times, 2,000 gain nothing. */
export const defaultPutOptions: PutOptions = {
  statementsMax: 500,
  batchBytesMax: 4 * 1024 * 1024,
  inFlightMax: 8,
}

export type PutDeps = {
  readonly client: Pick<Client, 'receipt'>
  readonly writer: RowWriter
  /** Absent where no receipts are kept. */
  readonly receipts: ReceiptsFile | undefined
  /** True for codes that would refuse every row alike: the run stops at the first of them. */
  readonly concernsSender: (code: string) => boolean
  readonly progress: Pick<Progress, 'add' | 'skip'>
  readonly signal: AbortSignal
  /** How the limit of a second is waited out; real seconds where absent. */
  readonly pause?: Pause
}

export type Refused = {
  readonly file: string
  readonly row: number
  readonly code: string
  readonly detail: string
}

export type PutReport = {
  readonly appended: number
  readonly duplicates: number
  /** Rows whose receipts were in the receipts file already. */
  readonly skipped: number
  readonly refused: readonly Refused[]
  readonly interrupted: boolean
  /** What ended the run early: the rest is what happened until then. */
  readonly failure?: unknown
}

type Item = {
  readonly file: string
  readonly row: number
  readonly act: RowAct
  readonly group: string | undefined
  /** It has its receipt, and is sent again only because its group is. */
  readonly isDone: boolean
}

/**
 * Registers the rows of all inputs, in order. Rows are one act each, so a second run finds what
 * the first one registered, and registers nothing twice.
 * Limits of a second are waited out. Never throws what ends it early: RECEIPTS_*,
 * GATEWAY_ANSWER_WRONG, OUTCOME_UNKNOWN, RATE_LIMITED, QUOTA_EXCEEDED and the gateway's other codes
 * are the report's `failure`.
 */
export async function putRows(
  inputs: readonly Input[],
  options: PutOptions,
  given: PutDeps,
): Promise<PutReport> {
  const tally = { appended: 0, duplicates: 0, skipped: 0, refused: [] as Refused[] }
  const inFlight: Promise<Answered>[] = []
  const failed = new AbortController()
  const deps = { ...given, signal: AbortSignal.any([given.signal, failed.signal]) }
  const patience = patienceOf(deps)

  async function settleOldest(): Promise<void> {
    const answered = await inFlight.shift()
    if (!answered) return
    const { lines, stop } = await account(answered, tally, deps)
    await deps.receipts?.append(lines)
    deps.progress.add(answered.items.filter(({ isDone }) => !isDone).length)
    if (stop) throw stop
  }

  async function sendAll(): Promise<void> {
    const onSkipped = () => {
      tally.skipped++
      deps.progress.skip(1)
    }
    for await (const items of batches(inputs, options, { ...deps, onSkipped })) {
      if (inFlight.length >= options.inFlightMax) await settleOldest()
      if (deps.signal.aborted) break
      const answer = send(items, patience)
      // An error of a later batch waits for its turn; without this it would end the process.
      answer.catch(() => undefined)
      inFlight.push(answer)
    }
    while (inFlight.length > 0) await settleOldest()
  }

  try {
    await sendAll()
    return { ...tally, interrupted: given.signal.aborted }
  } catch (failure) {
    failed.abort()
    // Counted as far as they were answered, but without lines: those are in the order of rows.
    const quiet = { ...deps, receipts: undefined }
    for (const answer of await Promise.allSettled(inFlight)) {
      if (answer.status === 'fulfilled') await account(answer.value, tally, quiet)
    }
    return { ...tally, interrupted: given.signal.aborted, failure }
  }
}

function patienceOf({ writer, receipts, signal, pause }: PutDeps): Patience {
  const send = (acts: readonly RowAct[]) => writer.send(acts, receipts !== undefined)
  return createPatience({ send, signal, ...(pause ? { pause } : {}) })
}

async function* batches(
  inputs: readonly Input[],
  { statementsMax, batchBytesMax }: PutOptions,
  deps: PutDeps & { readonly onSkipped: () => void },
): AsyncGenerator<Item[]> {
  let items: Item[] = []
  let bytes = 0
  for await (const item of pendingItems(inputs, deps)) {
    const [first] = items
    if (first && first.group !== item.group) {
      if (!isAllDone(items)) yield items
      items = []
      bytes = 0
    }
    items.push(item)
    bytes += item.act.sizeBytes
    if (item.group !== undefined || (items.length < statementsMax && bytes < batchBytesMax)) {
      continue
    }
    yield items
    items = []
    bytes = 0
  }
  if (!isAllDone(items)) yield items
}

const isAllDone = (items: readonly Item[]) => items.every(({ isDone }) => isDone)

async function* pendingItems(
  inputs: readonly Input[],
  deps: PutDeps & { readonly onSkipped: () => void },
): AsyncGenerator<Item> {
  const { receipts, writer, onSkipped, signal } = deps
  for (const input of inputs) {
    for await (const row of readRows(input)) {
      if (signal.aborted) return
      const isDone = await isDoneBefore(row, input, deps)
      const group = writer.group(input, row.number)
      if (isDone) onSkipped()
      if (isDone && group === undefined) continue
      const act = await writer.act(row, input)
      yield { file: input.name, row: row.number, act, group, isDone }
    }
  }
  await receipts?.endOfRows()
}

/** Refused rows make gaps in a receipts file; beyond so many it is taken for another input's. */
const gapMax = 10_000

async function isDoneBefore(row: Row, input: Input, { receipts, writer }: PutDeps) {
  if (!receipts) return false
  return receipts.isDone(writer.actId(input, row.number), function* later() {
    const last = Math.min(input.rows, row.number + gapMax)
    for (let number = row.number + 1; number <= last; number++) yield writer.actId(input, number)
  })
}

type Answered = { readonly items: readonly Item[]; readonly outcomes: readonly Outcome[] }

async function send(items: readonly Item[], patience: Patience): Promise<Answered> {
  const acts = items.map(({ act }) => act)
  const isWhole = items[0]?.group !== undefined
  return { items, outcomes: await patience.send(acts, isWhole) }
}

type Tally = { appended: number; duplicates: number; refused: Refused[] }

/** `stop` is why no other row needs to be sent. */
type Accounted = { readonly lines: readonly ReceiptLine[]; readonly stop: CodedError | undefined }

async function account(
  { items, outcomes }: Answered,
  tally: Tally,
  deps: PutDeps,
): Promise<Accounted> {
  const lines: ReceiptLine[] = []
  let stop: CodedError | undefined
  for (const [place, item] of items.entries()) {
    const outcome = outcomes[place]
    if (!outcome || item.isDone) continue
    if (outcome.outcome === 'refused') {
      const reason = accountRefused(item, outcome, tally, deps)
      stop ??= reason
      continue
    }
    if (outcome.outcome === 'appended') tally.appended++
    else tally.duplicates++
    if (deps.receipts) lines.push(await lineOf(item, outcome, deps))
  }
  return { lines, stop }
}

type NotTaken = Extract<Outcome, { outcome: 'refused' }>

/** Counts it; gives back an error where other rows would meet the same. */
function accountRefused(
  { file, row }: Item,
  outcome: NotTaken,
  tally: Tally,
  { signal, concernsSender }: PutDeps,
): CodedError | undefined {
  const { code, detail } = outcome
  // It would have been sent again, had the run not been ended.
  if (signal.aborted && isOfSecond(outcome)) return undefined
  tally.refused.push({ file, row, code, detail })
  const isForAll = concernsSender(code) || isOfSecond(outcome) || isOfDay(outcome)
  return isForAll ? new CodedError(code, detail) : undefined
}

type Registered = Exclude<Outcome, { outcome: 'refused' }>

async function lineOf(
  item: Item,
  outcome: Registered,
  { client, signal }: PutDeps,
): Promise<ReceiptLine> {
  const { index, statement = '' } = outcome
  requireSameAct(item, outcome)
  const isThere = outcome.receipt !== undefined && outcome.receipt !== 'pending'
  const entry = { index, statement: fromBase64url(statement) }
  const receipt = isThere ? outcome.receipt : await awaitReceipt(entry, { client, signal })
  return { index, statement, receipt }
}

/** A receipt is worth something only with the bytes that were sent, or those of the same act. */
function requireSameAct({ file, row, act }: Item, outcome: Registered): void {
  const returned = outcome.statement ?? ''
  const isNew = outcome.outcome === 'appended' && act.statement !== undefined
  if (isNew && returned === toBase64url(act.statement)) return
  const bytes = fromBase64url(returned)
  if (!isNew && bytes && isSameAct(bytes, act)) return
  const message = `${file}, row ${row}: the gateway returned other bytes than were sent.`
  throw fail('GATEWAY_ANSWER_WRONG', message, { details: { file, row, index: outcome.index } })
}

/** The gateway that is asked meanwhile may not have the block yet that another one answered of. */
const pendingCodes = new Set(['RECEIPT_PENDING', 'ENTRY_NOT_FOUND'])
const pollMs = 200
const pollsMax = 150

/** Where several validators sign, a receipt comes a moment after its entry: 30 s at most. */
async function awaitReceipt(
  { index, statement }: { readonly index: number; readonly statement: Uint8Array | undefined },
  { client, signal }: Pick<PutDeps, 'client' | 'signal'>,
): Promise<string> {
  for (let poll = 1; ; poll++) {
    try {
      return toBase64url(await client.receipt(index, statement))
    } catch (error) {
      const isPending = isCodedError(error) && pendingCodes.has(error.code)
      if (!isPending || poll >= pollsMax || signal.aborted) throw error
      await setTimeout(pollMs)
    }
  }
}
