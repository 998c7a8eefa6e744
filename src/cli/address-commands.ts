import type { CommandTable } from './command-table.ts'

/** Commands for addresses of services' chains. */
export const addressCommands: CommandTable = {
  'service freeze-address': {
    summary: 'Stop transactions from and to an address of its chain',
    load: () => import('./commands/service-freeze-address.ts'),
  },
  'service unfreeze-address': {
    summary: 'Let a frozen address go on',
    load: () => import('./commands/service-unfreeze-address.ts'),
  },
  'service frozen-addresses': {
    summary: 'List frozen addresses of its chain',
    load: () => import('./commands/service-frozen-addresses.ts'),
  },
}
