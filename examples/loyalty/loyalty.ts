import assert from 'node:assert/strict'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlAct, encodeCoseKey, toBase64url } from '@openbsn/sdk'
import { wholeList } from '../history.ts'
import { type Network, newName, refusalOf } from '../network.ts'
import { type Person, personInBrowser, personWithProgram, signPledge } from './person.ts'
import { type Published, verifyPledges } from './verify-pledges.ts'

/** Signed pledges with public receipts, that anyone can verify with no server. */
export async function loyalty(network: Network, say: (line: string) => void): Promise<void> {
  const { ledger, stranger } = network
  const service = newName('pledges')
  const people = [
    ...(await Promise.all(['Ada', 'Babajide', 'Chen'].map(personInBrowser))),
    ...['Dagny', 'Eun-ji', 'Farah'].map(personWithProgram),
  ]
  say(`The town opens the service ${service}: whoever pledges signs it with a key of their own.`)
  const signers = await openCampaign(network, service, people)

  say(`${people.length} people sign in their own programs, and send it through any gateway.`)
  for (const { person, credential } of signers) {
    const place = { ledger, service, credential }
    const [outcome] = await stranger.submit([await signPledge(person, place)])
    assert.equal(outcome?.outcome, 'appended')
    say(`  ${person.name} (${person.signer.key.algorithm.name}): entry ${outcome.index}`)
  }

  const [ada, , , dagny] = signers
  assert.ok(ada && dagny)
  const again = await signPledge(ada.person, { ledger, service, credential: ada.credential })
  const [twice] = await stranger.submit([again])
  assert.equal(twice?.outcome, 'duplicate')
  say(`Ada sends hers again: it is still entry ${twice.index}, nobody pledges twice.`)

  // Names Ada and her key, and is signed by Dagny, who has no other key than her own.
  const forger = { ...ada.person, signer: { ...ada.person.signer, sign: dagny.person.signer.sign } }
  const forgedPlace = { ledger, service, credential: ada.credential }
  const [forged] = await stranger.submit([await signPledge(forger, forgedPlace)])
  assert.equal(forged?.outcome, 'refused')
  say(`Dagny forges a pledge of Ada: refused, ${forged.code}.`)

  const published = await publish(network, service)
  await verifyAll(published, people, say)
}

type PersonWithCredential = { readonly person: Person; readonly credential: string }

/** The administrator's part: a service, and the public key of everyone who may pledge. */
async function openCampaign(
  { administer }: Network,
  service: string,
  people: readonly Person[],
): Promise<PersonWithCredential[]> {
  const fields = { id: service, framework: 'records', keyMode: 'public-key-upload' } as const
  await administer([controlAct('service-create', { ...fields, readers: 'anyone' })])
  const signers = people.map((person) => ({ person, credential: newName('cred') }))
  const acts = signers.map(({ person, credential: id }) => {
    const keys = [encodeCoseKey(person.signer.key)]
    return controlAct('credential-create', { id, service, label: person.name, keys })
  })
  await administer(acts)
  return signers
}

/** What a stranger, who has no credential, fetches and puts where everybody finds it. */
async function publish({ stranger, ledger }: Network, service: string): Promise<Published> {
  const { size } = await stranger.checkpoint()
  const entries = await wholeList(size - 1, async (cursor) => {
    const { entries: items, ...page } = await stranger.list({ service, ...cursor })
    return { items, ...page }
  })
  const lines = entries.map(async ({ index }) => {
    const { statement } = await stranger.entry(index)
    const receipt = await stranger.receipt(index)
    return JSON.stringify({
      index,
      statement: toBase64url(statement),
      receipt: toBase64url(receipt),
    })
  })
  const folder = await mkdtemp(join(tmpdir(), 'openbsn-pledges-'))
  const [pledges, keys] = [join(folder, 'pledges.ndjson'), join(folder, 'keys.cbor')]
  await writeFile(pledges, `${(await Promise.all(lines)).join('\n')}\n`)
  await writeFile(keys, await stranger.keyBundle())
  return { pledges, keys, ledger, service }
}

async function verifyAll(
  published: Published,
  people: readonly Person[],
  say: (line: string) => void,
): Promise<void> {
  const { pledges, keys } = published
  say(`A stranger fetches every pledge with its receipt, and the ledger's keys:`)
  say(`  ${pledges}`)
  say(`  ${keys}`)
  const valid = await verifyPledges(published)
  assert.deepEqual(
    valid.map(({ name }) => name),
    people.map(({ name }) => name),
  )
  say(`${valid.length} of ${people.length} receipts are valid, checked with no server. So can you:`)
  say(`  bin/bsn receipt verify --file ${pledges} --keys ${keys}`)

  const broken = await flipOneBit(published)
  const { code } = await refusalOf(verifyPledges(broken))
  say(`One bit of one receipt is flipped: ${code}.`)
}

/** The same files, but for the last bit of the last receipt: a bit of its signature. */
async function flipOneBit(published: Published): Promise<Published> {
  const pledges = join(published.pledges, '../one-bit-flipped.ndjson')
  const text = await readFile(published.pledges, 'utf8')
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const last = lines.at(-1)
  const receipt = Buffer.from(last.receipt, 'base64url')
  receipt.writeUInt8(receipt.readUInt8(receipt.length - 1) ^ 1, receipt.length - 1)
  last.receipt = toBase64url(receipt)
  await writeFile(pledges, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
  return { ...published, pledges }
}
