import type { ControlPlane } from '../compose.ts'
import type { ReconciledAccount } from '../modules/reconciliations/index.ts'
import { nanodollars, toDollars } from '../../shared/money/nanodollars.ts'

/**
 * Prints of each workspace whether its live balance is what the ledger says, and its budgets what was spent. It changes
 * no money.
 *
 * @returns how many accounts are not
 */
export async function verifyBalances(
  { modules }: Pick<ControlPlane, 'modules'>,
  print: (line: string) => void,
): Promise<number> {
  const { reconciliations, workspaces } = modules
  let wrong = 0
  for (const workspaceId of await workspaces.readModel.listAllIds()) {
    for (const account of await reconciliations.service.compare(workspaceId)) {
      if (!isRight(account)) wrong += 1
      // Of budgets there may be many: those in order are not told of.
      if (!isRight(account) || account.account === workspaceId) print(describe(account))
    }
  }
  return wrong
}

function isRight({ type, driftNanodollars, lost }: ReconciledAccount): boolean {
  return type === 'agreed' && driftNanodollars === 0 && lost.length === 0
}

function describe(found: ReconciledAccount): string {
  const { account, type, lost, liveNanodollars, ledgerNanodollars, lostNanodollars } = found
  if (type === 'unknown') return `${account}  no balance`
  if (type === 'unsettled') return `${account}  balance ${dollars(liveNanodollars)}, still moving: verify again`
  const sign = liveNanodollars === ledgerNanodollars ? '=' : '≠'
  const missing = lost.length > 0 ? `; ${dollars(lostNanodollars)} taken for records that are nowhere` : ''
  return `${account}  balance ${dollars(liveNanodollars)} ${sign} ledger ${dollars(ledgerNanodollars)}${missing}`
}

function dollars(amount: number): string {
  return `$${toDollars(nanodollars(amount)).toFixed(9)}`
}
