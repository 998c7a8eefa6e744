import { isCodedError } from '@openbsn/sdk'
import { type EngineRecipe, engineRecipes } from '../../engines/recipes.ts'
import type { Cli, Command } from '../command.ts'
import { engineVariable, findEngineFor } from '../engine-places.ts'
import { list, object, text } from '../json-schema.ts'

export const command: Command = {
  description:
    'Engines are the programs that carry ledgers of more than one node, and of other frameworks. ' +
    'They are built from pinned sources (`bsn engine install`), come with npm, or are brought: ' +
    'BSN_ENGINE_COMETBFT names a program of your own.',
  examples: ['bsn engine list', 'bsn engine list --json'],
  output: object({
    engines: list(
      object({
        name: text,
        version: text,
        about: text,
        state: { enum: ['installed', 'given', 'missing', 'unusable'] },
        'path?': text,
        'code?': text,
        'detail?': text,
      }),
    ),
  }),
  run: async (_args, { out, env }) => {
    const engines = await Promise.all(
      Object.values(engineRecipes).map((recipe) => describe(recipe, env)),
    )
    const rows = engines.map(({ name, version, state, path, about }) => {
      return [name, version, state, path ?? '', about]
    })
    out.answer({ engines }, out.table(['NAME', 'VERSION', 'STATE', 'PATH', 'FOR'], rows))
    for (const { detail } of engines) if (detail !== undefined) out.note(detail)
    return undefined
  },
}

/** The version is that of the program where there is one, else the one that would be installed. */
async function describe(recipe: EngineRecipe, env: Cli['env']) {
  const { name, version, about } = recipe
  try {
    const found = await findEngineFor(recipe, env)
    const state = found.isGiven ? 'given' : 'installed'
    return { name, version: found.version, about, state, path: found.path }
  } catch (error) {
    if (!isCodedError(error)) throw error
    const isGiven = Boolean(env[engineVariable(name)])
    const isMissing = error.code === 'ENGINE_MISSING' && !isGiven
    const state = isMissing ? 'missing' : 'unusable'
    return { name, version, about, state, code: error.code, detail: error.message }
  }
}
