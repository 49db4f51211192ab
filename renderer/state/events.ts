/** What happened last: runs that changed their state, notices, and the connection; for the status line's details. */
import { session } from "./session.ts";
import { createStore, type Store } from "./store.ts";

const MOST = 50;

export interface PastEvent {
  readonly key: number;
  readonly text: string;
  readonly time: number;
  readonly trouble: boolean;
}

export const pastEvents: Store<{ readonly events: readonly PastEvent[] }> = createStore({
  events: [] as readonly PastEvent[],
});

let next = 1;

/** Notes several at once, so that a thousand runs that change together cost one redraw. */
export function noteEvents(texts: readonly string[], time: number, trouble = false): void {
  if (texts.length === 0) return;
  const added = texts.slice(-MOST).map((text) => ({ key: next++, text, time, trouble }));
  pastEvents.set({ events: [...pastEvents.get().events, ...added].slice(-MOST) });
}

/** Notes what the session says itself. Called once. */
export function startEvents(): void {
  let { notice, engine } = session.get();
  session.subscribe(() => {
    const state = session.get();
    if (state.notice !== notice) {
      notice = state.notice;
      if (notice !== undefined) noteEvents([notice.text], Date.now(), notice.kind === "error");
    }
    if (state.engine !== engine) {
      engine = state.engine;
      const text = engine.state === "connected" ? `Engine connected: ${engine.text}` : engine.text;
      noteEvents([text], Date.now(), engine.state === "lost" || engine.state === "refused");
    }
  });
}
