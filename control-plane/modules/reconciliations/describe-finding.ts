import { createHash } from 'node:crypto'
import { toDollars, nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { AccountFinding } from './audit-account.ts'
import type { Mismatch } from './compare-charges.ts'
import type { ReconciledAccount, ReconciliationState, Reconciliation } from './reconciliations.read-model.ts'

/** Of each account; what is more is found by the runs after a repair. */
const MOST_LOST = 1_000
const MOST_IN_ORDER = 100

/** What one run found of a workspace. */
export interface Found {
  readonly accounts: readonly ReconciledAccount[]
  readonly accountsChecked: number
  readonly comparedTo: number | null
  readonly mismatches: readonly Mismatch[]
}

type Outcome = Pick<
  Reconciliation,
  'state' | 'fingerprint' | 'accounts' | 'accountsChecked' | 'comparedTo' | 'mismatches'
>

/** As it is kept: without the budgets that nothing was spent from, unless they do not match. */
export function toOutcome({ accounts, accountsChecked, comparedTo, mismatches }: Found): Outcome {
  const state = stateOf(accounts, mismatches)
  return {
    state,
    fingerprint: fingerprintOf(state, accounts, mismatches),
    accounts: chooseAccounts(accounts),
    accountsChecked,
    comparedTo,
    mismatches: mismatches.map(({ account, from, to, ledger, generations }) => ({
      account,
      from,
      to,
      ledgerNanodollars: ledger,
      generationsNanodollars: generations,
    })),
  }
}

function chooseAccounts(accounts: readonly ReconciledAccount[]): ReconciledAccount[] {
  const { inOrder = [], others = [] } = Object.groupBy(accounts, (account) =>
    isInOrder(account) ? 'inOrder' : 'others',
  )
  const used = inOrder.filter(
    ({ allowanceNanodollars, ledgerNanodollars }) => allowanceNanodollars !== ledgerNanodollars,
  )
  const kept = new Set([...others, ...used.slice(0, MOST_IN_ORDER)])
  return accounts.filter((account) => kept.has(account))
}

function isInOrder(account: ReconciledAccount): boolean {
  return account.type === 'agreed' && !differs(account)
}

export function toReconciledAccount(account: string, finding: AccountFinding): ReconciledAccount {
  if (finding.type === 'unknown') {
    const nothing = { liveNanodollars: 0, ledgerNanodollars: 0, driftNanodollars: 0, unrecordedNanodollars: 0 }
    return { account, type: 'unknown', allowanceNanodollars: null, ...nothing, lostNanodollars: 0, lost: [] }
  }
  const { type, allowance, live, ledger, drift, unrecorded, lost } = finding
  return {
    account,
    type,
    allowanceNanodollars: allowance,
    liveNanodollars: live,
    ledgerNanodollars: ledger,
    driftNanodollars: drift,
    unrecordedNanodollars: unrecorded,
    lostNanodollars: lost.reduce((sum, { charge }) => sum + charge, 0),
    lost: lost
      .slice(0, MOST_LOST)
      .map(({ settlementId, charge, at }) => ({ settlementId, chargeNanodollars: charge, at })),
  }
}

/** Whether there is something to repair, that is known for sure. */
export function differs({ type, driftNanodollars, lost }: ReconciledAccount): boolean {
  return (type === 'agreed' && driftNanodollars !== 0) || lost.length > 0
}

/** For people: what was found, and what to do. */
export function describeDrift({ accounts, mismatches }: Pick<Outcome, 'accounts' | 'mismatches'>): string {
  const sentences = accounts.filter(differs).flatMap(describeAccount)
  sentences.push(...describeMismatches(mismatches))
  if (accounts.some(differs)) sentences.push('Look at it (reconciliation), and correct the live balance (repairDrift).')
  return sentences.join(' ')
}

function describeMismatches(mismatches: Outcome['mismatches']): string[] {
  const byAccount = Map.groupBy(mismatches, ({ account }) => account ?? null)
  return [...byAccount].map(([account, own]) => {
    const books = account === null ? 'The ledger does' : `The books of ${account} do`
    const calls = account === null ? 'were charged' : 'cost'
    const since = new Date(Math.min(...own.map(({ from }) => from))).toISOString()
    return `${books} not have what calls ${calls}, in ${own.length} pieces of time since ${since}.`
  })
}

function describeAccount({ account, type, driftNanodollars, lostNanodollars, lost }: ReconciledAccount): string[] {
  const sentences: string[] = []
  if (type === 'agreed' && driftNanodollars !== 0) {
    const side = driftNanodollars > 0 ? 'above' : 'below'
    const amount = dollars(nanodollars(Math.abs(driftNanodollars)))
    sentences.push(`The live balance of ${account} is ${amount} ${side} what the ledger says.`)
  }
  if (lost.length > 0) {
    const amount = dollars(nanodollars(lostNanodollars))
    sentences.push(`${amount} were taken off ${account} for calls whose records are nowhere (${lost.length}).`)
  }
  return sentences
}

function dollars(amount: Nanodollars): string {
  return `$${toDollars(amount).toFixed(9)}`
}

function stateOf(accounts: readonly ReconciledAccount[], mismatches: readonly Mismatch[]): ReconciliationState {
  if (mismatches.length > 0 || accounts.some(differs)) return 'drift'
  if (accounts[0]?.type === 'unknown') return 'no_balance'
  return accounts.some(({ type }) => type === 'unsettled') ? 'unsettled' : 'clean'
}

/** Without what changes as calls go on. */
function fingerprintOf(
  state: ReconciliationState,
  accounts: readonly ReconciledAccount[],
  mismatches: readonly Mismatch[],
): string {
  const differing = accounts
    .filter(differs)
    .map(({ account, type, driftNanodollars, lostNanodollars, lost }) => [
      account,
      type === 'agreed' ? driftNanodollars : null,
      lostNanodollars,
      ...lost.map(({ settlementId }) => settlementId),
    ])
  return createHash('sha256')
    .update(JSON.stringify([state, differing, mismatches]))
    .digest('base64url')
}
