import { FuseV1Options, FuseVersion, flipFuses } from "@electron/fuses";

/**
 * What a packed Electron can no longer be talked into, by environment or arguments. Left as they are: the two about
 * archives (the program lies in plain files, which its own Node reads), the V8 snapshot, and cookies (there are none).
 */
export const fuses = {
  /** ELECTRON_RUN_AS_NODE would make it a Node with every right. */
  [FuseV1Options.RunAsNode]: false,
  /** NODE_OPTIONS could load any script first. */
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  /** --inspect would let any process of the user drive it. */
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  /** Nothing is loaded by file://. */
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
};

/** Sets the fuses in an Electron executable. */
export function setFuses(executable) {
  return flipFuses(executable, { version: FuseVersion.V1, ...fuses });
}
