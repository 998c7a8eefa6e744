import type { Command } from './command.ts'

/** A command as far as it is known without loading it. */
export type CommandRow = {
  readonly summary: string
  /** Loads the command's own file, and with it whatever it imports. */
  readonly load: () => Promise<{ readonly command: Command }>
}

/** Commands by their words. */
export type CommandTable = Readonly<Record<string, CommandRow>>

/** Every command by its words, in the order of help. */
export const commandTable: CommandTable = {
  up: {
    summary: 'Start a network on this machine',
    load: () => import('./commands/up.ts'),
  },
  status: {
    summary: 'Show what the network is doing',
    load: () => import('./commands/status.ts'),
  },
  doctor: {
    summary: 'Check this machine, the data folder and the gateway',
    load: () => import('./commands/doctor.ts'),
  },
  'service create': {
    summary: 'Create a service',
    load: () => import('./commands/service-create.ts'),
  },
  'service freeze': {
    summary: 'Stop writes to a service for a while',
    load: () => import('./commands/service-freeze.ts'),
  },
  'service unfreeze': {
    summary: 'Let a frozen service go on',
    load: () => import('./commands/service-unfreeze.ts'),
  },
  'service retire': {
    summary: 'Stop writes to a service for ever',
    load: () => import('./commands/service-retire.ts'),
  },
  'credential create': {
    summary: 'Make a key that may write for a service',
    load: () => import('./commands/credential-create.ts'),
  },
  'credential rotate': {
    summary: 'Put a new key into a credential file; the old one works on for a while',
    load: () => import('./commands/credential-rotate.ts'),
  },
  'credential freeze': {
    summary: 'Stop a credential for a while',
    load: () => import('./commands/credential-freeze.ts'),
  },
  'credential unfreeze': {
    summary: 'Let a frozen credential go on',
    load: () => import('./commands/credential-unfreeze.ts'),
  },
  'credential revoke': {
    summary: 'Take a credential back for ever',
    load: () => import('./commands/credential-revoke.ts'),
  },
  'record put': {
    summary: 'Register the rows of CSV, NDJSON or JSON input',
    load: () => import('./commands/record-put.ts'),
  },
  'record get': {
    summary: 'Show the latest record under a key, or its history',
    load: () => import('./commands/record-get.ts'),
  },
  'record list': {
    summary: 'List records of a service',
    load: () => import('./commands/record-list.ts'),
  },
  'entry get': {
    summary: 'Fetch one entry of the log and its receipt',
    load: () => import('./commands/entry-get.ts'),
  },
  'receipt verify': {
    summary: 'Verify receipts, with no server',
    load: () => import('./commands/receipt-verify.ts'),
  },
  'ledger keys': {
    summary: "Write the keys that verify the ledger's receipts",
    load: () => import('./commands/ledger-keys.ts'),
  },
  'ledger verify': {
    summary: 'Recompute the whole ledger from its genesis',
    load: () => import('./commands/ledger-verify.ts'),
  },
  'ledger export': {
    summary: 'Write the whole ledger to one file',
    load: () => import('./commands/ledger-export.ts'),
  },
  'ledger import': {
    summary: 'Make a ledger from an export file',
    load: () => import('./commands/ledger-import.ts'),
  },
  backup: {
    summary: 'Copy the data folder, while the network is up',
    load: () => import('./commands/backup.ts'),
  },
  restore: {
    summary: 'Make a data folder from a backup',
    load: () => import('./commands/restore.ts'),
  },
  'projections rebuild': {
    summary: 'Make the lists of records anew from the log',
    load: () => import('./commands/projections-rebuild.ts'),
  },
  'sandbox drop': {
    summary: 'Throw the sandbox away, with everything in it',
    load: () => import('./commands/sandbox-drop.ts'),
  },
  docs: {
    summary: 'Print the reference pages from the code',
    load: () => import('./commands/docs.ts'),
  },
}

/** Names of commands that begin with the word `group`. */
export function commandsIn(group: string): string[] {
  return Object.keys(commandTable).filter((name) => name.startsWith(`${group} `))
}
