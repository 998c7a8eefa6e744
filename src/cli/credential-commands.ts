import type { CommandTable } from './command-table.ts'

/** Commands for credentials of services. */
export const credentialCommands: CommandTable = {
  'credential create': {
    summary: 'Make a key, or an API key, for a service',
    load: () => import('./commands/credential-create.ts'),
  },
  'credential list': {
    summary: 'List the credentials of a service',
    load: () => import('./commands/credential-list.ts'),
  },
  'credential show': {
    summary: 'Show one credential',
    load: () => import('./commands/credential-show.ts'),
  },
  'credential bsn': {
    summary: 'Write what a client of BSN is to be configured with',
    load: () => import('./commands/credential-bsn.ts'),
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
}
