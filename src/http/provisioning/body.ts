/** Bodies as the API takes them: JSON, at most a mebibyte. */
import express, { type ErrorRequestHandler, type RequestHandler, type Response } from 'express';
import type { z } from 'zod';
import type { Log } from '../../core/task.ts';
import { refuse } from './answer.ts';

const mostBytes = 1024 * 1024;

/** Reads a JSON body; one of another kind is refused. */
export function jsonBody(): readonly RequestHandler[] {
  return [
    (request, response, next) => {
      if (request.is('application/json') === 'application/json') next();
      else refuse(response, 'not-json', 'Send JSON, with Content-Type: application/json.');
    },
    express.json({ limit: mostBytes, strict: false, inflate: false }),
  ];
}

/** What could not be read, and what broke: nothing of the program is told. */
export function errors(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response: Response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const kind = kindOf(error);
    switch (kind) {
      case 'entity.too.large':
        refuse(response, 'too-large', `A body has at most ${mostBytes} bytes.`);
        return;
      case 'entity.parse.failed':
      case 'charset.unsupported':
      case 'encoding.unsupported':
      case 'request.size.invalid':
      case 'request.aborted':
        refuse(response, 'bad-json', 'The body is not JSON.');
        return;
      default:
        log.error({ err: error }, 'the provisioning API failed');
        refuse(response, 'internal', 'This did not work because of a mistake in the bridge. See its log.');
    }
  };
}

/** Parses what a request says; where it is wrong that is answered, and nothing returned. */
export function parsed<T extends z.ZodType>(
  schema: T,
  value: unknown,
  response: Response,
): z.output<T> | undefined {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const path = [...(issue?.path ?? []), ...unknown].map(String).join('.').slice(0, 100);
  const said = unknown.length > 0 ? 'there is no such field' : (issue?.message ?? 'wrong');
  refuse(response, 'bad-request', path === '' ? said : `${path}: ${said}`);
  return undefined;
}

function kindOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
}
