/** The ways in which one plugin can be run, with their names. */
export const levels = (['memory', 'wire'] as const).flatMap((level) =>
  (['ProtoBuf:1', 'MsgPack:1'] as const).map((dialect) => ({
    level,
    dialect,
    where: `${level}, ${dialect}`,
  })),
)

/** What was thrown; fails where nothing was. */
export async function thrownBy(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof Error) return outcome
  throw new Error('nothing was thrown')
}
