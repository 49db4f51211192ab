/** The value of `--data DIR` or `--data=DIR` among the arguments of the program, undefined without one. */
export function dataOption(argv: readonly string[]): string | undefined {
  for (const [index, argument] of argv.entries()) {
    if (argument === "--data") return argv[index + 1];
    if (argument.startsWith("--data=")) return argument.slice("--data=".length);
  }
  return undefined;
}
