import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeFrame, readFrames } from './frames.ts'

const plain = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 }, fc.string({ unit: 'binary' }), fc.double(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.boolean(), fc.constant(null), fc.constant(undefined),
    fc.float64Array(), fc.bigInt64Array(), fc.uint8Array(), fc.array(tie('value'), { maxLength: 5 }), fc.dictionary(fc.string(), tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value

it('messages come out as they went in, however the bytes are cut', async () => {
  await fc.assert(fc.asyncProperty(fc.array(plain, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }), async (messages, cuts) => {
    const bytes = Buffer.concat(messages.map(encodeFrame))
    const pieces = async function* pieces(): AsyncGenerator<Buffer> {
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const end = at + cuts[i % cuts.length]
        yield bytes.subarray(at, end)
        at = end
      }
    }
    const out: unknown[] = []
    for await (const message of readFrames(pieces())) out.push(message)
    expect(out).toEqual(messages)
  }), { numRuns: 200 })
})

it('NaN, −0 and the edges of 64 bits keep their bits', async () => {
  const sent = { a: Float64Array.of(Number.NaN, -0, 5e-324), b: BigInt64Array.of(-(2n ** 63n)), c: -0, d: 9007199254740993n }
  for await (const message of readFrames((async function* one() { yield encodeFrame(sent) })())) {
    const { a, b, c, d } = message as typeof sent
    expect([Buffer.from(a.buffer, a.byteOffset, 24).equals(Buffer.from(sent.a.buffer)), b[0], Object.is(c, -0), d]).toEqual([true, -(2n ** 63n), true, 9007199254740993n])
  }
})

it('a body that ends within a message is a lost connection, not an end', async () => {
  const cut = async function* cut(): AsyncGenerator<Buffer> { yield encodeFrame({ a: 1 }); yield encodeFrame('second').subarray(0, 6) }
  const read = async (): Promise<void> => { for await (const _ of readFrames(cut())) { /* only the end counts */ } }
  await expect(read()).rejects.toMatchObject({ code: 'unreachable' })
})
