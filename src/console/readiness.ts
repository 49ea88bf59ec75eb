/** Something the server cannot do without. */
export interface ReadinessCheck {
  /** What is checked: `listeners`, `storage` … */
  readonly name: string;
  /** A sentence on what is missing, without secrets; `undefined`: nothing. A check that throws counts as missing. */
  check(): string | undefined | Promise<string | undefined>;
}

/** One thing that is missing. */
export interface Unready {
  readonly name: string;
  readonly reason: string;
}

/** All that is missing, in the order of the checks; empty: ready. Never throws. */
export async function findUnready(checks: readonly ReadinessCheck[]): Promise<Unready[]> {
  const found = await Promise.all(checks.map(findOne));
  return found.flat();
}

async function findOne(readiness: ReadinessCheck): Promise<Unready[]> {
  const { name } = readiness;
  try {
    const reason = await readiness.check();
    return reason === undefined ? [] : [{ name, reason }];
  } catch (error) {
    return [{ name, reason: error instanceof Error ? error.message : 'the check failed' }];
  }
}
