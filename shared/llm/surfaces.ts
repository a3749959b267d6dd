/** The published APIs one engine serves. A key may be limited to some of them. */
export const SURFACES = ['auto-routing', 'applications', 'router', 'credits'] as const
export type Surface = (typeof SURFACES)[number]
