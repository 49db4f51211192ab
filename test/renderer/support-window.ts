/** Just enough of a window for the modules of the page, which look for the bridge when they are loaded. */
export function standInWindow(): void {
  const nothing = () => () => {};
  const never = () => new Promise<never>(() => {});
  const bridge = new Proxy(
    {},
    { get: (_target, name) => (String(name).startsWith("on") || name === "listen" ? nothing : never) },
  );
  const storage = { getItem: () => null, setItem: () => {}, removeItem: () => {} };
  Object.assign(globalThis, {
    window: Object.assign(globalThis, {
      edgeloom: bridge,
      addEventListener: () => {},
      matchMedia: () => ({ matches: false }),
    }),
    localStorage: storage,
    document: { hidden: false, addEventListener: () => {}, querySelector: () => null, getElementById: () => null },
  });
}
