import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { askForBody, connect, connectionOptions } from '../connection.ts'
import { flag, list, object, text, whole } from '../json-schema.ts'
import { fields } from '../output.ts'
import { isoTime } from '../values.ts'

const state = {
  sequencer: text,
  'id?': text,
  height: whole,
  'noQuorumSince?': whole,
  catchingUp: flag,
  peers: list(object({ id: text, address: text })),
  validators: list(object({ kid: text, power: whole, signed: flag })),
}

export const command: Command = {
  description: 'The network as the node sees it that is asked: peers, validators, how far it is.',
  examples: ['bsn node status', 'bsn node status --gateway https://bsn.example.org:8420'],
  options: connectionOptions,
  output: object({ ledger: text, gateway: text, ...state }),
  run,
}

async function run(args: Arguments, { out }: Cli): Promise<undefined> {
  const { gateway, ledger } = await connect(args)
  const path = `/api/v1/ledgers/${encodeURIComponent(ledger)}/network`
  const network = await askForBody(gateway, path, { ledger })
  const validators = Array.isArray(network.validators) ? network.validators : []
  const peers = Array.isArray(network.peers) ? network.peers : []
  const { noQuorumSince: since } = network
  const shown = fields({
    ledger,
    gateway,
    sequencer: String(network.sequencer),
    height: String(network.height),
    state: network.catchingUp === true ? 'catching up' : 'up to date',
    'no quorum since': since && isoTime(Number(since)),
    peers: String(peers.length),
  })
  const lines = ['validators:', ...validators.map(lineOf)]
  out.answer({ ledger, gateway, ...network }, `${shown}\n${lines.join('\n')}`)
  return undefined
}

function lineOf(one: unknown): string {
  const { kid, power, signed } = Object(one)
  return `  ${kid}  power ${power}  ${signed === true ? 'signs' : 'does not sign'}`
}
