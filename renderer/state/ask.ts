import type { MethodName, MethodParams, MethodResult, UserErrorValue } from "../../preload/contract.ts";
import { bridge, session } from "./session.ts";

/** Calls the engine; an error is shown and answers undefined. */
export async function ask<M extends MethodName>(
  method: M,
  params: MethodParams<M>,
): Promise<MethodResult<M> | undefined> {
  const answer = await bridge.call(method, params);
  if (answer.ok) return answer.value;
  showError(answer.error);
  return undefined;
}

/** Shows an error until it is dismissed. That the engine is away has a line of its own, which goes by itself. */
export function showError(error: UserErrorValue): void {
  if (error.code === "engine-away" || error.code === "connection-lost") return;
  session.set({ notice: { kind: "error", text: [error.message, error.hint].filter((part) => part !== "").join(" ") } });
}
