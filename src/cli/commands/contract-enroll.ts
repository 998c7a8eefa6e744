import { algorithmByName, isCodedError } from '@openbsn/sdk'
import { assert } from '../../kernel/assert.ts'
import type { Command } from '../command.ts'
import { contractsOf } from '../contract-options.ts'
import { credentialOptions } from '../credential-connection.ts'
import { fail } from '../fail.ts'
import { object, text } from '../json-schema.ts'
import { readUserFile, writeUserFile } from '../user-file.ts'

export const command: Command = {
  description:
    'On Fabric, in services of public-key-upload: makes a key that never leaves the file, and ' +
    'has it certified by the organisation of the gateway as NAME@CREDENTIAL. `bsn contract send ' +
    '--user FILE` then makes transactions that are the own ones of this user. A name keeps its ' +
    'key: keep the file. Where it is there already, the command goes on with the key in it.',
  examples: ['bsn contract enroll ann --credential deeds.credential --out ann.user'],
  operands: [{ name: 'NAME', summary: 'Up to 19 letters, digits, dots, _ and -', required: true }],
  options: {
    out: { type: 'string', value: 'FILE', required: true, summary: 'File to write, mode 0600' },
    ...credentialOptions,
  },
  output: object({ name: text, mspId: text, channel: text, file: text, certificate: text }),
  run: async (args, { out, clock }) => {
    const [name, file] = [args.operand(0), args.value('out')]
    const { contracts, service } = await contractsOf(args, clock)
    const algorithm = algorithmByName('ES256')
    assert(algorithm !== undefined, 'ES256 is always there')
    // On disk before it is certified: a key that was lost would keep its name for ever.
    const key = { algorithm: algorithm.name, secret: algorithm.generateSecret() }
    await writeUserFile(file, { service, name }, key).catch((error: unknown) => {
      if (!isCodedError(error) || error.code !== 'FILE_EXISTS') throw error
    })
    const known = await readUserFile(file, service)
    if (known.name !== name) throw fail('FILE_EXISTS', `${file} is of the user ${known.name}.`)
    const { mspId, channel, certificate } = await contracts.enroll(name, known.signer)
    out.answer({ name, mspId, channel, file, certificate }, `${mspId}/${name}`)
    return undefined
  },
}
