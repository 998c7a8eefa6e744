import assert from 'node:assert/strict'
import { it } from 'node:test'
import { answerBytes } from './answer-bytes.ts'

it('an answer is read whole, or not at all where it is too long', async () => {
  const text = async (body: BodyInit | null, bytesMax: number) => {
    const bytes = await answerBytes(new Response(body), bytesMax)
    return bytes && Buffer.from(bytes).toString()
  }
  assert.equal(await text('words', 5), 'words')
  assert.equal(await text('words', 4), undefined)
  assert.equal(await text(null, 0), '')
})
