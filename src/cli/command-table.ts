import { addressCommands } from './address-commands.ts'
import type { Command } from './command.ts'
import { contractCommands } from './contract-commands.ts'
import { credentialCommands } from './credential-commands.ts'

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
  'service list': {
    summary: 'List services',
    load: () => import('./commands/service-list.ts'),
  },
  'service show': {
    summary: 'Show one service',
    load: () => import('./commands/service-show.ts'),
  },
  'service submit': {
    summary: 'Hand a draft in',
    load: () => import('./commands/service-submit.ts'),
  },
  'service approve': {
    summary: 'Let a service that was handed in run',
    load: () => import('./commands/service-approve.ts'),
  },
  'service reject': {
    summary: 'Send a service back to its publisher',
    load: () => import('./commands/service-reject.ts'),
  },
  'service update': {
    summary: 'Change what a service is',
    load: () => import('./commands/service-update.ts'),
  },
  'service freeze': {
    summary: 'Stop writes to a service for a while',
    load: () => import('./commands/service-freeze.ts'),
  },
  'service unfreeze': {
    summary: 'Let a frozen service go on',
    load: () => import('./commands/service-unfreeze.ts'),
  },
  ...addressCommands,
  'service retire': {
    summary: 'Stop writes to a service for ever',
    load: () => import('./commands/service-retire.ts'),
  },
  'participant key': {
    summary: 'Make the key that an invitation is for',
    load: () => import('./commands/participant-key.ts'),
  },
  'participant invite': {
    summary: 'Invite somebody to a service',
    load: () => import('./commands/participant-invite.ts'),
  },
  'participant join': {
    summary: 'Take up an invitation',
    load: () => import('./commands/participant-join.ts'),
  },
  'participant apply': {
    summary: 'Ask to take part in a service',
    load: () => import('./commands/participant-apply.ts'),
  },
  'participant approve': {
    summary: 'Let an applicant take part',
    load: () => import('./commands/participant-approve.ts'),
  },
  'participant reject': {
    summary: 'Turn an applicant down',
    load: () => import('./commands/participant-reject.ts'),
  },
  'participant leave': {
    summary: 'Leave a service',
    load: () => import('./commands/participant-leave.ts'),
  },
  'participant remove': {
    summary: 'Take a participant out of a service',
    load: () => import('./commands/participant-remove.ts'),
  },
  'participant list': {
    summary: 'List the participants of a service',
    load: () => import('./commands/participant-list.ts'),
  },
  ...credentialCommands,
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
  ...contractCommands,
  'request status': {
    summary: 'Say what became of a write, by its Idempotency-Key',
    load: () => import('./commands/request-status.ts'),
  },
  'webhook create': {
    summary: 'Have events sent to a URL',
    load: () => import('./commands/webhook-create.ts'),
  },
  'webhook list': {
    summary: 'List webhooks',
    load: () => import('./commands/webhook-list.ts'),
  },
  'webhook show': {
    summary: 'Show one webhook and where it stands',
    load: () => import('./commands/webhook-show.ts'),
  },
  'webhook pause': {
    summary: 'Stop a webhook for a while',
    load: () => import('./commands/webhook-pause.ts'),
  },
  'webhook resume': {
    summary: 'Let a webhook go on',
    load: () => import('./commands/webhook-resume.ts'),
  },
  'webhook delete': {
    summary: 'End a webhook',
    load: () => import('./commands/webhook-delete.ts'),
  },
  'webhook rotate': {
    summary: 'Give a webhook a new secret',
    load: () => import('./commands/webhook-rotate.ts'),
  },
  'webhook deliveries': {
    summary: 'List what was sent and what came of it',
    load: () => import('./commands/webhook-deliveries.ts'),
  },
  'webhook replay': {
    summary: 'Send events of a webhook again',
    load: () => import('./commands/webhook-replay.ts'),
  },
  'webhook test': {
    summary: 'Send a test message',
    load: () => import('./commands/webhook-test.ts'),
  },
  'events listen': {
    summary: 'Print events of a service as they come',
    load: () => import('./commands/events-listen.ts'),
  },
  usage: {
    summary: 'Count what was written',
    load: () => import('./commands/usage.ts'),
  },
  'node init': {
    summary: 'Make a ledger of one process a network, in place',
    load: () => import('./commands/node-init.ts'),
  },
  'node invite': {
    summary: 'Make a token that lets a node into the network',
    load: () => import('./commands/node-invite.ts'),
  },
  'node join': {
    summary: 'Make the data folder of a node that joins a network',
    load: () => import('./commands/node-join.ts'),
  },
  'node start': {
    summary: 'Start this city node',
    load: () => import('./commands/node-start.ts'),
  },
  'node issuer': {
    summary: 'Make this city node issue certificates for gateways',
    load: () => import('./commands/node-issuer.ts'),
  },
  'node promote': {
    summary: 'Make a city node a validator',
    load: () => import('./commands/node-promote.ts'),
  },
  'node demote': {
    summary: 'Make a validator a city node that follows',
    load: () => import('./commands/node-demote.ts'),
  },
  'node leave': {
    summary: 'Take this city node out of the network for ever',
    load: () => import('./commands/node-leave.ts'),
  },
  'node service': {
    summary: 'Print a systemd unit for this city node',
    load: () => import('./commands/node-service.ts'),
  },
  'node status': {
    summary: 'Show the network as a node sees it',
    load: () => import('./commands/node-status.ts'),
  },
  'node list': {
    summary: 'List city nodes',
    load: () => import('./commands/node-list.ts'),
  },
  'node show': {
    summary: 'Show one city node',
    load: () => import('./commands/node-show.ts'),
  },
  'node register': {
    summary: 'Put a city node on the map',
    load: () => import('./commands/node-register.ts'),
  },
  'node update': {
    summary: 'Change the facts of a city node',
    load: () => import('./commands/node-update.ts'),
  },
  'node retire': {
    summary: 'Take a city node off the map',
    load: () => import('./commands/node-retire.ts'),
  },
  'group create': {
    summary: 'Make a group: another ledger, kept by some of the nodes',
    load: () => import('./commands/group-create.ts'),
  },
  'group join': {
    summary: 'Have this city node keep a group of the alliance',
    load: () => import('./commands/group-join.ts'),
  },
  'group list': {
    summary: 'List the groups of the alliance',
    load: () => import('./commands/group-list.ts'),
  },
  'group show': {
    summary: 'Show one group and who keeps it',
    load: () => import('./commands/group-show.ts'),
  },
  'group leave': {
    summary: 'Have this city node keep a group no more',
    load: () => import('./commands/group-leave.ts'),
  },
  'group retire': {
    summary: 'Take a group off the list of the alliance',
    load: () => import('./commands/group-retire.ts'),
  },
  'alliance show': {
    summary: 'Show the alliance, or one proposal and what it would change',
    load: () => import('./commands/alliance-show.ts'),
  },
  'alliance members': {
    summary: 'List members and their power in votes',
    load: () => import('./commands/alliance-members.ts'),
  },
  'alliance list': {
    summary: 'List proposals',
    load: () => import('./commands/alliance-list.ts'),
  },
  'alliance propose': {
    summary: 'Put something to the vote',
    load: () => import('./commands/alliance-propose.ts'),
  },
  'alliance vote': {
    summary: 'Vote on a proposal, with or without a network',
    load: () => import('./commands/alliance-vote.ts'),
  },
  'alliance send': {
    summary: 'Register a vote that was signed without a network',
    load: () => import('./commands/alliance-send.ts'),
  },
  'alliance execute': {
    summary: 'Run a proposal that has passed',
    load: () => import('./commands/alliance-execute.ts'),
  },
  'alliance close': {
    summary: 'End a proposal that time has decided',
    load: () => import('./commands/alliance-close.ts'),
  },
  'alliance key': {
    summary: 'Make the key that a member votes with',
    load: () => import('./commands/alliance-key.ts'),
  },
  'alliance add-key': {
    summary: 'Register a spare key of a member',
    load: () => import('./commands/alliance-add-key.ts'),
  },
  'entry get': {
    summary: 'Fetch one entry of the log and its receipt',
    load: () => import('./commands/entry-get.ts'),
  },
  audit: {
    summary: 'List every control act of the ledger, with proof',
    load: () => import('./commands/audit.ts'),
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
  'engine list': {
    summary: 'List the programs that carry ledgers, and where they are',
    load: () => import('./commands/engine-list.ts'),
  },
  'engine install': {
    summary: 'Build an engine from pinned sources',
    load: () => import('./commands/engine-install.ts'),
  },
  'engine path': {
    summary: "Print the path of an engine's program",
    load: () => import('./commands/engine-path.ts'),
  },
  'engine logs': {
    summary: 'Print what an engine of the data folder wrote',
    load: () => import('./commands/engine-logs.ts'),
  },
  'config list': {
    summary: 'Show what is set by environment and files',
    load: () => import('./commands/config-list.ts'),
  },
  completion: {
    summary: 'Print a script that completes commands in a shell',
    load: () => import('./commands/completion.ts'),
  },
  'portal setup': {
    summary: 'Print a new link to make the first account with',
    load: () => import('./commands/portal-setup.ts'),
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
