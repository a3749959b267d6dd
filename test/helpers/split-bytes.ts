/** Every way that matters to cut bytes: whole, byte by byte, and once at each place. */
export function* everyCut(bytes: Buffer): Generator<Buffer[]> {
  yield [bytes]
  yield Array.from(bytes, (_byte, index) => bytes.subarray(index, index + 1))
  for (let at = 1; at < bytes.length; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)]
}
