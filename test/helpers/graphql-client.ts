import type { FastifyInstance } from 'fastify'

export interface GraphqlAnswer {
  readonly status: number
  readonly data: Record<string, never> | null
  readonly errors: readonly GraphqlError[]
}

export interface GraphqlError {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions: { readonly code: string; readonly field?: string; readonly [name: string]: unknown }
}

export interface GraphqlClient {
  /** The data; throws when there is any error. */
  run<Data>(query: string, variables?: object): Promise<Data>
  /** Data and errors, whatever they are. */
  ask(query: string, variables?: object): Promise<GraphqlAnswer>
  /** The code of the first error; `null`: there was none. */
  codeOf(query: string, variables?: object): Promise<string | null>
}

/** Speaks GraphQL to a server in this process, as a client over HTTP would. */
export function createGraphqlClient(app: FastifyInstance, token: string | null): GraphqlClient {
  const client: GraphqlClient = {
    async ask(query, variables = {}) {
      const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
      const response = await app.inject({
        method: 'POST',
        url: '/graphql',
        headers: { 'content-type': 'application/json', ...authorization },
        payload: JSON.stringify({ query, variables }),
      })
      const { data = null, errors = [] }: Partial<GraphqlAnswer> = response.json()
      return { status: response.statusCode, data, errors }
    },
    async run<Data>(query: string, variables?: object) {
      const { data, errors } = await client.ask(query, variables)
      if (errors.length > 0) throw new Error(`GraphQL answered: ${JSON.stringify(errors)}`)
      return data as Data
    },
    async codeOf(query, variables) {
      const { errors } = await client.ask(query, variables)
      return errors[0]?.extensions.code ?? null
    },
  }
  return client
}
