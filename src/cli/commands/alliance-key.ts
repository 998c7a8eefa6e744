import { algorithmByName, encodeCoseKey, toBase64url } from '@openbsn/sdk'
import { createNativeSigner } from '../../crypto/native.ts'
import { assert } from '../../kernel/assert.ts'
import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { requireWritable } from '../files.ts'
import { object, text } from '../json-schema.ts'
import { writeMemberFile } from '../member-file.ts'

export const command: Command = {
  description:
    'Done by whoever wants to become a member, or lost its key: makes a key that never leaves ' +
    'the file, and prints its public half for the members who vote. Nothing is sent. The file ' +
    'votes: keep it away from the node, where it need not be at hand.',
  examples: ['bsn alliance key bob --out bob.member'],
  operands: [{ name: 'ID', summary: 'Id of the member', required: true }],
  options: {
    out: { type: 'string', value: 'FILE', required: true, summary: 'File to write, mode 0600' },
    force: { type: 'boolean', summary: 'Replace the file where it exists' },
    ...connectionOptions,
  },
  output: object({ member: text, ledger: text, file: text, key: text }),
  run: async (args, { out }) => {
    const [id, file] = [args.operand(0), args.value('out')]
    const force = args.has('force')
    const { gateway, ledger } = await connect(args)
    await requireWritable(file, { force })
    const algorithm = algorithmByName('EdDSA')
    assert(algorithm !== undefined, 'EdDSA is always there')
    const secret = algorithm.generateSecret()
    const key = toBase64url(encodeCoseKey(createNativeSigner(algorithm, secret).key))
    const stored = { algorithm: algorithm.name, secret }
    await writeMemberFile(file, { gateway, ledger, id }, stored, { force })
    out.answer({ member: id, ledger, file, key }, key)
    out.note(`next, by a member: bsn alliance propose admit ${id} --key KEY --reason TEXT`)
    return undefined
  },
}
