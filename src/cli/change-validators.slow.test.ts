import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeCoseKey, encodeValidators, type Validator } from '@openbsn/sdk'
import { putObject } from '../testing/access.ts'
import { actIn, testNetwork } from '../testing/cli.ts'
import { namedValidator } from '../testing/net-statements.ts'

/** Puts city nodes on the ledger: of `bare` nothing is known that a validator has. */
function putNodes(network: Awaited<ReturnType<typeof testNetwork>>, set: readonly Validator[]) {
  for (const name of ['rome', 'oslo']) {
    const { consensusKey = new Uint8Array(), ...key } = namedValidator(name)
    const keys = { validatorKey: encodeCoseKey(key), consensusKey }
    putObject(network.ledger, `node/${name}`, { city: name, ...keys })
  }
  putObject(network.ledger, 'node/bare', { city: 'bare' })
  putObject(network.ledger, 'validators', { sets: [[1, encodeValidators(set)]] })
}

describe('bsn node promote and demote', () => {
  it('name only what can be made, or unmade, a validator', async (t) => {
    const network = await testNetwork(t)
    putNodes(network, [namedValidator('rome')])
    for (const [argv, why] of [
      [['promote', 'bare'], /bare has no keys of a validator/],
      [['demote', 'oslo'], /The node is no validator/],
      [['demote', 'rome'], /The node is the last validator/],
    ] as const) {
      const { code, problem } = await network.run('node', ...argv, '--json')
      assert.deepEqual([code, problem().code], [1, 'NODE_NO_VALIDATOR'], argv.join(' '))
      assert.match(String(problem().detail), why)
    }
    const absent = await network.run('node', 'promote', 'paris', '--json')
    assert.deepEqual([absent.code, absent.problem().code], [4, 'OBJECT_NOT_FOUND'])
    assert.equal(network.ledger.head.height, 0)
  })

  it('put the whole next set into the act', async (t) => {
    const network = await testNetwork(t)
    putNodes(network, [namedValidator('rome')])
    assert.equal((await network.run('node', 'promote', 'oslo', '--power', '7')).code, 0)
    const { type, fields } = actIn(network)
    assert.equal(type, 'validators-update')
    const next = [namedValidator('rome'), namedValidator('oslo', 7)]
    assert.deepEqual([fields.expect, fields.validators], [1, encodeValidators(next)])
  })
})
