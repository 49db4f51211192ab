import { type Answer, type MethodName, type MethodParams, methods } from "../../preload/contract.ts";

/** Methods that a window has no business calling: they end the engine or write files where they are told to. */
const withheld: ReadonlySet<MethodName> = new Set<MethodName>(["engine.stop", "rows.write"]);

export interface CheckedCall {
  readonly method: MethodName;
  readonly params: MethodParams<MethodName>;
}

/** What a window asks of the engine, parsed; anything else is an error that says what is wrong with it. */
export function checkCall(method: unknown, params: unknown): Answer<CheckedCall> {
  if (typeof method !== "string" || !Object.hasOwn(methods, method)) {
    return failure("method-unknown", `no method is called ${shown(method)}`);
  }
  const name = method as MethodName;
  if (withheld.has(name)) return failure("method-withheld", `the window may not call "${name}"`);
  const parsed = methods[name].params.safeParse(params);
  if (parsed.success) {
    // A window always hears of the runs.
    const wanted = name === "subscribe" ? { ...parsed.data, runs: true } : parsed.data;
    return { ok: true, value: { method: name, params: wanted as MethodParams<MethodName> } };
  }
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".") ?? "";
  const message = `${name}: ${field === "" ? "" : `${field}: `}${issue?.message ?? "not as the contract says"}`;
  return failure("parameters-invalid", message, field);
}

function failure(code: string, message: string, field?: string): Answer<never> {
  return { ok: false, error: { code, message, hint: "", ...(field === undefined ? {} : { field }) } };
}

/** A value from outside, short enough for a message. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : `a value of type ${typeof value}`;
}
