import { moveCommand } from '../move-command.ts'

export const command = moveCommand({
  kind: 'service',
  verb: 'submit',
  done: 'submitted',
  description:
    'A draft is looked at by the alliance where its rules ask for that, and runs at once where ' +
    'they do not.',
})
