import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { FuseState, FuseV1Options, getCurrentFuseWire } from "@electron/fuses";
import { afterEach, beforeEach, expect, it } from "vitest";
// @ts-expect-error a script without types
import { setFuses } from "../../scripts/fuses.mjs";
// @ts-expect-error a script without types
import { installedElectron } from "../../scripts/setup/electron.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "edgeloom-fuses-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("takes from a packed Electron what would make it a Node or open it to a debugger", async () => {
  const executable = path.join(folder, "edgeloom");
  copyFileSync(installedElectron().executable, executable);
  const before = await getCurrentFuseWire(executable);
  expect(before[FuseV1Options.RunAsNode]).toBe(FuseState.ENABLE);
  await setFuses(executable);
  const wire = await getCurrentFuseWire(executable);
  for (const fuse of [
    FuseV1Options.RunAsNode,
    FuseV1Options.EnableNodeOptionsEnvironmentVariable,
    FuseV1Options.EnableNodeCliInspectArguments,
    FuseV1Options.GrantFileProtocolExtraPrivileges,
  ]) {
    expect([FuseV1Options[fuse], wire[fuse]]).toEqual([FuseV1Options[fuse], FuseState.DISABLE]);
  }
});
