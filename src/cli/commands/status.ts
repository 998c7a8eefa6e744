import type { Command } from '../command.ts'
import { askForBody, askGateway, connect, connectionOptions } from '../connection.ts'
import { exitCode } from '../failure.ts'
import { anything, flag, list, object, text, whole } from '../json-schema.ts'
import { fields } from '../output.ts'
import { grouped } from '../put/progress.ts'
import { isoTime } from '../values.ts'

export const command: Command = {
  description: 'Ends with 7 where the gateway does not answer, or is not ready to serve.',
  examples: ['bsn status', 'bsn status --gateway http://127.0.0.1:8420 --json'],
  options: connectionOptions,
  output: object({
    gateway: text,
    ready: flag,
    ledger: text,
    name: text,
    environment: text,
    height: whole,
    entries: whole,
    time: text,
    'noQuorumSince?': whole,
    logRoot: text,
    stateRoot: text,
    appHash: text,
    validators: list(anything),
  }),
  run: async (args, { out }) => {
    const { gateway, ledger } = await connect(args)
    const path = `/api/v1/ledgers/${encodeURIComponent(ledger)}`
    const body = await askForBody(gateway, path, { ledger })
    const isReady = (await askGateway(gateway, '/readyz', { ledger })).status === 200
    const { name, environment, logRoot, stateRoot, appHash, validators } = body
    const { noQuorumSince } = body
    const lost = noQuorumSince === undefined ? {} : { noQuorumSince }
    const [height, entries] = [Number(body.height), Number(body.size)]
    const time = isoTime(Number(body.time))
    const shown = { gateway, ready: isReady, ledger, name, environment, height }
    out.answer(
      { ...shown, entries, time, ...lost, logRoot, stateRoot, appHash, validators },
      fields({
        ...shown,
        ready: isReady ? 'yes' : 'no',
        height: grouped(height),
        entries: grouped(entries),
        'last block': time,
        'no quorum since': noQuorumSince && isoTime(Number(noQuorumSince)),
        validators: Array.isArray(validators) ? validators.length : 0,
        'application hash': appHash,
      }),
    )
    return isReady ? undefined : exitCode.unavailable
  },
}
