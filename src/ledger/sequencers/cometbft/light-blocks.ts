import { CodedError, equalBytes, type Validator } from '@openbsn/sdk'

/**
 * What CometBFT's light client asks about a block, as CometBFT itself answers it. To begin behind H
 * it wants H, H + 1, which has the application hash after H, and H + 2, which says who votes.
 */
export type LightBlock = {
  readonly height: number
  /** Of the block, as 64 hex digits. */
  readonly hash: string
  /** The answer to `commit`. */
  readonly commit: unknown
  readonly validators: readonly unknown[]
}

export const lightBlocksCount = 3

/** CometBFT gives so many validators at once. */
const pageSize = 100
const pagesMax = 100

export type AskEngine = (
  method: 'commit' | 'validators',
  parameters: Readonly<Record<string, string>>,
) => Promise<unknown>

/** A block and its validators, as JSON to be sent. @throws ENGINE_UNREACHABLE, ENGINE_REFUSED */
export async function askLightBlock(ask: AskEngine, height: number): Promise<string> {
  const commit = await ask('commit', { height: `${height}` })
  const validators: unknown[] = []
  for (let page = 1; page <= pagesMax; page++) {
    const parameters = { height: `${height}`, page: `${page}`, per_page: `${pageSize}` }
    const answer = Object(await ask('validators', parameters))
    validators.push(...(Array.isArray(answer.validators) ? answer.validators : []))
    if (validators.length >= Number(answer.total)) break
  }
  return JSON.stringify({ commit, validators })
}

/** Three blocks as `askLightBlock` sends them, one after the other. @throws CHAIN_DATA_INVALID */
export function parseLightBlocks(texts: readonly string[], ledger: string): LightBlock[] {
  const blocks = texts.map((text) => parseLightBlock(text, ledger))
  const first = blocks[0]?.height ?? 0
  const isRow = blocks.every(({ height }, i) => height === first + i)
  if (isRow && blocks.length === lightBlocksCount) return blocks
  throw invalid('three blocks in a row are needed')
}

function parseLightBlock(text: string, ledger: string): LightBlock {
  const { commit, validators } = parse(text)
  const { commit: signed } = Object(Object(commit).signed_header)
  const { chain_id: chain, height: said } = headerOf(commit)
  const height = Number(said)
  const hash = Object(Object(signed).block_id).hash
  if (chain !== ledger || !Number.isSafeInteger(height)) throw invalid('it is of another chain')
  if (!isHash(hash)) throw invalid(`block ${height} has no hash`)
  if (!Array.isArray(validators)) throw invalid(`block ${height} has no validators`)
  return { height, hash, commit, validators }
}

const headerOf = (commit: unknown) => Object(Object(Object(commit).signed_header).header)

function parse(text: string): { readonly commit?: unknown; readonly validators?: unknown } {
  try {
    return Object(JSON.parse(text))
  } catch (cause) {
    throw invalid('it is no JSON', cause)
  }
}

const isHash = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9A-F]{64}$/.test(value)

export type ChainFacts = {
  /** The block to begin behind, and the application hash after it. */
  readonly height: number
  readonly appHash: Uint8Array
  readonly validatorsAt: (height: number) => readonly Validator[]
}

/**
 * That blocks fit what is known of a ledger: its validators, and its application hash. That these
 * validators have signed them, CometBFT's light client verifies: it is given nobody else's keys.
 * @throws CHAIN_DATA_INVALID
 */
export function requireChain(blocks: readonly LightBlock[], facts: ChainFacts): void {
  const { height, appHash, validatorsAt } = facts
  if (blocks[0]?.height !== height) throw invalid(`it does not begin with block ${height}`)
  for (const block of blocks) requireValidators(block, validatorsAt(block.height))
  const after = headerOf(blocks[1]?.commit).app_hash
  if (isHash(after) && equalBytes(Buffer.from(after, 'hex'), appHash)) return
  throw invalid(`block ${height + 1} has another application hash`)
}

/** Their order, and whose turn it is to propose, is not for the ledger to say. */
function requireValidators({ validators, height }: LightBlock, own: readonly Validator[]): void {
  const names = validators.map((one) => {
    const { pub_key: key, voting_power: power } = Object(one)
    return `${Object(key).value} ${power}`
  })
  const wanted = own.map(({ consensusKey = new Uint8Array(), power }) => {
    return `${Buffer.from(consensusKey).toString('base64')} ${power}`
  })
  if (String(names.toSorted()) === String(wanted.toSorted())) return
  throw invalid(`the validators of block ${height} are others`)
}

const invalid = (what: string, cause?: unknown) =>
  new CodedError('CHAIN_DATA_INVALID', `What was said of the chain is refused: ${what}.`, { cause })
