/** Node's built-in modules, reached without its types; nothing elsewhere. */

interface NodeProcess {
  readonly versions?: { readonly node?: string };
  readonly getBuiltinModule?: (name: string) => unknown;
}

export function nodeModule(name: string): unknown {
  const host = (globalThis as { readonly process?: NodeProcess }).process;
  if (host?.versions?.node === undefined) return undefined;
  return host.getBuiltinModule?.(name);
}
