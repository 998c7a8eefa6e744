import type { OptionSpec } from './command.ts'

/** Of commands that make a folder: only by doing it all is it known whether it can be done. */
export const rehearsalOption = {
  'dry-run': { type: 'boolean', summary: 'Do it, say what it made, and take it away again' },
} as const satisfies Record<string, OptionSpec>
