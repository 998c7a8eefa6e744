import { stat } from 'node:fs/promises'
import { engineFolder, engineLogPath } from '../../engines/engine-folder.ts'
import { readLog } from '../../engines/read-log.ts'
import { recipeOf } from '../../engines/recipes.ts'
import type { Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { engineOperand } from '../engine-places.ts'
import { fail } from '../fail.ts'
import { exitCode } from '../failure.ts'
import { object, text } from '../json-schema.ts'
import { oneLine } from '../output.ts'
import { homeOf } from '../profile.ts'
import { wholeNumber } from '../values.ts'

export const command: Command = {
  description:
    'From the oldest line that is kept on: three files of 10 MB in the data folder. Lines that ' +
    'begin with [openbsn] say when the engine was started and how it ended. With --json each ' +
    'line is a document (NDJSON). Ctrl-C ends --follow.',
  examples: ['bsn engine logs cometbft --lines 100', 'bsn engine logs cometbft --follow'],
  operands: [engineOperand],
  options: {
    lines: { type: 'string', value: 'N', summary: 'Only the last so many of those that are there' },
    follow: { type: 'boolean', summary: 'Wait for more, and print it as it comes' },
    ...homeOption,
  },
  output: object({ line: text }),
  run: async (args, { out, interrupted }) => {
    const { name } = recipeOf(args.operand(0))
    const path = engineLogPath(engineFolder(homeOf(args), name))
    const most = wholeNumber(args, 'lines', { min: 0, max: 1_000_000 })
    const isThere = await stat(path).catch(() => undefined)
    if (!isThere && !args.has('follow')) {
      throw fail('FILE_NOT_FOUND', `There is no log ${path}: no ${name} was started there.`)
    }
    const print = (line: string) => out.answer({ line }, `${oneLine(line)}\n`)
    const kept: string[] = []
    let isLive = most === undefined
    const onEnd = () => {
      isLive = true
      for (const line of kept.splice(0)) print(line)
    }
    const follow = args.has('follow') ? interrupted() : undefined
    for await (const line of readLog(path, { onEnd, ...(follow ? { follow } : {}) })) {
      if (isLive) print(line)
      else if (kept.push(line) > (most ?? 0)) kept.shift()
    }
    return follow ? exitCode.interrupted : undefined
  },
}
