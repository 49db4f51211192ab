import { spawnSync } from "node:child_process";
import { hasDisplay, isRoot, say } from "../common.mjs";

/** What Electron's shared libraries and a screen that is not there (Xvfb) come in on Debian and Ubuntu. */
const DEBIAN_PACKAGES = [
  "xvfb",
  "libgtk-3-0",
  "libnss3",
  "libasound2",
  "libgbm1",
  "libatk-bridge2.0-0",
  "libdrm2",
  "libxcomposite1",
  "libxdamage1",
  "libxrandr2",
  "libxkbcommon0",
  "libcups2",
];

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** Names of the shared libraries that the dynamic linker does not find for `executable`, and xvfb-run where needed. */
export function missingFromSystem(executable) {
  const missing = [];
  if (executable !== undefined) {
    const { stdout } = spawnSync("ldd", [executable], { encoding: "utf8" });
    for (const line of (stdout ?? "").split("\n")) {
      if (line.includes("not found")) missing.push(line.trim().split(" ")[0]);
    }
  }
  if (!hasDisplay() && !succeeds("sh", ["-c", "command -v xvfb-run"])) missing.push("xvfb-run");
  return [...new Set(missing)];
}

/** Releases since Debian 13 and Ubuntu 24.04 call some of them `...t64`. */
function packageNames() {
  return DEBIAN_PACKAGES.map((name) => (succeeds("apt-cache", ["show", `${name}t64`]) ? `${name}t64` : name));
}

/**
 * Says whether the system has what Electron needs. Where it has not, installs Debian packages, but only as root, after
 * saying so, and not with EDGELOOM_SETUP=0; anybody else gets the one command to type.
 */
export function ensureSystemPackages(executable) {
  if (process.platform !== "linux") return;
  const missing = missingFromSystem(executable);
  if (missing.length === 0) {
    say("System", "nothing is missing");
    return;
  }
  const what = `missing ${missing.join(", ")}`;
  if (!succeeds("sh", ["-c", "command -v apt-get"])) {
    say("System", `${what}: install them with your system's package manager`);
    return;
  }
  const command = `apt-get install -y --no-install-recommends ${packageNames().join(" ")}`;
  if (!isRoot() || process.env.EDGELOOM_SETUP === "0") {
    say("System", `${what}: run  ${isRoot() ? "" : "sudo "}${command}`);
    return;
  }
  say("System", `${what}; installing Debian packages as root (EDGELOOM_SETUP=0 forbids it): ${command}`);
  install();
  const left = missingFromSystem(executable);
  say("System", left.length === 0 ? "nothing is missing now" : `still missing ${left.join(", ")}`);
}

function install() {
  const options = {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  };
  const attempt = () => spawnSync("apt-get", ["install", "-y", "--no-install-recommends", ...packageNames()], options);
  let result = attempt();
  if (result.status !== 0) {
    // Fresh containers have no package lists, old ones name files that are gone.
    spawnSync("apt-get", ["update"], options);
    result = attempt();
  }
  if (result.status !== 0) console.log(result.stderr.trim());
}
