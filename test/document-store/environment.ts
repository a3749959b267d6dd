/** The server the conformance run is pointed at; unset means a store started for the purpose. */
export const mongodbUrl: string | undefined = process.env['MONGODB_URL'] || undefined
