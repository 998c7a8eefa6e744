import { CodedError, toHex, toPem, verifyKeyBundle } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { writeWhole } from '../files.ts'
import { list, object, text, whole } from '../json-schema.ts'

export const command: Command = {
  description:
    'PEM holds the keys that sign now, for any verifier of COSE. The key bundle holds all keys ' +
    "since the ledger's beginning with their proofs, so that it verifies receipts of any age.",
  examples: ['bsn ledger keys --out keys.pem', 'bsn ledger keys --bundle --out keys.cbor'],
  options: {
    out: {
      type: 'string',
      value: 'FILE',
      summary: 'File to write; standard output where not said',
    },
    bundle: { type: 'boolean', summary: 'Write the key bundle' },
    ...connectionOptions,
  },
  output: object({
    ledger: text,
    height: whole,
    format: { enum: ['pem', 'bundle'] },
    'file?': text,
    keys: list(object({ kid: text, algorithm: text, power: whole, pem: text })),
  }),
  run: async (args, { out }) => {
    const { client, ledger } = await connect(args)
    const bundle = await client.keyBundle()
    const { height } = await client.checkpoint()
    const validators = verifyKeyBundle(bundle, ledger).validatorsAt(height)
    if (validators.length === 0) {
      throw new CodedError('KEY_BUNDLE_INVALID', `The bundle has no keys for height ${height}.`)
    }
    const keys = validators.map((one) => ({
      kid: toHex(one.kid),
      algorithm: one.algorithm.name,
      power: one.power,
      pem: toPem(one),
    }))
    const isBundle = args.has('bundle')
    const pem = keys.map((key) => key.pem).join('')
    const file = args.optional('out')
    if (file !== undefined) await writeWhole(file, isBundle ? bundle : pem, { force: true })
    else if (!out.json && isBundle) out.bytes(bundle)
    const format = isBundle ? 'bundle' : 'pem'
    const document = { ledger, height, format, ...(file === undefined ? {} : { file }), keys }
    out.answer(document, file === undefined && !isBundle ? pem : '')
    if (file !== undefined) out.note(`${keys.length} key(s) of ledger ${ledger} written to ${file}`)
    return undefined
  },
}
