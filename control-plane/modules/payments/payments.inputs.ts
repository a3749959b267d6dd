import { ArgsType } from 'type-graphql'
import { PageArguments } from '../../api/page-arguments.ts'

@ArgsType()
export class PaymentsArguments extends PageArguments {}
