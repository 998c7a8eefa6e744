import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { type RowName, rowNamesOf } from '../bench/report.ts'
import { needs } from '../src/testing/needs.ts'
import { bench, judge, missingOf, removeReports, shortBench } from './short-bench.ts'

const peer: RowName = 'peer.tessera'

after(removeReports)

describe('npm run bench, for long', () => {
  it('measures a gateway with everything on', (t) => {
    if (!needs(t, 'linux')) return
    // Programs of others read these.
    const names = ['gateway.json', 'gateway.write.ratio', 'gateway.events.p99', 'gateway.neighbour']
    assert.deepEqual(rowNamesOf('gateway'), names)
    const ran = shortBench('gateway', rowNamesOf('gateway'))
    const units = ran.report.results.map(({ name, unit }) => [name, unit])
    assert.deepEqual(Object.fromEntries(units), {
      ...{ 'gateway.json': 'statements/s', 'gateway.write.ratio': '' },
      ...{ 'gateway.events.p99': 'ms', 'gateway.neighbour': '%' },
    })
    judge(ran, rowNamesOf('gateway'))
    const cores = ['server cores', 'generator cores']
    const json = [...cores, 'connections', 'seconds', 'p50 ms', 'p99 ms']
    assert.deepEqual(missingOf(ran.report, 'gateway.json', json), [])
    const events = ['lost', 'memory MB, last quarter', 'readers cores', ...cores]
    assert.deepEqual(missingOf(ran.report, 'gateway.events.p99', events), [])
  })

  it('measures an EVM chain over its socket and through the door', (t) => {
    if (!needs(t, 'linux')) return
    const ran = shortBench('evm', rowNamesOf('evm'))
    judge(ran, rowNamesOf('evm'))
    const said = ['reads in batches: ratio', 'reads one by one: ratio', 'connections']
    assert.deepEqual(missingOf(ran.report, 'evm.door.ratio', said), [])
  })

  it('measures the portal in a browser', (t) => {
    if (!needs(t, 'linux', 'chromium')) return
    const names = ['portal.lcp', 'portal.inp', 'portal.script', 'portal.scroll', 'portal.filter']
    assert.deepEqual(rowNamesOf('portal'), names)
    const ran = shortBench('portal', rowNamesOf('portal'))
    judge(ran, rowNamesOf('portal'))
    assert.deepEqual(missingOf(ran.report, 'portal.lcp', ['browser', 'visits', 'cache']), [])
    for (const row of ['portal.scroll', 'portal.filter'] as const) {
      assert.deepEqual(
        missingOf(ran.report, row, ['rows', 'median ms', 'core ms each', 'rows in the page']),
        [],
      )
    }
  })

  it('measures Tessera', (t) => {
    if (!needs(t, 'linux', 'go')) return
    judge(shortBench('records', [peer]), [peer])
  })

  it('says that it cannot measure Tessera where Go is not there', (t) => {
    if (!needs(t, 'linux')) return
    const ran = bench(['records', '--seconds', '1', '--only', peer], { PATH: '/nowhere' })
    assert.match(ran.stdout, /^not measured: peer\.tessera: ./m)
  })

  it("measures a service of Fabric beside Fabric's own client", (t) => {
    if (!needs(t, 'linux', 'go')) return
    const ran = shortBench('fabric', rowNamesOf('fabric'))
    judge(ran, rowNamesOf('fabric'))
    const said = ['under way', 'p50 ms', 'client cores', 'cores of node, peer, orderer']
    assert.deepEqual(missingOf(ran.report, 'fabric.gateway', said), [])
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
