/** What a node sends that wants to join. */
export const joinBody = {
  ...{ node: 'oslo', city: 'Oslo', country: 'NO', latitude: 0, longitude: 0, software: 'x' },
  ...{ gateway: 'https://oslo.example', peer: 'x', operatorKey: 'AA', validatorKey: 'AA' },
  consensusKey: 'AA',
}
