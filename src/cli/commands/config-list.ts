import type { Command } from '../command.ts'
import { list, object, text } from '../json-schema.ts'

export const command: Command = {
  description:
    'A setting is what an option counts as where it is not on the command line. It is said by, ' +
    'in this order: a variable BSN_… of the environment, the nearest bsn.json from the working ' +
    'folder up, and config.json in the folder bsn of $XDG_CONFIG_HOME (or ~/.config). Such a ' +
    'file is one JSON object with names of options: {"home": "/srv/openbsn", "port": 8420}. ' +
    "What a server listens on and whom it trusts counts in the user's own file alone. Secrets " +
    'are in files of their own, which settings only name.',
  examples: ['bsn config list', 'bsn config list --show-origin'],
  options: {
    'show-origin': { type: 'boolean', summary: 'Also where each is set' },
  },
  output: object({
    settings: list(object({ name: text, value: text, variable: text, origin: text })),
    userFile: text,
    'projectFile?': text,
  }),
  run: async (args, { out, settings, settingFiles: { project, user } }) => {
    const lines = settings.map(({ name, value, variable, origin }) => {
      const shown = origin === 'environment' ? variable : origin
      return args.has('show-origin') ? `${name} = ${value}  (${shown})` : `${name} = ${value}`
    })
    const files = { userFile: user, ...(project === undefined ? {} : { projectFile: project }) }
    out.answer({ settings: [...settings], ...files }, lines.join('\n'))
    if (settings.length === 0) out.note(`nothing is set; ${user} would be read`)
    return undefined
  },
}
