import { RetriableError } from '../../topology/definition/errors.ts'

/** A read took longer than it may: 504. */
export class BudgetExceeded extends RetriableError {
  constructor(budgetMs: number) {
    super('STORE_UNAVAILABLE', `the database did not answer within ${budgetMs} ms, gateway: ask again, or for less`)
  }
}

/** The tables that are read do not exist: no worker has run on this database yet. */
export class TablesMissing extends RetriableError {
  constructor(cause: unknown) {
    super('STORE_UNAVAILABLE', 'its tables are not there yet, gateway: start the workers once', { cause })
  }
}
