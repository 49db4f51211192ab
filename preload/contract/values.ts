/** What several parts of the contract are made of. */
import { z } from "zod";

export const parameterValueSchema = z.union([z.number(), z.string(), z.boolean()]);
export type ParameterValue = z.infer<typeof parameterValueSchema>;
export const parameterValuesSchema = z.record(z.string(), parameterValueSchema);
export type ParameterValues = z.infer<typeof parameterValuesSchema>;

export const columnSchema = z.instanceof(Float64Array);

export const none = z.object({});
