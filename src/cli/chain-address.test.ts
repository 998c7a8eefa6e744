import assert from 'node:assert/strict'
import { it } from 'node:test'
import { addressBytes, addressText } from './chain-address.ts'

it('addresses are read strictly, and told with their checksum', () => {
  const good = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
  const upper = `0x${good.slice(2).toUpperCase()}`
  for (const text of [good, good.toLowerCase(), upper]) {
    assert.equal(addressText(addressBytes(text)), good)
  }
  const wrong = good.replace('5aA', '5Aa')
  for (const text of ['', '0x', good.slice(2), `${good}00`, good.slice(0, 41), wrong]) {
    assert.throws(() => addressBytes(text), { code: 'CLI_OPTION_INVALID' }, text)
  }
})
