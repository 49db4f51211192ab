/** The work area's tabs. */
export const tabs = ["runs", "curves", "overview", "world", "queue"] as const;
export type Tab = (typeof tabs)[number];
