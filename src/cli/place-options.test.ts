import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { placeOf, placeOptions } from './place-options.ts'

const command = { description: '', examples: [], options: placeOptions } as unknown as Command

function place(...argv: string[]) {
  const parsed = parseArguments(argv, command, {})
  return 'arguments' in parsed ? placeOf(parsed.arguments) : assert.fail(parsed.failure.message)
}

it('a place is told in degrees, and kept in millionths of them', () => {
  assert.deepEqual(place(), {})
  const said = ['--node=berlin-1', '--city=Berlin', '--country=DE', '--latitude=52.5200066']
  const expected = { id: 'berlin-1', city: 'Berlin', country: 'DE', latitude: 52_520_007 }
  assert.deepEqual(place(...said), expected)
  assert.deepEqual(place('--longitude=-180'), { longitude: -180_000_000 })
  const wrong = ['--node=B', '--country=de', '--latitude=90.1', '--longitude=1e2', '--latitude=x']
  for (const one of wrong) assert.throws(() => place(one), { code: 'CLI_OPTION_INVALID' }, one)
})
