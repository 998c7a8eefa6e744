import { privateErrors } from '../../compliance/private-payloads/errors.ts'
import { frameworkErrors } from '../../frameworks/errors.ts'
import { evmErrors } from '../../frameworks/evm/errors.ts'
import { fabricErrors } from '../../frameworks/fabric/errors.ts'
import { jsonErrors } from '../../kernel/json-errors.ts'
import { sdkErrors } from '../../kernel/sdk-errors.ts'
import { ledgerErrors } from '../../ledger/errors.ts'
import { projectionErrors } from '../../ledger/projection/errors.ts'
import { accessErrors } from '../access/errors.ts'
import { bsnErrors } from '../doors/bsn/errors.ts'
import { gatewayErrors } from '../errors.ts'
import { userErrors } from '../fabric-users/errors.ts'
import type { ErrorSection } from './errors-page.ts'

/** The codes that an answer of a gateway can carry, as they are shown. */
export const gatewaySections: readonly ErrorSection[] = [
  {
    title: 'Ledger',
    about:
      'Why a statement is refused. They are checked in this order: where several ' +
      'apply, the first is told.',
    errors: ledgerErrors,
  },
  {
    title: 'Statements, receipts and proofs',
    about: 'What the SDK finds, on either side. Those of receipts and proofs are met by verifiers.',
    errors: sdkErrors,
  },
  {
    title: 'Gateway',
    about: 'What the gateway refuses before, or beside, the ledger.',
    errors: gatewayErrors,
  },
  {
    title: 'Lists and usage',
    about: 'What is made from the log, beside it.',
    errors: projectionErrors,
  },
  {
    title: 'Private payloads',
    about: 'What is kept outside the ledger, and can be erased.',
    errors: privateErrors,
  },
  {
    title: 'Access',
    about: 'Who is let in at a gateway, to what, and how often.',
    errors: accessErrors,
  },
  {
    title: 'Frameworks',
    about: 'What every kind of ledger tells apart. Codes of a ledger itself stand above.',
    errors: frameworkErrors,
  },
  {
    title: 'Chains',
    about: 'Of EVM services. Over JSON-RPC the message says which it is, in an error of its own.',
    errors: evmErrors,
  },
  {
    title: 'Fabric',
    about: 'Of services on channels of Hyperledger Fabric.',
    errors: fabricErrors,
  },
  {
    title: 'Users on Fabric',
    about: 'Of users of applications, who are somebody on a channel themselves.',
    errors: userErrors,
  },
  {
    title: 'Clients of BSN',
    about: 'Of the door for them: the answer has the code as `errCode`, and HTTP status 200.',
    errors: bsnErrors,
  },
  { title: 'JSON', about: 'In requests, and in files of rows.', errors: jsonErrors },
]
