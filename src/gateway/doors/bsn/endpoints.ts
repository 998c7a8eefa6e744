import type { JsonValue } from '../../../kernel/json.ts'

/** What a path takes: its members in the order in which they are signed. */
export type Endpoint = {
  readonly fields: readonly string[]
  /** Body of its errors: clients trip over another one than this. */
  readonly failed: JsonValue
}

const given = (...fields: string[]): Endpoint => ({ fields, failed: null })

/** The paths below /api/fabric/v1. */
export const endpoints = {
  'user/register': given('name', 'secret', 'extendProperties'),
  'user/enroll': given('name', 'secret', 'csrPem'),
  'node/reqChainCode': given(
    ...['userName', 'nonce', 'chainCode', 'funcName', 'args', 'transientData'],
  ),
  'node/trans': given('transData'),
  'node/getTransaction': given('txId', 'dataType'),
  // A Go client looks into the body before it looks at the code.
  'node/getTransdata': { fields: ['txId', 'dataType'], failed: {} },
  'node/getBlockInfo': given('blockNumber', 'blockHash', 'txId', 'dataType'),
  'node/getBlockData': { fields: ['blockNumber', 'blockHash', 'txId', 'dataType'], failed: {} },
  'node/getLedgerInfo': given(),
  'chainCode/event/register': given('chainCode', 'eventKey', 'notifyUrl', 'attachArgs'),
  'chainCode/event/blockRegister': given('chainCode', 'eventKey', 'notifyUrl', 'attachArgs'),
  // Java and Python count its items before they look at the code.
  'chainCode/event/query': { fields: [], failed: [] },
  'chainCode/event/remove': given('eventId'),
} as const satisfies Readonly<Record<string, Endpoint>>

export type EndpointName = keyof typeof endpoints

/** For everybody, and not signed. */
export const appInfoEndpoint: Endpoint = given()
