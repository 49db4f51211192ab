// Compiles the AssemblyScript kernels of lab/nn/wasm/assembly to out/kernels/relaxed.wasm and out/kernels/plain.wasm.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import asc from "assemblyscript/asc";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const VARIANTS = {
  // Fused multiply-add where the CPU has it.
  relaxed: ["--enable", "relaxed-simd"],
  // Every bit defined by the WebAssembly specification.
  plain: [],
};

// No garbage collector, no heap. The workspace brings the memory, made once at its full size and shared, so that several
// threads may run the kernels over it.
const MEMORY = ["--importMemory", "--sharedMemory", "--maximumMemory", "65536"];
const OPTIONS = ["--runtime", "stub", ...MEMORY, "--enable", "simd", "--enable", "threads", "-O3", "--noAssert"];

/** Builds both variants into `folder`. Throws with the compiler's output when it reports an error. */
export async function buildKernels(folder = join(root, "out", "kernels")) {
  mkdirSync(folder, { recursive: true });
  for (const [variant, options] of Object.entries(VARIANTS)) {
    const output = join(folder, `${variant}.wasm`);
    const { error, stderr } = await asc.main(
      ["lab/nn/wasm/assembly/index.ts", "--baseDir", root, "--outFile", output, ...OPTIONS, ...options],
      {},
    );
    const messages = stderr.toString();
    if (error || messages) throw new Error(`kernels (${variant}): ${messages || error?.message}`);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await buildKernels();
