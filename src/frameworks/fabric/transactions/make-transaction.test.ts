import assert from 'node:assert/strict'
import { it } from 'node:test'
import { EndorseError, type Proposal } from '@hyperledger/fabric-gateway'
import { submitProposal } from './make-transaction.ts'

/** A proposal that peers answer with an error of gRPC. */
function refusedWith(code: number, message: string, ...told: string[]): Proposal {
  const details = told.map((one) => ({ address: 'peer:1', mspId: 'aMSP', message: one }))
  const cause = new Error(message) as EndorseError['cause']
  const error = new EndorseError({ code, details, cause, transactionId: 'ab', message })
  return { endorse: () => Promise.reject(error) } as Partial<Proposal> as Proposal
}

it('what peers say of a proposal is told apart: refused, not there, not sent', async () => {
  for (const [proposal, code, message] of [
    [
      refusedWith(10, 'failed to endorse', 'chaincode response 500, too little money'),
      'CONTRACT_REFUSED',
      /^too little money$/,
    ],
    [
      refusedWith(10, 'x', 'chaincode response 500, FUNCTION_UNKNOWN: there is no drop'),
      'FUNCTION_UNKNOWN',
      /^there is no drop$/,
    ],
    [
      refusedWith(9, 'No metadata was found for chaincode none in channel c'),
      'CONTRACT_UNKNOWN',
      /none/,
    ],
    [
      refusedWith(9, "no endorsers found in the gateway's organization; retry specifying"),
      'CONTRACT_UNKNOWN',
      /no endorsers/,
    ],
    [refusedWith(14, 'no connection established'), 'CALL_NOT_SENT', /not endorsed/],
  ] as const) {
    await assert.rejects(submitProposal(proposal), { code, message })
  }
})

it('what was handed over and not answered may have an effect', async () => {
  const transaction = { submit: () => Promise.reject(new Error('cut')) }
  const proposal = { endorse: async () => transaction } as unknown as Proposal
  const unknown = { code: 'CALL_FATE_UNKNOWN', retryable: true }
  await assert.rejects(submitProposal(proposal), unknown)
})
