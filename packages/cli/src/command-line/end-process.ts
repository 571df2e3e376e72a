/** Milliseconds that whoever reads the output of an ended program has for it. */
const patience = 2_000;

/** Ends the process when all that was written has been taken, and never later than after two seconds. */
export async function endProcess(code: number): Promise<never> {
  const timer = setTimeout(() => process.exit(code), patience);
  await Promise.all([process.stdout, process.stderr].map(flushed));
  clearTimeout(timer);
  process.exit(code);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // Nobody reads it any more: there is nothing to wait for.
    stream.on("error", () => resolve());
    if (stream.destroyed) resolve();
    else stream.write("", () => resolve());
  });
}
