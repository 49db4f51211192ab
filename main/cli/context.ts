import type { Command } from "commander";
import type { Client } from "../link/client.ts";
import { connect } from "../link/connect.ts";
import { dataFolder } from "../platform/data-folder.ts";

/** Options that every command takes. */
export interface CommonOptions {
  readonly data?: string;
  readonly parallel?: number;
  readonly json?: boolean;
}

/** A command's own options together with the common ones. */
export function optionsOf<T>(command: Command): T & CommonOptions {
  return command.optsWithGlobals<T & CommonOptions>();
}

/** A connection to the data folder's engine, which is started when none runs. */
export async function openEngine(options: CommonOptions): Promise<Client> {
  const { parallel } = options;
  const client = await connect(dataFolder(options.data), "cli", parallel === undefined ? {} : { parallel });
  if (parallel !== undefined) await client.call("engine.setParallel", { parallel });
  return client;
}

/** Does one thing with the engine and hangs up. */
export async function withEngine<T>(options: CommonOptions, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await openEngine(options);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
