/** Numbers and times as the screens show them. */

const thin = "\u2009";

/** A real minus sign and thin-space thousands. */
function typeset(text: string): string {
  const [sign, digits] = text.startsWith("-") ? ["−", text.slice(1)] : ["", text];
  const [whole = "", ...rest] = digits.split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+(?!\d))/g, thin) : whole;
  return sign + [grouped, ...rest].join(".");
}

/** A count. */
export function formatCount(value: number): string {
  return typeset(Math.round(value).toString());
}

/** A measured value with four significant digits: `−99.51`, `0.000 3` as `3e-4`. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : typeset(value > 0 ? "∞" : "-∞");
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-3) {
    const [mantissa = "", exponent = ""] = value.toExponential(3).split("e");
    return `${typeset(withoutTrailingZeros(mantissa))}e${exponent.replace("+", "")}`;
  }
  const decimals = Math.max(0, 3 - Math.floor(Math.log10(size)));
  return typeset(value.toFixed(decimals));
}

/** The labels of an axis: all with the decimals that the distance between them needs. */
export function formatTicks(ticks: readonly number[]): string[] {
  const largest = Math.max(...ticks.map(Math.abs));
  const distance = Math.abs((ticks[1] ?? largest) - (ticks[0] ?? 0));
  if (!(distance > 0) || largest >= 1e7 || distance < 1e-6) return ticks.map(formatValue);
  const decimals = Math.max(0, -Math.floor(Math.log10(distance) + 1e-9));
  // 0.25 apart needs two decimals where 0.2 apart needs one.
  const exact = Math.abs(Number(distance.toFixed(decimals)) - distance) > distance * 1e-6 ? decimals + 1 : decimals;
  return ticks.map((tick) => typeset(tick.toFixed(exact)));
}

function withoutTrailingZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** A parameter exactly as it is, without digits that nobody typed. */
export function formatParameter(value: number | string | boolean): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  return Math.abs(value) >= 1e7 ? typeset(value.toExponential()).replace("e+", "e") : typeset(String(value));
}

/** Mean and spread with the digits that the spread supports: `−99.5 ± 0.4`. */
export function formatSpread(mean: number, spread: number): string {
  if (!(spread > 0) || !Number.isFinite(spread)) return formatValue(mean);
  const magnitude = Math.floor(Math.log10(spread));
  const leading = spread / 10 ** magnitude;
  // A spread that begins with 1 keeps a second digit: 0.14, but 0.4.
  const decimals = Math.min(12, Math.max(0, -magnitude + (leading < 2 ? 1 : 0)));
  return `${typeset(mean.toFixed(decimals))} ± ${typeset(spread.toFixed(decimals))}`;
}

/** `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${seconds < 10 && seconds > 0 ? seconds.toFixed(1) : whole} s`;
  if (whole < 3600) return join(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return join(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(minutes / 60);
  return join(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** A guess of the time left: beyond a minute and a half without its seconds. */
export function formatTimeLeft(seconds: number): string {
  if (seconds < 10) return `${Math.max(1, Math.round(seconds))} s`;
  return formatDuration(seconds < 90 ? seconds : Math.ceil(seconds / 60) * 60);
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `just now`, `4 min ago`; times in milliseconds since 1970. */
export function formatAgo(time: number, now: number): string {
  const seconds = (now - time) / 1000;
  if (seconds < 10) return "just now";
  const units: readonly (readonly [number, string])[] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const [size, unit] = units.find(([length]) => seconds >= length) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit} ago`;
}

/** The exact time behind a relative one. */
export function formatTime(time: number): string {
  return new Date(time).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}

/** `820 B`, `12.4 KB`, `1.3 GB`; powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? size.toFixed(0) : size.toFixed(1)} ${units[unit]}`;
}
