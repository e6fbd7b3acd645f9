/** The time by the database's own clock, as an SQL expression. Units: ms since the epoch. */
export const databaseTime = '(extract(epoch from clock_timestamp()) * 1000)::bigint'
