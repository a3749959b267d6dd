/** The names MongoDB gives its error codes, for the codes this store can answer with. */
const CODE_NAMES: Record<number, string> = {
  1: 'InternalError',
  2: 'BadValue',
  9: 'FailedToParse',
  14: 'TypeMismatch',
  15: 'Overflow',
  16: 'InvalidLength',
  20: 'IllegalOperation',
  22: 'InvalidBSON',
  26: 'NamespaceNotFound',
  27: 'IndexNotFound',
  28: 'PathNotViable',
  36: 'CursorInUse',
  40: 'ConflictingUpdateOperators',
  43: 'CursorNotFound',
  48: 'NamespaceExists',
  51: 'MaxTimeMSExpired',
  52: 'DollarPrefixedFieldName',
  53: 'InvalidIdField',
  54: 'NotSingleValueField',
  55: 'InvalidDBRef',
  56: 'EmptyFieldName',
  57: 'DottedFieldName',
  59: 'CommandNotFound',
  66: 'ImmutableField',
  67: 'CannotCreateIndex',
  68: 'IndexAlreadyExists',
  72: 'InvalidOptions',
  73: 'InvalidNamespace',
  85: 'IndexOptionsConflict',
  86: 'IndexKeySpecsConflict',
  91: 'ShutdownInProgress',
  115: 'CommandNotSupported',
  121: 'DocumentValidationFailure',
  136: 'CappedPositionLost',
  166: 'CommandNotSupportedOnView',
  167: 'OptionNotSupportedOnView',
  168: 'InvalidPipelineOperator',
  171: 'CannotIndexParallelArrays',
  172: 'TransactionTooOld',
  175: 'QueryPlanKilled',
  197: 'InvalidIndexSpecificationOption',
  222: 'CloseChangeStream',
  238: 'NotImplemented',
  241: 'ConversionFailure',
  263: 'OperationNotSupportedInTransaction',
  264: 'TooManyDocumentSequences',
  292: 'QueryExceededMemoryLimitNoDiskUseAllowed',
  303: 'APIDeprecationError',
  323: 'APIStrictError',
  10334: 'BSONObjectTooLarge',
  11000: 'DuplicateKey',
  14031: 'OutOfDiskSpace',
}

/** An error the client is answered with, in MongoDB's own words. `detail` is merged into the error document. */
export class CommandError extends Error {
  readonly code: number
  readonly detail: Record<string, unknown>

  constructor(code: number, message: string, detail: Record<string, unknown> = {}) {
    super(message)
    this.name = 'CommandError'
    this.code = code
    this.detail = detail
  }
}

/** Codes above the named ones are called after their place in the server's source. */
export function codeName(code: number): string {
  return CODE_NAMES[code] ?? `Location${code}`
}

/** The fields a failed command answers with. */
export function errorReply(error: unknown): Record<string, unknown> {
  if (error instanceof CommandError) {
    return { ok: 0, errmsg: error.message, code: error.code, codeName: codeName(error.code), ...error.detail }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { ok: 0, errmsg: message, code: 1, codeName: codeName(1) }
}
