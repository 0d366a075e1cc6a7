import { z } from 'zod';

/** A setting that is a time: written with its unit in the file, in milliseconds here. */
export const time = (fallback: number, description: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().positive().meta({ unit: 'ms', description }).default(fallback);
