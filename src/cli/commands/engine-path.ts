import { recipeOf } from '../../engines/recipes.ts'
import type { Command } from '../command.ts'
import { engineOperand, findEngineFor } from '../engine-places.ts'
import { flag, object, text } from '../json-schema.ts'

export const command: Command = {
  description:
    'Runs it first, to see that its version is right. Ends with 4 where it is not installed.',
  examples: ['bsn engine path cometbft', '"$(bsn engine path cometbft)" version'],
  operands: [engineOperand],
  output: object({ name: text, version: text, path: text, isGiven: flag }),
  run: async (args, { out, env }) => {
    const found = await findEngineFor(recipeOf(args.operand(0)), env)
    out.answer(found, found.path)
    return undefined
  },
}
