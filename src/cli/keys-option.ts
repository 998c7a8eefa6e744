import type { OptionSpec } from './command.ts'
import type { Output } from './output.ts'

/** Of commands that make a data folder from what holds no secrets. */
export const keysOption = {
  keys: {
    type: 'string',
    value: 'DIR',
    summary: 'Data folder, or folder with validator.json and profile.json, whose keys to bring',
  },
} as const satisfies Record<string, OptionSpec>

/** Says what a data folder without keys can do. */
export function noteMissingKeys(out: Output): void {
  out.note('no keys: `bsn up --read-only` serves what is registered; to write, bring --keys')
}
