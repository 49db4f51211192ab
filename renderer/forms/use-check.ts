import { useEffect, useState } from "react";
import type { UserErrorValue } from "../../preload/contract.ts";

/** The time without typing after which the engine is asked. */
const quietMilliseconds = 300;

export interface Check<T> {
  /** The last answer that was no error; it may be of a moment ago while `pending`. */
  readonly value: T | undefined;
  /** What the engine says is wrong with what is there now. */
  readonly error: UserErrorValue | undefined;
  readonly pending: boolean;
}

interface Answered<T> {
  readonly subject: string;
  readonly value: T | undefined;
  readonly error: UserErrorValue | undefined;
}

/**
 * Asks the engine about what is typed, once nobody has typed for a moment. Answers to what was there before are dropped.
 * @param subject what is asked about, as text: another text is another question; undefined = nothing can be asked now
 */
export function useCheck<T>(
  subject: string | undefined,
  ask: (subject: string) => Promise<{ readonly value?: T; readonly error?: UserErrorValue }>,
): Check<T> {
  const [answered, setAnswered] = useState<Answered<T>>();
  const [before, setBefore] = useState<T>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the question is its text
  useEffect(() => {
    if (subject === undefined) return;
    let wanted = true;
    const timer = setTimeout(() => {
      void ask(subject).then(({ value, error }) => {
        if (!wanted) return;
        setAnswered({ subject, value, error });
        setBefore(value);
      });
    }, quietMilliseconds);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [subject]);
  const current = answered !== undefined && answered.subject === subject ? answered : undefined;
  return { value: current?.value ?? before, error: current?.error, pending: subject !== undefined && !current };
}
