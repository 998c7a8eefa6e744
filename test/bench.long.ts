import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { rowNamesOf } from '../bench/report.ts'
import { needs } from '../src/testing/needs.ts'
import { judge, missingOf, removeReports, shortBench } from './short-bench.ts'

after(removeReports)

describe('npm run bench, for long', () => {
  it('measures an EVM chain over its socket and through the door', (t) => {
    if (!needs(t, 'linux')) return
    const ran = shortBench('evm', rowNamesOf('evm'))
    judge(ran, rowNamesOf('evm'))
    const said = ['reads in batches: ratio', 'reads one by one: ratio', 'connections']
    assert.deepEqual(missingOf(ran.report, 'evm.door.ratio', said), [])
  })

  it('measures a network of four validators beside kvstore', (t) => {
    if (!needs(t, 'linux', 'cometbft')) return
    const ran = shortBench('network', rowNamesOf('network'))
    judge(ran, rowNamesOf('network'))
    const steady = ['final', 'receipts verified offline', 'CometBFT: MB, last quarter']
    assert.deepEqual(missingOf(ran.report, 'network.steady.rate', steady), [])
    const late = ['seconds until it is ready', 'entries/s from there on']
    assert.deepEqual(missingOf(ran.report, 'network.catchup', late), [])
    const kvstore = ['transaction bytes', 'signatures', 'statements/s in transactions of 256 KiB']
    assert.deepEqual(missingOf(ran.report, 'peer.kvstore', kvstore), [])
  })
})
