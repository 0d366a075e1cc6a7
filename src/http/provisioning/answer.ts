import type { Response } from 'express';

/** What the API answers where it does not do what it was asked: `error` is for programs, `message` for people. */
export type ApiError =
  | 'unauthorized'
  | 'too-many-attempts'
  | 'not-found'
  | 'method-not-allowed'
  | 'bad-json'
  | 'bad-request'
  | 'not-json'
  | 'too-large'
  | 'exists'
  | 'configured'
  | 'unknown-rule'
  | 'refused'
  | 'too-many'
  | 'internal';

const statuses: Readonly<Record<ApiError, number>> = {
  unauthorized: 401,
  'too-many-attempts': 429,
  'not-found': 404,
  'method-not-allowed': 405,
  'bad-json': 400,
  'bad-request': 400,
  'not-json': 415,
  'too-large': 413,
  exists: 409,
  configured: 409,
  'unknown-rule': 404,
  refused: 422,
  'too-many': 422,
  internal: 500,
};

/** Answers an error; `details` are further fields. */
export function refuse(
  response: Response,
  error: ApiError,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): void {
  response.status(statuses[error]).json({ error, message, ...details });
}
