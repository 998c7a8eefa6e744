import { algorithmByName, encodeCoseKey, toBase64url } from '@openbsn/sdk'
import { createNativeSigner } from '../../crypto/native.ts'
import { assert } from '../../kernel/assert.ts'
import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { requireWritable } from '../files.ts'
import { object, text } from '../json-schema.ts'
import { writeParticipantFile } from '../participant-file.ts'

export const command: Command = {
  description:
    'Done by whoever wants to be invited: makes a key that never leaves the file, and prints its ' +
    'public half for the publisher. Nothing is sent.',
  examples: ['bsn participant key pledges shop --out shop.participant'],
  operands: [
    { name: 'SERVICE', summary: 'Which service', required: true },
    { name: 'ID', summary: 'Name of the participant to be', required: true },
  ],
  options: {
    out: { type: 'string', value: 'FILE', required: true, summary: 'File to write, mode 0600' },
    force: { type: 'boolean', summary: 'Replace the file where it exists' },
    ...connectionOptions,
  },
  output: object({ participant: text, service: text, ledger: text, file: text, key: text }),
  run: async (args, { out }) => {
    const [service, id, file] = [args.operand(0), args.operand(1), args.value('out')]
    const force = args.has('force')
    const { gateway, ledger } = await connect(args)
    await requireWritable(file, { force })
    const algorithm = algorithmByName('EdDSA')
    assert(algorithm !== undefined, 'EdDSA is always there')
    const secret = algorithm.generateSecret()
    const key = toBase64url(encodeCoseKey(createNativeSigner(algorithm, secret).key))
    const stored = { algorithm: algorithm.name, secret }
    await writeParticipantFile(file, { gateway, ledger, service, id }, stored, { force })
    out.answer({ participant: id, service, ledger, file, key }, key)
    out.note(
      `next, by the publisher: bsn participant invite ${service} ${id} --role ROLE --key KEY`,
    )
    return undefined
  },
}
