import { controlAct, type NodeFields } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { connectAsMember, submitControl } from '../control.ts'
import { fail } from '../fail.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { nodeFields, nodeOptions } from '../node-options.ts'
import { programVersion } from '../version.ts'

export const command: Command = {
  description:
    'Puts a city node of yours on the map: services name it, and credentials that name you as ' +
    'operator may be used through its gateway. Negative degrees are given with =.',
  examples: [
    'bsn node register beijing --city Beijing --country CN --latitude 39.9042 ' +
      '--longitude 116.4074 --address https://beijing.example',
    'bsn node register lima --city Lima --country PE --latitude=-12.0464 --longitude=-77.0428 ' +
      '--address https://lima.example',
  ],
  operands: [{ name: 'ID', summary: 'Name, unique in the ledger', required: true }],
  options: {
    ...nodeOptions,
    'dry-run': { type: 'boolean', summary: 'Check everything, send nothing' },
    ...connectionOptions,
  },
  output: object({ node: text, ledger: text, 'index?': whole, 'height?': whole, 'dryRun?': flag }),
  run: async (args, { out, clock }) => {
    const id = args.operand(0)
    const software = `openbsn ${programVersion()}`
    const fields = { software, frameworks: ['records'], ...nodeFields(args) }
    requireWhole(fields)
    const { client, ledger, member } = await connectAsMember(args)
    if (args.has('dry-run')) {
      out.answer({ node: id, ledger, dryRun: true }, `would register node ${id}`)
      return undefined
    }
    const act = controlAct('node-register', { id, ...fields })
    const place = await submitControl(act, { client, ledger, member, clock })
    out.answer({ node: id, ledger, ...place }, `node ${id} registered (entry ${place.index})`)
    return undefined
  },
}

const needed = { city: 'city', country: 'country', latitude: '', longitude: '', gateway: 'address' }

function requireWhole(fields: Partial<NodeFields>): asserts fields is NodeFields {
  const missing = Object.entries(needed).find(([name]) => !(name in fields))
  if (!missing) return
  const [name, option] = missing
  throw fail('CLI_OPTION_MISSING', `--${option || name} is needed.`)
}
