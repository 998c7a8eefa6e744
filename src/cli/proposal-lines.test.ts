import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CborValue, encodeCbor, type ProposalView, toBase64url } from '@openbsn/sdk'
import { proposalLines, votedText } from './proposal-lines.ts'

const payload = encodeCbor(new Map<string, CborValue>([['id', 'bob\u001b[2J']]))
const contentType = 'application/vnd.openbsn.alliance-remove+cbor'
const proposal: ProposalView = {
  ...{ id: 'out', proposer: 'eve', title: 'Out\nwith bob', reason: 'Because', status: 'open' },
  ...{ begun: 1, deadline: 1_700_000_000, quorum: [1, 2], threshold: [2, 3], lock: 60, version: 2 },
  acts: [
    {
      module: 'bsn:alliance',
      contentType,
      payload: toBase64url(payload),
      fields: { id: 'somebody else' },
    },
  ],
  votes: [{ member: 'eve', choice: 'yes', index: 4 }],
  tally: { yes: 1, no: 0, abstain: 0, open: 2, total: 3 },
  changes: [
    { key: 'member/bob', before: { status: 'active', x: 1 }, after: { status: 'removed', y: 2 } },
  ],
}

describe('a proposal as text', () => {
  it('says what would change, a line each, and drives no terminal', () => {
    const lines = proposalLines(proposal).split('\n')
    assert.ok(lines.includes('vote: eve yes'))
    assert.ok(lines.includes('would change: member/bob status active → removed, y 2, x gone'))
    assert.ok(lines.some((line) => /^title: +Out·with bob$/.test(line)))
    const refused = { ...proposal, refusal: { code: 'VERSION_STALE', detail: 'It moved.' } }
    assert.match(proposalLines(refused), /cannot run now: VERSION_STALE It moved\./)
  })

  it('reads acts from their bytes, not from what is said of them', () => {
    const acts = [['bsn:alliance', contentType, payload]]
    const said = votedText({ id: 'out', title: 't', reason: 'r', acts, deadline: 1 })
    assert.match(said, /^act: alliance-remove \{"id":"bob\\u001b\[2J"\}$/m)
    assert.equal(proposalLines(proposal).includes('somebody else'), false)
  })
})
