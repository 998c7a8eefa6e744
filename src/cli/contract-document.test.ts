import assert from 'node:assert/strict'
import { it } from 'node:test'
import { contractText } from './contract-document.ts'

it('a contract is shown with its functions, and with what may differ between peers', () => {
  const abi = [{ type: 'function', name: 'get', stateMutability: 'view', inputs: [] }]
  assert.deepEqual(contractText({ name: 'box', abi }).split('\n').slice(1), ['function get() view'])
  const why = 'Peers have different clocks.'
  const warnings = [{ file: 'a.ts', line: 3, chance: 'clock', text: 'process.uptime()', why }]
  const shown = contractText({ name: 'assets', step: 'commit', functions: ['read'], warnings })
  assert.match(shown, /^name: +assets\nstep: +commit\n/)
  assert.deepEqual(shown.split('\n').slice(2), ['function read', `a.ts:3: ${why}`])
})
