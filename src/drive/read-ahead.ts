/**
 * Yields what `next` resolves with, one after the other, until it resolves with undefined. Up to
 * `depth` results are fetched before they are asked for, so that whoever takes them can work while
 * the next is on its way. `next` is never called before its last call has settled.
 */
export async function* readAhead<Result>(
  next: () => Promise<Result | undefined>,
  depth: number,
): AsyncGenerator<Result, void, void> {
  let stopped = false;
  let last: Promise<Result | undefined> = Promise.resolve(undefined);
  const ahead: Promise<Result | undefined>[] = [];
  const fetch = (): void => {
    last = last.then(() => (stopped ? undefined : next()));
    last.catch(() => undefined); // seen when its turn comes
    ahead.push(last);
  };
  try {
    for (let fetched = 0; fetched < depth; fetched++) fetch();
    for (;;) {
      const result = await ahead.shift();
      if (result === undefined) return;
      fetch();
      yield result;
    }
  } finally {
    stopped = true;
    await last.catch(() => undefined); // its consumer has left or has seen the first failure
  }
}
