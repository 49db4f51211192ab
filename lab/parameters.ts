import type { z } from "zod";

/** Where a parameter's default comes from: printed in the paper, derived from it, or assumed by this program. */
export type ParameterSource = "paper" | "derived" | "assumed";

/** What every parameter of a scenario or learner says about itself; travels to forms, bundles and docs as JSON Schema. */
export interface ParameterMeta {
  readonly title: string;
  /** Unit of the value, "" when it has none. */
  readonly unit: string;
  readonly source: ParameterSource;
  /** Section or table of the paper, or the reason for a derived or assumed value. */
  readonly reason: string;
  readonly help: string;
  /** Heading under which a form shows it. */
  readonly group: string;
}

/** Attaches {@link ParameterMeta} to a schema that already carries its default and its range. */
export function parameter<T extends z.ZodType>(schema: T, meta: ParameterMeta): T {
  return schema.meta({ ...meta });
}

/** A flat set of named parameters. */
export type ParameterSchema = z.ZodObject<z.ZodRawShape>;
export type ParameterValue = number | string | boolean;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** Every parameter of a schema at its default. */
export function defaults(schema: ParameterSchema): ParameterValues {
  return schema.parse({}) as ParameterValues;
}
