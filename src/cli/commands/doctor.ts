import type { Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { type Check, runChecks } from '../doctor/checks.ts'
import { fail } from '../fail.ts'
import { flag, list, object, text } from '../json-schema.ts'
import { homeOf } from '../profile.ts'
import { timeSeconds, wholeNumber } from '../values.ts'

export const command: Command = {
  description:
    'Changes nothing. Ends with 1 where a check failed; warnings do not count. With --at it ' +
    'tells which certificates would have ended by then: a rehearsal for those renewed by hand.',
  examples: [
    'bsn doctor',
    'bsn doctor --home /srv/openbsn --port 8420 --json',
    'bsn doctor --at 2027-06-01',
  ],
  options: {
    ...homeOption,
    port: {
      type: 'string',
      value: 'N',
      env: 'BSN_PORT',
      default: '8420',
      summary: 'Port that shall be free, or ours',
    },
    gateway: {
      type: 'string',
      value: 'URL',
      env: 'BSN_GATEWAY',
      summary: "Address of a gateway; the profile's where not said",
    },
    at: { type: 'string', value: 'TIME', summary: 'Look at certificates as if it were then' },
  },
  output: object({
    ok: flag,
    checks: list(
      object({
        name: text,
        level: { enum: ['ok', 'warning', 'failed'] },
        detail: text,
        'remedy?': text,
      }),
    ),
  }),
  run: async (args, { out, clock, env }) => {
    const port = wholeNumber(args, 'port', { min: 1, max: 65_535 }) ?? 8420
    const [at, gateway] = [timeSeconds(args, 'at'), args.optional('gateway')]
    const options = { home: homeOf(args), port, gateway, at, env }
    const checks = await runChecks(options, clock)
    const failed = checks.filter(({ level }) => level === 'failed')
    out.answer({ ok: failed.length === 0, checks }, checks.map(line).join('\n'))
    if (failed.length === 0) return undefined
    const names = failed.map(({ name }) => name).join(', ')
    throw fail('DOCTOR_FOUND_FAULTS', `Failed: ${names}.`)
  },
}

function line({ name, level, detail, remedy }: Check): string {
  const help = remedy === undefined || level === 'ok' ? '' : `\n${' '.repeat(26)}→ ${remedy}`
  return `${level.padEnd(8)} ${name.padEnd(16)} ${detail}${help}`
}
