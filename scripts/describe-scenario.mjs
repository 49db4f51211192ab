/**
 * Prints a scenario's parameters as Markdown tables, from the schema that forms and bundles use:
 * `node scripts/describe-scenario.mjs emulator-tuning`.
 */
import { z } from "zod";
import { findScenario, scenarios } from "../lab/scenarios/registry.ts";

const [id = ""] = process.argv.slice(2);
const scenario = findScenario(id);
if (!scenario) {
  console.error(`There is no scenario "${id}". There are: ${scenarios.map((known) => known.id).join(", ")}`);
  process.exit(1);
}

const escaped = (value) => String(value).replaceAll("|", "\\|");
const groups = Map.groupBy(Object.entries(z.toJSONSchema(scenario.parameters).properties), ([, field]) => field.group);
for (const [group, fields] of groups) {
  console.log(`### ${group}\n`);
  console.log("| parameter | meaning | default | range | unit | source | reason |");
  console.log("|---|---|---|---|---|---|---|");
  for (const [name, field] of fields) {
    const low = field.minimum ?? `above ${field.exclusiveMinimum}`;
    const high = field.maximum ?? `below ${field.exclusiveMaximum}`;
    const cells = [
      `\`${name}\``,
      field.title,
      field.default,
      `${low} to ${high}`,
      field.unit,
      field.source,
      field.reason,
    ];
    console.log(`| ${cells.map(escaped).join(" | ")} |`);
  }
  console.log("");
}
