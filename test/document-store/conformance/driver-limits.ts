/** What this client cannot do against any server, so that no server can pass the test through it. */
const LIMITS: [description: RegExp, reason: string][] = [
  [/^inserting _id with type null via /, 'the Node driver replaces a null _id by one it makes'],
  [
    /^(Aggregate with \$out|BulkWrite|FindOneAndReplace|FindOneAndUpdate|InsertMany) passes bypassDocumentValidation: false$/,
    'the Node driver never sends bypassDocumentValidation: false with this operation',
  ],
  [
    /^partialResult is unset when /,
    'the Node driver sets partialResult, with zero counts, even when nothing was written',
  ],
]

/** Why a test cannot pass through the Node driver, whatever the server. */
export function driverLimit(description: string): string | undefined {
  return LIMITS.find(([pattern]) => pattern.test(description))?.[1]
}
