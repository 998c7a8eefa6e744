import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'

const command: Command = {
  examples: [],
  operands: [{ name: 'INPUT', summary: '', required: true, many: true }],
  options: {
    service: { type: 'string', summary: '', required: true },
    home: { type: 'string', summary: '', env: 'BSN_HOME', default: '~' },
    receipt: { type: 'string', summary: '', many: true },
    force: { type: 'boolean', summary: '' },
  },
  output: {},
  run: async () => undefined,
}

function parse(line: string, env = {}) {
  const parsed = parseArguments(line.split(' ').filter(Boolean), command, env)
  return 'failure' in parsed ? parsed.failure : parsed.arguments
}

function parsed(line: string, env = {}) {
  const result = parse(line, env)
  assert.ok('operands' in result, 'message' in result ? result.message : '')
  return result
}

function refused(line: string) {
  const result = parse(line)
  assert.ok('code' in result, line)
  assert.equal(result.exit, 2)
  return `${result.code} ${result.message}`
}

describe('parseArguments', () => {
  it('takes options in any place, with = or a space, and operands', () => {
    const args = parsed('a.csv --service=s --force b.csv')
    assert.deepEqual(args.operands, ['a.csv', 'b.csv'])
    assert.equal(args.value('service'), 's')
    assert.equal(args.has('force'), true)
    assert.equal(args.has('json'), false)
    assert.deepEqual(parsed('- --service s').operands, ['-'])
    assert.deepEqual(parsed('--service s -- --odd-name').operands, ['--odd-name'])
    assert.deepEqual(parsed('x --service s --receipt a --receipt b').values('receipt'), ['a', 'b'])
  })

  it('takes numbers below zero as values', () => {
    assert.deepEqual(parsed('x --service -5 --receipt -.5').values('receipt'), ['-.5'])
    assert.equal(parsed('x --service -5').value('service'), '-5')
    assert.equal(parsed('x --service=-a').value('service'), '-a')
  })

  it('counts flag, then environment, then default', () => {
    assert.equal(parsed('x --service s').optional('home'), '~')
    assert.equal(parsed('x --service s', { BSN_HOME: '/e' }).optional('home'), '/e')
    assert.equal(parsed('x --service s', { BSN_HOME: '' }).optional('home'), '~')
    assert.equal(parsed('x --service s --home /f', { BSN_HOME: '/e' }).optional('home'), '/f')
  })

  it('refuses what it does not know, with the nearest name', () => {
    assert.match(refused('x --servce s'), /CLI_OPTION_UNKNOWN .*--servce.*mean --service/)
    assert.match(refused('x --service s --zzzzzzz'), /no option --zzzzzzz here\.$/)
    assert.match(refused('x --service s -x'), /CLI_OPTION_UNKNOWN/)
    assert.match(refused('x --service s --constructor'), /CLI_OPTION_UNKNOWN/)
  })

  it('refuses a value too many or too few', () => {
    assert.match(refused('x --service'), /CLI_OPTION_INVALID --service needs a value/)
    assert.match(refused('x --service --force'), /CLI_OPTION_INVALID --service needs a value/)
    assert.match(refused('x --service --force'), /is written --service=--force/)
    assert.match(refused('x --service s --force=yes'), /CLI_OPTION_INVALID --force takes no value/)
    assert.match(refused('x --service s --service t'), /CLI_OPTION_INVALID .* twice/)
    assert.equal(parsed('x --service=-s').value('service'), '-s')
  })

  it('says what is missing, and what is one too many', () => {
    assert.match(refused('x'), /CLI_OPTION_MISSING --service/)
    assert.match(refused('--service s'), /CLI_OPERAND_MISSING INPUT/)
    const single = { ...command, operands: [{ name: 'KEY', summary: '', required: true }] }
    const result = parseArguments(['--service', 's', 'a', 'b'], single, {})
    assert.ok('failure' in result)
    assert.equal(result.failure.code, 'CLI_OPERAND_UNEXPECTED')
  })

  it('asks for nothing where help is wanted', () => {
    assert.equal(parsed('-h').has('help'), true)
    assert.equal(parsed('--help').has('help'), true)
  })
})
