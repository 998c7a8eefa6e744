import type { CommandTable } from './command-table.ts'

/** Commands for contracts of services of EVM and Fabric. */
export const contractCommands: CommandTable = {
  'contract deploy': {
    summary: 'Deploy a contract on a chain: a template, or Solidity sources',
    load: () => import('./commands/contract-deploy.ts'),
  },
  'contract define': {
    summary: 'Say which contract a channel of Fabric is to have',
    load: () => import('./commands/contract-define.ts'),
  },
  'contract call': {
    summary: 'Ask a function of a contract',
    load: () => import('./commands/contract-call.ts'),
  },
  'contract send': {
    summary: 'Call a function of a contract in a transaction',
    load: () => import('./commands/contract-send.ts'),
  },
  'contract enroll': {
    summary: 'Make a user who signs on Fabric, with a key of its own',
    load: () => import('./commands/contract-enroll.ts'),
  },
  'contract account': {
    summary: 'Show the account that the node keeps for a credential',
    load: () => import('./commands/contract-account.ts'),
  },
  'contract log': {
    summary: 'Print what a contract of Fabric printed on a node',
    load: () => import('./commands/contract-log.ts'),
  },
  'contract list': {
    summary: 'List the contracts of a service',
    load: () => import('./commands/contract-list.ts'),
  },
  'contract show': {
    summary: 'Show one contract',
    load: () => import('./commands/contract-show.ts'),
  },
  'contract verify': {
    summary: 'Compare sources with the code of a contract',
    load: () => import('./commands/contract-verify.ts'),
  },
}
