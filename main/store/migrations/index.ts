import { initial } from "./001-initial.ts";
import { desk } from "./002-desk.ts";

/** One step forward; never changed once released. */
export interface Migration {
  /** 1, 2, 3 ... without gaps; the database's `user_version` afterwards. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [initial, desk];
