import { parseStatement, type Verified, verifyReceipts, verifyTransactionProof } from '@openbsn/sdk'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { fail } from '../fail.ts'
import { readBytes } from '../files.ts'
import { list, object, text, whole } from '../json-schema.ts'
import { fields } from '../output.ts'
import { grouped } from '../put/progress.ts'
import { createLineVerifier, receiptLines } from '../receipt-lines.ts'
import { readKeys } from '../trusted-keys.ts'
import { isoTime, wholeNumber } from '../values.ts'

const one = object({
  valid: { const: true },
  ledger: text,
  index: whole,
  height: whole,
  time: text,
  size: whole,
  signers: list(text),
  service: text,
  issuer: text,
  keys: { enum: ['pem', 'bundle', 'credential'] },
})

const transaction = object({
  valid: { const: true },
  transaction: text,
  status: { enum: ['done', 'reverted'] },
  blockHeight: whole,
  chain: whole,
  generation: whole,
  inputSha256: text,
  service: text,
  ledger: text,
  index: whole,
  time: text,
  attestedBy: text,
  signers: list(text),
  keys: { enum: ['pem', 'bundle', 'credential'] },
})

const many = object({
  valid: { const: true },
  verified: whole,
  ledger: text,
  firstIndex: whole,
  lastIndex: whole,
  keys: { enum: ['pem', 'bundle', 'credential'] },
})

export const command: Command = {
  description:
    'Needs no network. Proves that the statement, byte for byte, stands at that place of the log ' +
    'since that time, signed by enough validators. Give the keys as PEM or key bundle (`bsn ' +
    'ledger keys`), or a credential file. The FILE is the proof of a transaction: it shows that ' +
    "an operator registered the transaction as one of its service's chain. Ends with 9 where " +
    'anything does not hold.',
  examples: [
    'bsn receipt verify --statement entry.cose --receipt receipt.cose --keys keys.pem',
    'bsn receipt verify --file receipts.ndjson --keys flights.credential --sample 100',
    'bsn receipt verify transaction.proof --keys keys.pem',
  ],
  operands: [{ name: 'FILE', summary: 'Proof of a transaction of a chain', required: false }],
  options: {
    statement: { type: 'string', value: 'FILE', summary: 'Statement as registered (COSE)' },
    receipt: {
      type: 'string',
      value: 'FILE',
      many: true,
      summary: 'Its receipt (COSE), one for each validator that signed',
    },
    file: { type: 'string', value: 'FILE', summary: 'Lines that `bsn record put` wrote' },
    sample: { type: 'string', value: 'N', summary: 'Only so many lines of --file, at random' },
    keys: { type: 'string', value: 'FILE', required: true, summary: 'Keys to trust' },
    ledger: { type: 'string', value: 'ID', summary: 'Ledger that the keys must be of' },
  },
  output: { oneOf: [one, many, transaction] },
  run: async (args, { out }) => {
    const pair = args.has('statement') || args.has('receipt')
    const given = [pair, args.has('file'), args.operands.length > 0]
    if (given.filter(Boolean).length !== 1) {
      throw fail('CLI_OPTION_MISSING', 'Give --statement and --receipt, or --file, or FILE.')
    }
    const verify = pair ? verifyOne : args.has('file') ? verifyFile : verifyTransaction
    await verify(args, out)
    return undefined
  },
}

async function trusted(args: Arguments) {
  return readKeys({ path: args.value('keys'), ledger: args.optional('ledger') })
}

async function verifyOne(args: Arguments, out: Cli['out']): Promise<void> {
  const paths = args.values('receipt')
  if (!args.has('statement') || paths.length === 0) {
    throw fail('CLI_OPTION_MISSING', '--statement and --receipt go together.')
  }
  const { kind, keys } = await trusted(args)
  const statement = await readBytes(args.value('statement'))
  const receipts = await Promise.all(paths.map(readBytes))
  const verified = verifyReceipts(statement, receipts, keys)
  const { claims } = parseStatement(statement)
  const { ledger, index, height, size, signers } = verified
  const document = {
    valid: true,
    ledger,
    index,
    height,
    time: isoTime(verified.time),
    size,
    signers,
    service: claims.sub,
    issuer: claims.iss,
    keys: kind,
  }
  out.answer(
    document,
    `valid\n${fields({ ...document, valid: undefined, signers: signers.join(' ') })}`,
  )
}

async function verifyTransaction(args: Arguments, out: Cli['out']): Promise<void> {
  const { kind, keys } = await trusted(args)
  const proof = await readBytes(args.operand(0))
  const { input, status, height, time, signers, ...rest } = verifyTransactionProof(proof, keys)
  const document = {
    valid: true,
    ...rest,
    status: status === 1 ? 'done' : 'reverted',
    blockHeight: height,
    inputSha256: input,
    time: isoTime(time),
    signers,
    keys: kind,
  }
  const shown = { ...document, valid: undefined, signers: signers.join(' ') }
  const what = `${rest.attestedBy} registered it as one of the chain of ${rest.service}`
  out.answer(document, `valid: ${what}\n${fields(shown)}`)
}

async function verifyFile(args: Arguments, out: Cli['out']): Promise<void> {
  const { kind, keys } = await trusted(args)
  const verifier = createLineVerifier(keys)
  const sample = wholeNumber(args, 'sample', { min: 1, max: 10_000_000 })
  let verified = 0
  let first: Pick<Verified, 'index' | 'ledger'> | undefined
  let last = first
  for await (const line of receiptLines(args.value('file'), sample)) {
    last = verifier.verify(line)
    first ??= last
    verified++
  }
  if (!first || !last) throw fail('RECEIPTS_FILE_BROKEN', 'The file holds no receipts.')
  const document = {
    valid: true,
    verified,
    ledger: first.ledger,
    firstIndex: first.index,
    lastIndex: last.index,
    keys: kind,
  }
  out.answer(document, `valid: ${grouped(verified)} receipts of ledger ${first.ledger}`)
}
