import type { ServiceEvent, StreamBehind } from '@openbsn/sdk'
import { newSecret } from '../../gateway/webhooks/signature.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { connectByCredential, credentialOptions } from '../credential-connection.ts'
import { fail } from '../fail.ts'
import { exitCode } from '../failure.ts'
import { createForwarder, type Forwarder } from '../forward-event.ts'
import { anything, type JsonSchema, text } from '../json-schema.ts'
import { oneLine } from '../output.ts'
import { wholeNumber } from '../values.ts'

const event: JsonSchema = {
  type: 'object',
  properties: { id: text, type: text, position: text, time: text, subject: text, data: anything },
  required: ['id', 'type', 'position', 'time'],
}

export const command: Command = {
  description:
    'Prints events of the service as they come, one a line: with --json as CloudEvents 1.0 ' +
    '(NDJSON). A connection that breaks is opened again where it was. Ctrl-C ends it, and says ' +
    'where to go on. --forward posts each event to an address of yours, signed as webhooks are, ' +
    'so that a receiver can be tried before it has a webhook. With --consumer the gateway keeps ' +
    'the place, and --from counts for a name that is new. Needs the scope events:read.',
  examples: [
    'bsn events listen --credential shop.credential',
    'bsn events listen --credential shop.credential --from 0 --limit 100 --json',
    'bsn events listen --credential shop.credential --consumer billing --from 0',
    'bsn events listen --credential shop.credential --forward http://127.0.0.1:3000/hooks',
  ],
  options: {
    from: { type: 'string', value: 'N', summary: 'First position; 0 is the beginning' },
    key: { type: 'string', value: 'KEY', summary: 'Only records under this key' },
    'content-type': { type: 'string', value: 'TYPE', summary: 'Only records of this type' },
    limit: { type: 'string', value: 'N', summary: 'End after so many' },
    consumer: {
      type: 'string',
      value: 'NAME',
      summary: 'Goes on where this name was; the gateway keeps the place',
    },
    forward: { type: 'string', value: 'URL', summary: 'Post each event to this address' },
    ...credentialOptions,
  },
  output: event,
  run,
}

async function run(args: Arguments, cli: Cli): Promise<number | undefined> {
  const { out, clock } = cli
  const signal = cli.interrupted()
  const range = { min: 0, max: Number.MAX_SAFE_INTEGER }
  const [from, limit] = [wholeNumber(args, 'from', range), wholeNumber(args, 'limit', range)]
  const forward = forwarderOf(args, cli)
  const { client, service } = await connectByCredential(args, clock)
  const [key, contentType] = [args.optional('key'), args.optional('content-type')]
  const consumer = args.optional('consumer')
  out.note(`events of ${service}; Ctrl-C ends it`)
  let next = from
  let count = 0
  if (limit === 0) return undefined
  const query = {
    ...(from === undefined ? {} : { from }),
    ...(key === undefined ? {} : { key }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(consumer === undefined ? {} : { consumer }),
    signal,
    onBehind: ({ position, head }: StreamBehind) =>
      out.note(`behind: at ${position} of ${head}; nothing is left out`),
  }
  for await (const one of client.events(service, query)) {
    out.answer(one, lineOf(one))
    if (forward) out.note(await forward.post(one))
    next = Number(one.position) + 1
    if (++count === limit) break
  }
  if (consumer !== undefined && count > 0 && next !== undefined) {
    // The last one is printed, and would come again.
    await client.consumers(service).acknowledge(consumer, next)
  }
  if (count === limit) return undefined
  if (next !== undefined && consumer === undefined) out.note(`go on with --from ${next}`)
  return exitCode.interrupted
}

function lineOf({ position, time, subject = '', data, data_base64 }: ServiceEvent): string {
  const shown = data === undefined ? String(data_base64) : JSON.stringify(data)
  return [position, time, subject, shown].map(oneLine).join('\t')
}

/** @throws CLI_OPTION_INVALID */
function forwarderOf(args: Arguments, { out, clock }: Cli): Forwarder | undefined {
  const url = args.optional('forward')
  if (url === undefined) return undefined
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw fail('CLI_OPTION_INVALID', `--forward ${url}: give an address like http://127.0.0.1:3000`)
  }
  const secret = newSecret()
  out.note(`forwarding to ${url}, signed with ${secret}`)
  return createForwarder({ url, secret }, { clock })
}
